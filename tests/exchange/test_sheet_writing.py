"""Statements as a CSV: what stands in it, and that it comes back."""

import csv
import tempfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from claims.exchange.importing import import_bundle, import_given
from claims.exchange.sheet import NAMES, Sheet
from claims.exchange.sheet_writing import EXAMPLES, about, columns, lines, lines_of
from claims.models import Statement
from tests.claimtracker.full import full_or
from tests.exchange.bundles import empty_the_database
from tests.exchange.test_round_trip import write_escaped
from tests.exchange.worlds import bundles
from tests.factories import make_citation, make_claim, make_statement, make_topic

pytestmark = pytest.mark.django_db


def written(**options):
    return "".join(lines_of(Statement.objects.all(), **options))


def rows(**options):
    return list(csv.DictReader(written(**options).lstrip("\ufeff").splitlines(keepends=True)))


def sheet(folder, text):
    path = Path(folder, "statements.csv")
    path.write_text(text, encoding="utf-8", newline="")
    return Sheet(path)


def test_a_statement_has_a_row_for_each_citation():
    statement = make_statement(slug="s")
    origin = make_citation(statement=statement, quote="Read")
    make_citation(via=origin)
    make_statement(slug="uncited")

    first, second, uncited = rows()

    assert (first["statement"], first["quote"], first["via"]) == ("s", "Read", "")
    assert second["via"] == origin.document.slug
    assert (uncited["statement"], uncited["document"]) == ("uncited", "")


def test_texts_are_as_they_are_for_machines():
    make_citation(quote="=cmd|'/c calc'!A1", statement=make_statement(occasion="-1", note="'@x"))

    [row] = rows()

    assert (row["quote"], row["occasion"], row["note"]) == ("=cmd|'/c calc'!A1", "-1", "'@x")


def test_no_cell_is_a_formula_for_spreadsheets():
    make_citation(quote="=cmd|'/c calc'!A1", statement=make_statement(occasion="-1", note="@x"))

    [row] = rows(is_guarded=True)

    assert (row["quote"], row["occasion"], row["note"]) == ("'=cmd|'/c calc'!A1", "'-1", "'@x")


def test_topics_stand_in_one_cell():
    make_statement(claim=make_claim(topics=[make_topic(name="b|c"), make_topic(name="a")]))

    assert rows()[0]["claim_topics"] == "a | b\\|c"


def test_it_begins_with_the_mark_by_which_excel_knows_utf_8_for_spreadsheets():
    assert written() == ",".join(NAMES) + "\r\n"
    assert written(is_guarded=True) == "\ufeff" + ",".join(NAMES) + "\r\n"


def test_ten_statements_cost_the_same_queries_as_one():
    make_citation()
    with CaptureQueriesContext(connection) as once:
        written()
    for _ in range(9):
        make_citation(
            via=make_citation(statement=make_statement(claim=make_claim(topics=[make_topic()])))
        )
    with CaptureQueriesContext(connection) as again:
        written()

    # The publisher and the citation that it was taken from, of which the first has none.
    assert len(again) <= len(once) + 2


@pytest.mark.parametrize("is_guarded", [False, True])
def test_importing_an_export_changes_nothing(tmp_path, is_guarded):
    call_command("loaddata", "lachin", verbosity=0)
    make_citation(quote="'=1", statement=make_statement(occasion="@a", note="''-b"))

    report = import_given(given=sheet(tmp_path, written(is_guarded=is_guarded)))

    assert report.changes_nothing()
    assert report.files["statements"].same == Statement.objects.count()


@given(bundle=bundles(), is_guarded=st.booleans())
@full_or(8)
def test_export_import_export_gives_equal_files(bundle, is_guarded):
    # Each example takes back what it did, or the locks of all of them would add up.
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        import_bundle(folder=write_escaped(Path(folder, "bundle"), bundle))
        first = written(is_guarded=is_guarded)
        assert import_given(given=sheet(folder, first)).changes_nothing()
        empty_the_database()
        # Publishers are referred to, and described by rows of statements only.
        import_bundle(folder=write_escaped(Path(folder, "sources"), {"sources": bundle["sources"]}))
        import_given(given=sheet(folder, first))

        assert written(is_guarded=is_guarded) == first
        transaction.set_rollback(True)


def test_the_examples_of_the_template_are_rows_of_the_seeds():
    call_command("loaddata", "lachin", verbosity=0)
    exported = rows()

    for example in EXAMPLES:
        assert any(example.items() <= row.items() for row in exported), example


def test_the_template_is_imported_as_it_is(tmp_path):
    import_given(given=sheet(tmp_path, "".join(lines(EXAMPLES))))

    assert Statement.objects.get().citations.count() == 2


def test_every_column_is_explained():
    assert [column.name for column in columns()] == NAMES
    assert [column.name for column in columns() if not about(column)] == []
