"""Memory does not grow with the bundle."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from claims.models import Statement
from tests.exchange.bundles import WORLD, write

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

RUN = """
import resource, sys
from pathlib import Path
import django
django.setup()
from django.db import connections
connections.settings["default"]["NAME"] = sys.argv[3]
from claims.exchange.exporting import export_bundle
from claims.exchange.importing import import_bundle
{"import": import_bundle, "export": export_bundle}[sys.argv[1]](folder=Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def megabytes(deed, folder):
    """Return the peak memory of an import or export in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", RUN, deed, str(folder), connection.settings_dict["NAME"]],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "claimtracker.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(run.stdout) / 1024


def test_import_and_export_of_forty_thousand_statements_take_little_more_than_of_one(tmp_path):
    small = write(tmp_path / "small", **WORLD)
    large = write(tmp_path / "large", **WORLD)
    row = {"claim": "road-is-open", "source": "spokesman", "stance": "asserts", "note": "n" * 300}
    with (large / "statements.jsonl").open("w") as file:
        for number in range(40_000):
            cited = [{"document": "report", "quote": "q" * 200}]
            file.write(json.dumps({"key": f"s-{number}", **row, "citations": cited}) + "\n")

    assert megabytes("import", large) - megabytes("import", small) < 30
    assert Statement.objects.count() == 40_001
    export = megabytes("export", tmp_path / "out")
    assert export - megabytes("import", small) < 10
