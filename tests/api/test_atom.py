"""The Atom feeds: valid, complete, the same as long as nothing changed."""

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
from django.db import transaction

from claims.models import Citation, Claim, Statement
from sources.models import Source
from tests.api.rows import make_world
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    settle,
)

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = [
    "feed.atom",
    "claims/road-shut/feed.atom",
    "sources/bea/feed.atom",
    "topics/roads/feed.atom",
]


@pytest.fixture
def feed(api):
    """Return a feed as XML; what was written before is committed first."""

    def get(address, **parameters):
        settle()
        answer = api(address, **parameters)
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        return ElementTree.fromstring(answer.content)

    return get


def titles(root):
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


def links(root):
    return {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_has_all_that_rfc_4287_asks_for(feed, address):
    make_world()
    root = feed(address)

    assert root.tag == f"{ATOM}feed"
    assert re.fullmatch("tag:claimtracker[.]invalid,2026:[0-9]+/feed.*", root.findtext(f"{ATOM}id"))
    assert root.findtext(f"{ATOM}title")
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert links(root)["self"] == f"http://testserver/api/v1/{address}"
    entries = root.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert entries and len(set(ids)) == len(ids)
    times = []
    for entry in [root, *entries]:
        assert len(entry.findall(f"{ATOM}id")) == len(entry.findall(f"{ATOM}title")) == 1
        times.append(datetime.fromisoformat(entry.findtext(f"{ATOM}updated")))
    assert times[0] == max(times[1:])
    for entry in entries:
        assert entry.find(f"{ATOM}link[@rel='alternate']").get("href").startswith("http")
        assert entry.findtext(f"{ATOM}summary")


def test_a_statement_is_told_as_a_sentence_and_linked_to(feed):
    make_world()
    [entry] = [
        entry
        for entry in feed("claims/road-shut/feed.atom").iter(f"{ATOM}entry")
        if "bea-yes" in entry.find(f"{ATOM}link").get("href")
        and entry.findtext(f"{ATOM}title").startswith("Published")
    ]

    sentence = "Bea asserted that “The road is shut” on 7 September 2023"
    assert entry.findtext(f"{ATOM}title").startswith(f"Published: {sentence}")
    assert sentence in entry.findtext(f"{ATOM}summary")
    assert "It is shut." in entry.findtext(f"{ATOM}summary")
    assert entry.find(f"{ATOM}link").get("href") == "http://testserver/statements/bea-yes/"


def test_the_latest_comes_first(feed):
    make_world()
    settle()
    Statement.objects.filter(slug="bea-yes").update(note="So.")
    settle()
    Statement.objects.filter(slug="carl-no").update(review_state="retired")

    root = feed("claims/road-shut/feed.atom")
    assert titles(root)[0] == "Retired: carl-no"
    assert titles(root)[1].startswith("Corrected: Bea asserted")
    assert "Corrected: note." in root.findall(f"{ATOM}entry")[1].findtext(f"{ATOM}summary")


def test_what_is_not_public_any_more_is_told_by_its_slug(api, feed):
    make_world()
    settle()
    Statement.objects.filter(slug="bea-yes").update(review_state="retired")

    root = feed("claims/road-shut/feed.atom")
    assert {"Retired: bea-yes", "Published: bea-yes"} <= set(titles(root))
    assert "It is shut." not in api("claims/road-shut/feed.atom").content.decode()


def test_each_kind_of_row_is_told_by_its_name(feed):
    make_world()
    make_affiliation(member=make_source(name="Dora"), body=make_source(name="Court"))
    told = titles(feed("feed.atom", page_size=200))

    assert {
        "Published: Roads",
        "Published: Bea",
        "Published: The road is shut.",
        "Published: “The road is shut.” contradicts “The road is open.”",
        "Published: Carl – minister, Ministry",
        "Published: Dora – Court",
    } <= set(told)


def test_a_merge_is_told_with_the_name_of_what_answers_for_it(feed):
    make_world()
    make_source(slug="b", name="B.")
    settle()
    bea = Source.objects.get(slug="bea")
    Source.objects.filter(slug="b").update(review_state="retired", merged_into=bea)

    [entry] = [
        entry
        for entry in feed("sources/bea/feed.atom").iter(f"{ATOM}entry")
        if entry.findtext(f"{ATOM}title") == "Merged: b"
    ]
    assert "into “Bea”" in entry.findtext(f"{ATOM}summary")


def test_characters_that_xml_cannot_have_do_not_break_a_feed(feed):
    claim = make_claim(slug="odd", text="A\x01\x0b\ufffe\ud7ff <b>&amp;</b> ]]> “x”")
    statement = make_statement(claim=claim, source=make_source(name="B\x1f\u2028"))
    make_citation(
        statement=statement,
        document=make_document(title="<i>T\x02", url="https://example.org/?a=1&b='\"<"),
        quote="\x00".replace("\x00", "\x08") + "\u202e &lt;script&gt;<script>",
    )
    root = feed("claims/odd/feed.atom")

    summary = root.find(f"{ATOM}entry/{ATOM}summary").text
    assert "<script>" not in summary
    assert "&lt;script&gt;" in summary
    assert "\ufffd" in summary


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_is_the_same_as_long_as_nothing_changed(api, address):
    make_world()
    settle()
    before = api(address).content
    make_claim(review_state="draft")
    Claim.objects.filter(review_state="draft").update(text="Other.")
    settle()

    assert api(address).content == before


def test_pages_of_a_feed_are_linked(client, feed):
    make_world()
    whole = titles(feed("feed.atom", page_size=200))
    root, read = feed("feed.atom", page_size=3), []
    while True:
        read += titles(root)
        if "next" not in links(root):
            break
        root = ElementTree.fromstring(client.get(links(root)["next"]).content)

    assert read == whole
    assert links(root)["first"] == "http://testserver/api/v1/feed.atom"
    assert "previous" in links(root)


def test_an_empty_feed_is_one(feed):
    root = feed("feed.atom")

    assert titles(root) == []
    assert root.findtext(f"{ATOM}updated").startswith("1970-01-01T00:00:00")


@pytest.mark.parametrize("kind", ["claim", "source"])
def test_a_merged_row_sends_its_readers_on(api, kind):
    make = {"claim": make_claim, "source": make_source}[kind]
    make(slug="loser", review_state="retired", merged_into=make(slug="survivor"))
    answer = api(f"{kind}s/loser/feed.atom")

    assert answer.status_code == 308
    assert answer["Location"] == f"http://testserver/api/v1/{kind}s/survivor/feed.atom"


@pytest.mark.parametrize("kind", ["claims", "sources", "topics"])
def test_what_is_not_there_is_not_found(api, kind):
    make_claim(slug="draft", review_state="draft")
    make_source(slug="draft", review_state="draft")

    assert api(f"{kind}/draft/feed.atom").status_code == 404
    assert "draft" in api(f"{kind}/draft/feed.atom").content.decode()


@pytest.mark.parametrize("accept", ["text/html", "application/rss+xml", "application/json"])
def test_a_feed_is_a_feed_whatever_its_reader_says(client, accept):
    answer = client.get("/api/v1/feed.atom", headers={"accept": accept})

    assert answer["Content-Type"].startswith("application/atom+xml")


@pytest.mark.parametrize("parameters", [{"nosuch": "1"}, {"cursor": "x"}, {"page_size": "0"}])
def test_what_a_feed_cannot_read_is_refused_by_its_name(api, parameters):
    answer = api("feed.atom", **parameters)

    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.content.decode()
    assert "json" in answer["Content-Type"]


def test_a_feed_costs_the_same_queries_however_long_it_is(api, django_assert_max_num_queries):
    make_world()
    settle()
    for size in (1, 200):
        with django_assert_max_num_queries(16):
            api("feed.atom", page_size=size)


def test_ids_and_entries_do_not_change_with_the_name_of_the_server(client):
    make_world()
    settle()
    names = ("testserver", "localhost")
    answers = [client.get("/api/v1/feed.atom", HTTP_HOST=each) for each in names]

    ids = [
        [each.text for each in ElementTree.fromstring(answer.content).iter(f"{ATOM}id")]
        for answer in answers
    ]

    assert ids[0] == ids[1] and len(ids[0]) > 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_old_entry_keeps_the_words_of_its_time(feed):
    with transaction.atomic():
        make_world()
    claim = Claim.objects.get(slug="road-shut")
    claim.text = "The road is closed to lorries."
    claim.save()
    Citation.objects.filter(statement__slug="bea-yes").update(quote="Lorries are stopped.")

    root = feed("claims/road-shut/feed.atom")
    texts = [
        f"{entry.findtext(f'{ATOM}title')} {entry.findtext(f'{ATOM}summary')}"
        for entry in root.iter(f"{ATOM}entry")
    ]
    published = [each for each in texts if each.startswith("Published: Bea asserted")]

    assert len(published) == 1
    assert "The road is shut" in published[0] and "It is shut." in published[0]
    assert "lorries" not in published[0].lower()
    assert any(each.startswith("Published: The road is shut.") for each in texts)
    assert any(each.startswith("Corrected: The road is closed to lorries.") for each in texts)
