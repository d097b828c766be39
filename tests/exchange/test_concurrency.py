"""An import that is killed, and imports that meet."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection

from claims.exchange import applying, importing
from claims.exchange.importing import import_bundle
from claims.models import Citation, Claim, Statement
from sources.models import Source
from tests.exchange.bundles import CLAIM, DENIAL, MINISTRY, READOUT, SPOKESMAN, WORLD, write

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# Stops at a step of the import and waits there to be killed.
IMPORT = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.db import connections
connections.settings["default"]["NAME"] = sys.argv[2]
from claims.exchange.importing import import_bundle

def progress(text):
    if text.startswith(sys.argv[3]):
        print("reached", flush=True)
        time.sleep(60)

import_bundle(folder=Path(sys.argv[1]), progress=progress)
"""
STEPS = [
    "reading statements",
    "comparing",
    "checking",
    "writing sources",
    "writing statements",
    "writing citations",
    "checking that everything",
    "committing",
]


def counts():
    return [model.objects.count() for model in (Source, Claim, Statement, Citation)]


@pytest.mark.parametrize("step", STEPS)
def test_killed_import_leaves_nothing_and_the_next_one_succeeds(tmp_path, step):
    folder = write(tmp_path, **WORLD)
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(folder), connection.settings_dict["NAME"], step],
        stdout=subprocess.PIPE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "claimtracker.settings"},
    )
    assert process.stdout.readline() == b"reached\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert counts() == [0, 0, 0, 0]
    import_bundle(folder=folder)
    assert counts() == [2, 1, 1, 1]


def at_once(*deeds):
    errors = []

    def run(deed):
        try:
            deed()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def test_two_imports_at_once_both_succeed(tmp_path):
    statements = [DENIAL | {"key": f"denial-{n}", "note": "north"} for n in range(500)]
    north = write(tmp_path / "north", **WORLD | {"statements": statements})
    south = write(
        tmp_path / "south",
        **WORLD | {"statements": [row | {"note": "south"} for row in reversed(statements)]},
    )

    errors = at_once(
        *(lambda folder=folder: import_bundle(folder=folder) for folder in (north, south, north))
    )

    assert not errors
    assert Statement.objects.count() == 500
    assert Statement.objects.values("note").distinct().count() == 1


def test_import_waits_for_another_and_says_so(tmp_path):
    folder = write(tmp_path, **WORLD)
    inside, seen = threading.Event(), []

    def slow(text):
        if text == "committing":
            inside.set()
            time.sleep(0.5)

    def second():
        assert inside.wait(30)
        assert import_bundle(folder=folder, progress=seen.append).changes_nothing()

    assert not at_once(lambda: import_bundle(folder=folder, progress=slow), second)
    assert "waiting for another import to end" in seen


def test_import_that_deadlocks_with_an_editor_is_tried_again(tmp_path):
    import_bundle(folder=write(tmp_path, **WORLD))
    changed = {
        "sources": [SPOKESMAN | {"name": "The Voice"}, MINISTRY],
        "documents": [READOUT | {"title": "Readout"}],
        "claims": [CLAIM | {"language": "en"}],
        "statements": [DENIAL | {"note": "Changed."}],
    }
    write(tmp_path, **changed)
    wrote, met = threading.Event(), threading.Event()

    def progress(text):
        if text == "writing statements":
            wrote.set()
            met.wait(0.5)

    def edit():
        from django.db import OperationalError, transaction

        assert wrote.wait(30)
        try:
            with transaction.atomic():
                Statement.objects.update(occasion="a call")
                met.set()
                Source.objects.filter(slug="spokesman").update(description="Edited.")
        except OperationalError:
            pass  # one of the two gives way; an editor's form is tried again, too

    assert not at_once(lambda: import_bundle(folder=tmp_path, progress=progress), edit)
    assert Statement.objects.get().note == "Changed."
    assert Source.objects.get(slug="spokesman").name == "The Voice"


def test_what_only_the_commit_refuses_is_one_clear_line(tmp_path, monkeypatch):
    """A claim retired by an editor while the import ran, after it was checked."""
    import_bundle(folder=write(tmp_path, **WORLD))
    write(tmp_path, statements=[DENIAL, DENIAL | {"key": "second"}])
    plain = applying.apply

    def retire_first(cursor, progress, **options):
        cursor.execute("UPDATE claims_claim SET review_state = 'retired'")
        plain(cursor, progress, **options)

    monkeypatch.setattr(importing.applying, "apply", retire_first)

    with pytest.raises(importing.BundleError, match="published statement has a published claim"):
        import_bundle(folder=tmp_path)

    assert Statement.objects.count() == 1
    assert json.loads((tmp_path / "statements.jsonl").read_text().split("\n")[0])
