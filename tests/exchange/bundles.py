"""Bundles for tests: a folder of files, and the rows that a test leaves out."""

import json

from django.db import connection

from claims.exchange.importing import import_bundle
from claims.exchange.problems import BundleError
from claims.models import Citation, Claim, Relation, Statement, Topic
from sources.models import Affiliation, Document, Source

SPOKESMAN = {"key": "spokesman", "kind": "person", "name": "The Spokesman"}
MINISTRY = {"key": "ministry", "kind": "government-body", "name": "The Ministry"}
READOUT = {"key": "readout", "kind": "readout", "title": "Readout of the call"}
REPORT = {"key": "report", "kind": "article", "title": "The ministry has denied it"}
CLAIM = {"key": "road-is-open", "kind": "fact", "text": "The road is open."}
DENIAL = {
    "key": "denial",
    "claim": "road-is-open",
    "source": "spokesman",
    "stance": "denies",
    "said": "2023-09-07",
    "citations": [{"document": "readout", "quote": "It is not."}],
}
# One of each, all that the others need.
WORLD = {
    "sources": [SPOKESMAN, MINISTRY],
    "documents": [READOUT, REPORT],
    "claims": [CLAIM],
    "statements": [DENIAL],
}


def write(folder, **files):
    """Write a bundle: each file a list of rows, or the bytes of it. Returns the folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if not isinstance(content, bytes):
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in content)
            content = "".join(lines).encode()
        (folder / f"{name}.jsonl").write_bytes(content)
    return folder


def load(folder, **files):
    """Write a bundle and import it."""
    return import_bundle(folder=write(folder, **files))


def refusal(folder, **files):
    """Return the lines that say why a bundle is refused, without the last one."""
    try:
        load(folder, **files)
    except BundleError as error:
        *lines, last = str(error).splitlines()
        assert last.startswith("Nothing was imported")
        return lines
    raise AssertionError("It was imported.")


def content_of(folder):
    """Return the bytes of each file of a bundle."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def empty_the_database():
    """Take away all rows that an export holds."""
    tables = ", ".join(
        model._meta.db_table
        for model in (
            Citation,
            Statement,
            Relation,
            Claim.topics.through,
            Claim,
            Topic,
            Affiliation,
            Document,
            Source,
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL claimtracker.may_truncate = 'on'")
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
