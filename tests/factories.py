"""Rows for tests. Each ``make_…`` fills in what a test leaves out; what it makes is published.

A row that is asked to be public makes public what it needs: ``make_statement()`` also makes a
published claim and a published source.
"""

from itertools import count

from django.contrib.auth.models import Group, User
from django.db import connection

from claims.models import Citation, Claim, Relation, Statement, Topic
from sources.models import Affiliation, Document, Source

# The cast of the permission tests, and the group of each.
CAST = {"ada": "editors", "ben": "analysts", "cleo": None}

_numbers = count(1)


def _saved(row):
    """Return a row as the database has it: with its slug, its version and its day ranges."""
    row.save()
    row.refresh_from_db()
    return row


def settle():
    """Do what waits for COMMIT: the tallies follow the statements, deferred rules are asked for.

    A test that is one transaction calls it after it wrote statements otherwise than by
    ``make_statement``, before it reads tallies, ``contested()`` or a page that shows them.
    """
    if not connection.in_atomic_block:
        return  # each write was committed
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _merged(row):
    """Return a row that was public before it was merged into another, as those that are merged."""
    state, into = row.review_state, row.merged_into
    if into is not None and state == "retired":
        row.review_state, row.merged_into = "published", None
        row.save()
        row.review_state, row.merged_into = state, into
    return _saved(row)


def make_source(**fields) -> Source:
    n = next(_numbers)
    given = {
        "slug": f"source-{n}",
        "name": f"Source {n}",
        "kind": "person",
        "review_state": "published",
    }
    return _merged(Source(**given | fields))


def make_affiliation(**fields) -> Affiliation:
    fields["member"] = fields.get("member") or make_source()
    fields["body"] = fields.get("body") or make_source(kind="state")
    return _saved(Affiliation(**fields))


def make_document(**fields) -> Document:
    n = next(_numbers)
    given = {
        "slug": f"document-{n}",
        "kind": "article",
        "title": f"Document {n}",
        "review_state": "published",
    }
    return _merged(Document(**given | fields))


def make_topic(**fields) -> Topic:
    n = next(_numbers)
    return _saved(Topic(**{"slug": f"topic-{n}", "name": f"Topic {n}"} | fields))


def make_claim(*, topics=(), **fields) -> Claim:
    n = next(_numbers)
    given = {
        "slug": f"claim-{n}",
        "kind": "fact",
        "text": f"Claim {n} is so.",
        "review_state": "published",
    }
    claim = _merged(Claim(**given | fields))
    claim.topics.set(topics)
    return claim


def make_relation(**fields) -> Relation:
    fields["from_claim"] = fields.get("from_claim") or make_claim()
    fields["to_claim"] = fields.get("to_claim") or make_claim()
    return _saved(Relation(**{"kind": "contradicts"} | fields))


def make_statement(**fields) -> Statement:
    n = next(_numbers)
    fields["claim"] = fields.get("claim") or make_claim()
    fields["source"] = fields.get("source") or make_source()
    given = {"slug": f"statement-{n}", "stance": "asserts", "review_state": "published"}
    statement = _saved(Statement(**given | fields))
    settle()
    return statement


def make_citation(**fields) -> Citation:
    via = fields.get("via")
    fields["statement"] = fields.get("statement") or (via.statement if via else make_statement())
    fields["document"] = fields.get("document") or make_document()
    return _saved(Citation(**fields))


def make_user(username="ada", *, group=None, password=None, **fields) -> User:
    """Return a user of the cast: Ada the editor, Ben the analyst, Cleo the visitor; or another.

    Without a password they come in by ``client.force_login``.
    """
    user = User.objects.create_user(username, password=password, **fields)
    if group := group or CAST.get(username):
        user.groups.add(Group.objects.get(name=group))
    return user
