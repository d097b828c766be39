"""Any bundle that is imported comes out again, and then gives the same bytes for ever."""

import json
import tempfile
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given

from claims.exchange.exporting import export_bundle
from claims.exchange.importing import import_bundle
from tests.claimtracker.full import full_or
from tests.exchange.bundles import content_of, empty_the_database
from tests.exchange.worlds import bundles

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
