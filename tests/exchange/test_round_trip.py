"""Any bundle that is imported comes out again, and then gives the same bytes for ever."""

import json
import tempfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given

from claims.exchange.citing import as_csv
from claims.exchange.exporting import export_bundle
from claims.exchange.importing import import_bundle, import_given
from claims.exchange.sheet import Sheet
from claims.models import Citation, Statement
from sources.models import Document
from tests.claimtracker.full import full_or
from tests.exchange.bundles import content_of, empty_the_database
from tests.exchange.worlds import bundles
from tests.factories import make_citation, make_document, make_source, make_statement

pytestmark = pytest.mark.django_db


def write_escaped(folder, bundle):
    """Write a bundle in ASCII: the ends of a line that text may hold are written as escapes."""
    folder.mkdir()
    for name, rows in bundle.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def sorted_rows(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def without_order(name, row):
    if name == "claims":
        return row | {"topics": sorted(row["topics"])}
    if name == "statements":
        return row | {"citations": sorted(row["citations"], key=lambda one: one["document"])}
    return row | {"until": None} if name == "affiliations" else row


@given(bundle=bundles())
@full_or(8)
def test_export_import_export_gives_equal_files(bundle):
    # Each example takes back what it did, or the locks of all of them would add up.
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        given_, first, second = (Path(folder) / name for name in ("given", "first", "second"))
        import_bundle(folder=write_escaped(given_, bundle))
        export_bundle(folder=first)

        assert import_bundle(folder=given_).changes_nothing()
        empty_the_database()
        import_bundle(folder=first)
        export_bundle(folder=second)

        assert content_of(first) == content_of(second)
        for name, rows in bundle.items():
            lines = (first / f"{name}.jsonl").read_text().split("\n")
            assert sorted_rows(json.loads(line) for line in lines if line) == sorted_rows(
                without_order(name, row) for row in rows
            )
        transaction.set_rollback(True)


def proposed(report):
    """Return what an import would change: of each file, its new rows and its fields."""
    return {
        name: (one.new, one.fields)
        for name, one in report.files.items()
        if one.new or one.changed or one.proposed
    }


def both_ways(folder):
    """Return what importing the bundle and the CSV of all that is public would change."""
    export_bundle(folder=folder / "bundle")
    path = folder / "statements.csv"
    with connection.cursor() as cursor:
        path.write_bytes(b"".join(as_csv(cursor, Statement.objects.public(), "https://x/")))
    return (
        proposed(import_bundle(folder=folder / "bundle", dry_run=True)),
        proposed(import_given(given=Sheet(path), dry_run=True)),
    )


def test_importing_the_seeds_as_they_are_exported_proposes_nothing(tmp_path):
    call_command("loaddata", "lachin", verbosity=0)

    assert both_ways(tmp_path) == ({}, {})


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_importing_an_export_keeps_what_readers_do_not_see(tmp_path, state):
    hidden_house = make_source(slug="house", review_state=state)
    hidden = make_document(slug="hidden", review_state=state)
    middle = make_document(slug="middle", publisher=hidden_house)
    last = make_document(slug="last")
    statement = make_statement(slug="one")
    first = make_citation(statement=statement, document=hidden)
    second = make_citation(statement=statement, document=middle, via=first)
    make_citation(statement=statement, document=last, via=second)

    assert both_ways(tmp_path) == ({}, {})
    import_bundle(folder=tmp_path / "bundle")
    assert Citation.objects.get(pk=second.pk).via == first
    assert Document.objects.get(pk=middle.pk).publisher == hidden_house


def test_a_blank_origin_still_removes_one_that_readers_see(tmp_path):
    statement = make_statement(slug="one")
    first = make_citation(statement=statement, document=make_document(slug="first"))
    second = make_citation(statement=statement, document=make_document(slug="second"), via=first)
    export_bundle(folder=tmp_path)
    path = tmp_path / "statements.jsonl"
    path.write_text(path.read_text().replace('"via":"first"', '"via":null'))

    import_bundle(folder=tmp_path)

    assert Citation.objects.get(pk=second.pk).via is None
