import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

SCRIPT = Path(settings.BASE_DIR, "seeds", "make_lachin.py")
FIXTURE = Path(settings.BASE_DIR, "seeds", "lachin.json")


def read_fixture():
    return json.loads(FIXTURE.read_text(encoding="utf-8"))


def run_script(path):
    return subprocess.run([sys.executable, SCRIPT, path], capture_output=True, check=False)


def test_committed_fixture_is_what_the_script_makes_now(record_path):
    made = run_script(record_path)

    assert made.returncode == 0, made.stderr.decode()
    assert made.stdout == FIXTURE.read_bytes()


@pytest.mark.parametrize(
    "part", ["sources", "affiliations", "documents", "claims", "relations", "statements"]
)
def test_script_refuses_a_key_that_it_does_not_know(record, part):
    script = runpy.run_path(str(SCRIPT))
    record[part][-1]["mood"] = "grave"

    with pytest.raises(script["RecordError"], match=f"{part}, entry .*: unknown mood"):
        script["fixture_of"](record)


def test_script_refuses_a_part_that_it_does_not_know(record):
    script = runpy.run_path(str(SCRIPT))

    with pytest.raises(script["RecordError"], match="exactly these parts"):
        script["fixture_of"](record | {"moods": []})


def test_script_refuses_a_date_that_yaml_took_for_one_of_its_own(tmp_path, record_path):
    text = record_path.read_text(encoding="utf-8")
    changed = tmp_path / "lachin.yaml"
    changed.write_text(text.replace('published: "2023-01-11"', "published: 2023-01-11", 1))

    made = run_script(changed)

    assert made.returncode == 1
    assert made.stdout == b""
    assert b"documents, entry 1: published is datetime.date" in made.stderr


def test_script_refuses_words_that_no_document_carries(record):
    script = runpy.run_path(str(SCRIPT))
    record["statements"][0]["quote_in"] = "trend-2023-09-18"

    with pytest.raises(script["RecordError"], match="no document to read them in"):
        script["fixture_of"](record)


KEPT_BY_THE_DATABASE = {"version", "was_public", "first_public_at", "submitted_at", "submitted_by"}


def test_fixture_states_every_field_in_model_order():
    # The database counts versions, remembers what was public and computes the generated columns.
    for entry in read_fixture():
        meta = apps.get_model(entry["model"])._meta
        fields = [
            field.name
            for field in (*meta.concrete_fields, *meta.many_to_many)
            if not (field.primary_key or field.generated or field.name in KEPT_BY_THE_DATABASE)
        ]
        assert sorted(entry["fields"]) == sorted(fields)
        assert list(entry["fields"]) == fields


def test_fixture_refers_by_natural_key_only():
    assert all(entry.keys() == {"model", "fields"} for entry in read_fixture())
