"""Files that an import takes beside CSV and folders, and what it says of others."""

import gzip
import io
import zipfile
from functools import partial
from xml.sax.saxutils import escape

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from claims.exchange import workbooks
from claims.exchange.citing import as_csv, as_json_lines
from claims.exchange.exporting import zipped_bundle
from claims.exchange.importing import import_given
from claims.exchange.problems import BundleError
from claims.exchange.uploads import given_at, given_in
from claims.models import Statement
from sources import limited
from sources.models import Source
from tests.exchange.test_naming import NAMED
from tests.factories import make_citation, make_statement

pytestmark = pytest.mark.django_db

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def text_cell(text):
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


# 2023-09-07, with the format of a date.
A_DAY = '<c s="1"><v>45176</v></c>'
A_FORMULA = '<c t="str"><f>CONCATENATE("den","ied")</f><v>denied</v></c>'


def workbook(*rows, sheet=""):
    """Return an .xlsx of rows of cells."""
    lines = "".join(f"<row>{''.join(row)}</row>" for row in rows)
    sheet = sheet or f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="a" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="One" sheetId="1" r:id="b"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="b" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="{OFFICE}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return stream.getvalue()


def named(**cells):
    """Return the rows of a workbook that names what it is about."""
    values = {name: text_cell(text) for name, text in NAMED.items()} | cells
    return [list(map(text_cell, values)), list(values.values())]


def load(content, name="statements.xlsx", **options):
    with given_in(content, name) as given:
        return import_given(given=given, **options)


def test_a_workbook_is_imported_with_its_dates_and_the_values_of_its_formulas():
    load(workbook(*named(said=A_DAY, stance=A_FORMULA)))

    statement = Statement.objects.get()
    assert (statement.said, statement.stance) == ("2023-09-07", "denies")


def test_a_workbook_is_imported_on_the_command_line(tmp_path):
    path = tmp_path / "s.xlsx"
    path.write_bytes(workbook(*named()))

    call_command("import_bundle", path)

    assert Statement.objects.exists()


def test_what_is_wrong_in_a_workbook_is_told_by_its_row():
    with pytest.raises(BundleError, match='statements.xlsx:2: stance: "shrugs" is not one of'):
        load(workbook(*named(stance=text_cell("shrugs"))))


def test_a_cell_far_away_is_refused_before_room_is_made_for_it():
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )

    with pytest.raises(BundleError, match="column 16,384, row 1,048,576: the sheet is too large"):
        load(workbook(sheet=sheet))


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(workbooks, "LARGEST_UNPACKED", 1000)

    with pytest.raises(BundleError, match="too large when unpacked"):
        load(workbook(*named(quote=text_cell("x" * 2000))))


def test_a_broken_workbook_is_refused():
    content = workbook(sheet="<worksheet")

    with pytest.raises(BundleError, match="couldn't read this workbook|has no rows"):
        load(content)


@pytest.fixture
def statement():
    statement = make_statement(slug="one", note="'=1", occasion="@here")
    make_citation(statement=statement, quote="It is not.")
    return statement


def exported(write):
    with connection.cursor() as cursor:
        return b"".join(write(cursor, Statement.objects.public(), "https://x/"))


for_spreadsheets = partial(as_csv, is_guarded=True)


@pytest.mark.parametrize(
    "write, name",
    [(as_csv, "s.csv"), (for_spreadsheets, "s.csv"), (as_json_lines, "statements.jsonl")],
)
def test_our_own_exports_are_imported_and_change_nothing(tmp_path, statement, write, name):
    path = tmp_path / name
    path.write_bytes(exported(write))

    with given_at(path) as given:
        assert import_given(given=given).changes_nothing()
    assert load(path.read_bytes(), name).changes_nothing()


def test_the_zipped_bundle_is_imported_on_the_command_line(tmp_path, statement, capsys):
    path = tmp_path / "bundle.zip"
    with connection.cursor() as cursor:
        path.write_bytes(b"".join(zipped_bundle(cursor)))
    Source.objects.update(name="Another name")

    call_command("import_bundle", path)

    assert Source.objects.get().name != "Another name"


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("s.csv.gz", gzip.compress(b"source,claim", mtime=0), "compressed with gzip"),
        ("feed.xml", b'<?xml version="1.0"?><rss></rss>', "It is a feed"),
        ("page.mhtml", b"MIME-Version: 1.0\nContent-Type: multipart/related", "one file (MHTML)"),
        ("page.html", b"<!doctype html><p>", "use manage.py import_claimreview FILE"),
        ("review.json", b'{"@type": "ClaimReview"}', "use manage.py import_claimreview FILE"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file"),
        ("a.parquet", b"PAR1", "a Parquet file"),
        ("sources.jsonl", b'{"key": "a"}\n', "one file of a bundle. Import the folder"),
    ],
)
def test_a_file_of_another_kind_is_told_what_to_do_with(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(CommandError) as error:
        call_command("import_bundle", path)
    assert told in str(error.value)


def test_an_error_in_json_lines_is_told_by_its_line(tmp_path, statement):
    path = tmp_path / "statements.jsonl"
    path.write_bytes(exported(as_json_lines) + b'{"statement": 1,\n')

    with pytest.raises(BundleError, match="statements.jsonl:2: column"), given_at(path) as given:
        import_given(given=given)


def test_a_workbook_that_takes_too_long_is_refused_and_ended(monkeypatch):
    read = partial(limited.read, patience=0.01)
    monkeypatch.setattr(workbooks.limited, "read", read)

    with pytest.raises(BundleError, match="statements.xlsx takes too long to read"):
        load(workbook(*named()))

    assert not Statement.objects.exists()


def test_a_workbook_is_refused_where_the_server_is_reading_other_files(monkeypatch):
    monkeypatch.setattr(limited, "WAIT", 0)
    with limited.place(), limited.place(), pytest.raises(BundleError, match="reading other files"):
        load(workbook(*named()))
