"""Zipped bundles from strangers: unpacked by their known names, within bounds, or refused."""

import io
import zipfile

import pytest

from claims.exchange import uploads
from claims.exchange.importing import Bundle, import_given
from claims.exchange.problems import BundleError
from claims.exchange.sheet import Sheet
from claims.exchange.uploads import given_in
from claims.models import Statement
from tests.exchange.bundles import WORLD, write
from tests.exchange.sheets import ROW, as_csv


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    """Return a zip of files, by their names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def bundle(tmp_path, prefix=""):
    folder = write(tmp_path / "bundle", **WORLD)
    return {f"{prefix}{path.name}": path.read_bytes() for path in folder.iterdir()}


def refused(content):
    with pytest.raises(BundleError) as raised, given_in(content, "b.zip"):
        pass
    return str(raised.value)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "export/"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zipped_bundle_is_imported(tmp_path, prefix, compression):
    content = zipped(bundle(tmp_path, prefix), compression)

    with given_in(content, "b.zip") as given:
        assert isinstance(given, Bundle)
        report = import_given(given=given)

    assert (Statement.objects.count(), report.name) == (1, "b.zip")


@pytest.mark.django_db
def test_anything_else_is_read_as_a_sheet():
    with given_in(as_csv(ROW), "s.csv") as given:
        assert isinstance(given, Sheet)
        import_given(given=given)

    assert Statement.objects.count() == 1


def test_what_systems_put_beside_the_files_is_passed_over(tmp_path):
    extra = {"__MACOSX/._claims.jsonl": b"x", ".DS_Store": b"x", "export/.DS_Store": b"x"}

    with given_in(zipped(bundle(tmp_path, "export/") | extra), "b.zip") as given:
        names = {path.name for path in given.folder.iterdir()}

    assert names == {"sources.jsonl", "documents.jsonl", "claims.jsonl", "statements.jsonl"}


def test_nothing_is_left_behind(tmp_path):
    with given_in(zipped(bundle(tmp_path)), "b.zip") as given:
        folder = given.folder

    assert not folder.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../claims.jsonl",
        "../../etc/claims.jsonl",
        "/claims.jsonl",
        "a/b/claims.jsonl",
        "..\\claims.jsonl",
        "C:\\claims.jsonl",
        "C:/claims.jsonl",
        "claims.jsonl\\..\\x",
        "readme.txt",
        "Claims.jsonl",
        "claims.jsonl.exe",
    ],
)
def test_a_name_that_is_none_of_ours_is_refused(name):
    assert "is no file of a bundle" in refused(zipped({name: b"{}\n"}))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds none of the files of a bundle"),
        ({"a/claims.jsonl": b"", "b/sources.jsonl": b""}, "its files are in several folders"),
        ({"claims.jsonl": b"", "a/claims.jsonl": b""}, "claims.jsonl is in it twice"),
        ({"mimetype": b"", "content.xml": b""}, "It is an OpenDocument file. Save its sheet as"),
    ],
)
def test_an_archive_that_is_no_bundle_is_refused(files, said):
    assert said in refused(zipped(files))


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused():
    assert "holds more than can be imported here" in refused(
        zipped({"claims.jsonl": b" " * (uploads.BLOCK * uploads.LARGEST_RATIO + 1)})
    )


def test_an_archive_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_ROWS", 3)

    assert "holds more than can be imported here" in refused(zipped({"claims.jsonl": b"{}\n" * 4}))


def test_sizes_are_counted_and_not_believed(monkeypatch):
    """The header of a member may say anything; what is unpacked counts."""
    monkeypatch.setattr(uploads, "LARGEST_UNPACKED", 10)
    content = zipped({"claims.jsonl": b"x" * 100}, zipfile.ZIP_STORED)
    lie = content.replace((100).to_bytes(4, "little") * 2, b"\x05\0\0\0" * 2)

    assert lie != content
    assert "b.zip" in refused(lie)


def test_an_encrypted_archive_is_refused():
    content = bytearray(zipped({"claims.jsonl": b"{}"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1

    assert "is encrypted" in refused(bytes(content))


def test_a_damaged_archive_is_refused():
    content = zipped({"claims.jsonl": b"{}\n" * 50}, zipfile.ZIP_STORED)

    assert "cannot be unpacked" in refused(content.replace(b"{}\n{}", b"{}\n{{", 1))


def test_an_archive_that_was_cut_off_is_refused_as_one():
    content = zipped({"claims.jsonl": b"{}\n" * 50}, zipfile.ZIP_STORED)

    assert "cannot be unpacked" in refused(content[:-30])
