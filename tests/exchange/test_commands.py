"""The two commands: thin doors."""

import io

import pytest
from django.core.management import CommandError, call_command

from claims.exchange.progress import on_terminal
from sources.models import Source
from tests.exchange.bundles import SPOKESMAN, WORLD, content_of, write

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self):
        return True


def said(command, *words):
    out = io.StringIO()
    call_command(command, *words, stdout=out)
    return " ".join(out.getvalue().split())


def test_import_prints_what_it_did(tmp_path):
    folder = write(tmp_path / "north", **WORLD)

    assert "sources 2 new 0 changed 0 unchanged" in said("import_bundle", str(folder))
    assert "All of it was there already" in said("import_bundle", str(folder))


def test_dry_run_imports_nothing(tmp_path):
    folder = write(tmp_path, **WORLD)

    assert "This was a dry run" in said("import_bundle", str(folder), "--dry-run")
    assert not Source.objects.exists()


def test_refused_import_is_an_error_that_lists_the_lines(tmp_path):
    folder = write(tmp_path, sources=[SPOKESMAN | {"kind": "robot"}])

    with pytest.raises(CommandError, match=r'sources\.jsonl:1: kind: "robot" is not one of person'):
        said("import_bundle", str(folder))


def test_export_prints_how_many_lines_it_wrote(tmp_path):
    said("import_bundle", str(write(tmp_path / "in", **WORLD)))

    printed = said("export_bundle", str(tmp_path / "out"))

    assert printed == ("sources 2 affiliations 0 documents 2 claims 1 relations 0 statements 1")
    assert len(content_of(tmp_path / "out")) == 6


def test_export_into_a_folder_that_is_not_empty_is_an_error(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match="not empty"):
        said("export_bundle", str(tmp_path))


def test_progress_is_shown_on_a_terminal_and_wiped_at_the_end():
    terminal = Terminal()

    with on_terminal(terminal) as progress:
        progress("reading")

    assert terminal.getvalue() == "\r\x1b[Kreading\r\x1b[K"


def test_progress_is_not_shown_elsewhere():
    stream = io.StringIO()

    with on_terminal(stream) as progress:
        progress("reading")

    assert stream.getvalue() == ""
