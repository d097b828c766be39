"""A client that openapi-python-client makes of the description, used as an analyst would."""

import importlib
import json
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from tests.factories import make_claim, make_statement

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# What the generator does not know by itself: all of it comes as it is.
OVERRIDES = {
    "application/ld+json": "application/json",
    **dict.fromkeys(
        [
            *("application/atom+xml", "application/jsonl", "application/x-ndjson"),
            *("application/vnd.apache.parquet", "application/zip", "text/csv"),
        ],
        "application/octet-stream",
    ),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make the client and return its package, which says nothing was left out of it."""
    folder = tmp_path_factory.mktemp("client")
    out = StringIO()
    call_command("spectacular", "--format", "openapi-json", stdout=out)
    (folder / "schema.json").write_text(out.getvalue())
    # Not to be put in order by ruff, which need not be on the path.
    config = {"post_hooks": [], "content_type_overrides": OVERRIDES}
    (folder / "config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate"),
            *("--path", "schema.json", "--output-path", "analyst_client"),
            *("--meta", "none", "--config", "config.json", "--fail-on-warning"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("analyst_client")
    sys.path.remove(str(folder))


def test_a_generated_client_lists_the_contested_claims(made, live_server):
    contested, quiet = make_claim(slug="contested"), make_claim()
    for claim, stance in ((contested, "asserts"), (contested, "denies"), (quiet, "asserts")):
        make_statement(claim=claim, stance=stance)
    listing = importlib.import_module("analyst_client.api.claims.claims_list")

    with made.Client(base_url=live_server.url) as client:
        page = listing.sync(client=client, contested=True)

    [claim] = page.results
    assert (claim.slug, claim.tally.asserts, claim.tally.denies) == ("contested", 1, 1)


def test_a_generated_client_is_told_what_is_wrong(made, live_server):
    listing = importlib.import_module("analyst_client.api.claims.claims_list")

    with made.Client(base_url=live_server.url) as client:
        problem = listing.sync(client=client, topic="nosuch")

    assert problem.status == 400
    assert problem.errors["topic"] == [
        "There is no topic “nosuch”, or it is not public. Give the slug of one."
    ]
