"""What is only drafted changes nothing that is public: no answer, header, export, feed or hit."""

import pytest
from django.urls import reverse
from django.urls.exceptions import NoReverseMatch

from claims.actions import propose
from claims.pages.urls import urlpatterns as pages
from claimtracker.api import router
from claimtracker.api import urlpatterns as others
from tests.api.rows import make_world
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
)

# The feed of changes is settled at COMMIT.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# A row of each kind that has an address, and what addresses without a default need.
SLUGS = {
    "source": "bea",
    "document": "readout",
    "topic": "roads",
    "claim": "road-shut",
    "statement": "carl-no",
}
WORDS = "q=road or open or shut or bea or secret or readout"
NEEDS = {"matrix": "topic=roads", "search": WORDS, "page-search": WORDS}
FORMATS = ["json", "csv", "jsonld"]
CLOCK = "recorded_by=2999-01-01"


def named():
    """Return the name of every address of the API and of every public page, from the URLs."""
    yield "start"
    for each in [*router.urls, *others, *pages]:
        if getattr(each, "name", None):
            yield each.name


def addresses():
    found = set()
    for name in named():
        stem = name.removeprefix("page-").partition("-")[0]
        try:
            address = reverse(name)
        except NoReverseMatch:
            address = reverse(name, kwargs={"slug": SLUGS[stem]})
        found.add(f"{address}?{NEEDS.get(name, '')}".rstrip("?"))
    return sorted(found)


def everything(client):
    """Return all that anybody is answered: status, headers and every byte."""
    answers = {}
    for address in addresses():
        mark = "&" if "?" in address else "?"
        ways = [address, *(f"{address}{mark}format={each}" for each in FORMATS)]
        for way in [*ways, f"{address}{mark}{CLOCK}", f"{address}{mark}derived=true&roll_up=true"]:
            answer = client.get(way, headers={"x-request-id": "a-test"})
            sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
            answers[way] = (answer.status_code, dict(answer.headers), sent)
    return answers


def draft(world):
    """Write drafts of everything, around what is public, and change and delete them again."""
    unseen = {"review_state": "draft"}
    topic = make_topic(slug="secret-topic", name="Secret road")
    claim = make_claim(slug="secret", text="The secret road is shut.", topics=[topic], **unseen)
    claim.topics.add(world["topic"])
    source = make_source(slug="secret-source", name="Secret Bea", **unseen)
    document = make_document(
        slug="secret-document", title="Secret readout", publisher=world["body"], **unseen
    )
    make_affiliation(member=source, body=world["body"], speaks_for=True)
    make_relation(from_claim=claim, to_claim=world["claim"], kind="implies")
    said = make_statement(
        claim=world["claim"], source=world["source"], stance="denies", said="2024", **unseen
    )
    make_citation(statement=said, document=world["document"], quote="A secret road.")
    make_citation(statement=world["denial"], document=document, quote="A secret quote.")
    make_statement(claim=claim, source=world["source"], **unseen)
    said.stance, said.note = "asserts", "Another secret."
    said.save()
    claim.review_state = "in_review"
    claim.save()
    gone = make_source(slug="gone", name="Gone Bea", **unseen)
    gone.delete()
    dora = make_user("dora", group="contributors")
    propose(target=world["claim"], fields={"text": "A secret proposal."}, author=dora)


def test_nothing_that_is_public_shows_what_is_only_drafted(client):
    world = make_world()
    before = everything(client)

    draft(world)

    after = everything(client)
    assert {way: after[way] for way in after if after[way] != before[way]} == {}


def test_what_is_published_changes_what_is_public(client):
    make_world()
    before = everything(client)

    make_claim(slug="new", text="The road is new.")

    after = everything(client)
    changed = {way for way in after if after[way] != before[way]}
    assert {"/api/v1/claims/", "/api/v1/changes/", "/api/v1/feed.atom"} <= changed
