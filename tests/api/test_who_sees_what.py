import pytest
from django.contrib.auth.models import Permission

from tests.api.rows import ADDRESSED, ADDRESSES, LISTS, make_world
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

pytestmark = pytest.mark.django_db

MAKERS = {
    "sources": make_source,
    "documents": make_document,
    "claims": make_claim,
    "statements": make_statement,
}
UNPUBLISHED = ["draft", "in_review", "retired"]


def make_drafts(world, state):
    """Make rows of every kind that are not public, tied to what is public wherever they can be."""
    hidden = {"review_state": state}
    source = make_source(slug="hidden-source", name="Hidden", **hidden)
    claim = make_claim(slug="hidden-claim", text="Hidden.", topics=[world["topic"]], **hidden)
    document = make_document(slug="hidden-document", publisher=world["body"], **hidden)
    make_claim(topics=[make_topic(slug="hidden-topic", name="Hidden")], **hidden)
    make_affiliation(member=world["source"], body=source)
    make_affiliation(member=source, body=world["body"])
    make_relation(from_claim=world["claim"], to_claim=claim)
    make_relation(from_claim=claim, to_claim=world["other_claim"], kind="implies")
    for stance in ("asserts", "denies", "comments"):
        make_statement(claim=world["claim"], source=world["source"], stance=stance, **hidden)
        make_statement(claim=world["claim"], source=source, stance=stance, **hidden)
        statement = make_statement(
            claim=claim, source=world["source"], said="2024", stance=stance, **hidden
        )
        make_citation(statement=statement, document=world["document"])
    passed_on = make_citation(statement=world["denial"], document=document, quote="Hidden.")
    make_citation(
        via=passed_on, document=make_document(slug="hidden-too", text="Hidden.", **hidden)
    )
    make_source(slug="hidden-old", merged_into=world["source"], review_state="retired")


@pytest.mark.parametrize("reader", ["nobody", "ben", "cleo"])
@pytest.mark.parametrize("state", UNPUBLISHED)
def test_what_is_not_public_changes_no_answer(client, readers, reader, state):
    world = make_world()
    readers[reader]()
    asked = [f"/api/v1/{address}" for address in ADDRESSES]
    # What it says to those who are logged in has a token of its own in each answer.
    asked += ["/"] if reader == "nobody" else []
    asked += ["/api/v1/claims/?contested=false", "/api/v1/statements/?has_citation=true"]
    asked += ["/api/v1/sources/?name=hid", "/api/v1/claims/?stance=comments&ordering=-last_said"]
    before = [client.get(address).content for address in asked]

    make_drafts(world, state)

    assert [client.get(address).content for address in asked] == before


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("state", UNPUBLISHED)
def test_the_address_of_what_is_not_public_answers_as_if_there_were_nothing(api, name, state):
    nothing = api(f"{name}/one/")
    MAKERS[name](slug="one", review_state=state)

    hidden = api(f"{name}/one/")

    assert hidden.status_code == 404
    assert (hidden.content, hidden.headers) == (nothing.content, nothing.headers)


def test_a_topic_that_only_a_draft_has_is_not_found(api):
    nothing = api("topics/secret/").content
    make_claim(topics=[make_topic(slug="secret")], review_state="draft")

    assert api("topics/secret/").content == nothing


@pytest.mark.parametrize(
    ("address", "name", "make"),
    [
        ("claims/", "topic", make_topic),
        ("claims/", "source", make_source),
        ("statements/", "claim", make_claim),
        ("statements/", "document", make_document),
        ("documents/", "publisher", make_source),
        ("affiliations/", "body", make_source),
        ("relations/", "claim", make_claim),
        ("topics/", "claim", make_claim),
    ],
)
def test_a_filter_does_not_tell_a_draft_from_nothing(api, address, name, make):
    nothing = api(address, **{name: "secret"})
    make(slug="secret", **({} if make is make_topic else {"review_state": "draft"}))

    assert nothing.status_code == 400
    assert api(address, **{name: "secret"}).content == nothing.content


def test_the_publisher_of_a_document_is_null_while_it_is_a_draft(api):
    publisher = make_source(slug="secret", review_state="draft")
    make_citation(
        document=make_document(slug="d", publisher=publisher), statement=make_statement(slug="s")
    )

    assert api("documents/d/").json()["publisher"] is None
    assert api("statements/s/").json()["citations"][0]["publisher"] is None


def test_a_draft_ends_a_chain_as_though_it_were_not_known(api):
    origin = make_citation(
        statement=make_statement(slug="s"), document=make_document(slug="origin")
    )
    between = make_citation(via=origin, document=make_document(slug="m", review_state="draft"))
    make_citation(via=between, document=make_document(slug="last"))

    chains = {each["document"]: each["chain"] for each in api("statements/s/").json()["citations"]}

    assert chains == {"origin": ["origin"], "last": ["last"]}


def test_a_chain_whose_origin_is_a_draft_begins_at_the_next(api):
    hidden = make_citation(
        statement=make_statement(slug="s"), document=make_document(review_state="draft")
    )
    make_citation(via=hidden, document=make_document(slug="last"))

    [last] = api("statements/s/").json()["citations"]

    assert (last["via"], last["chain"]) == (None, ["last"])


def test_ada_sees_the_drafts_among_citations_and_chains(api, ada):
    statement = make_statement(slug="s", claim=make_claim(slug="c"))
    hidden = make_document(
        slug="origin",
        review_state="draft",
        publisher=make_source(slug="secret", review_state="draft"),
    )
    origin = make_citation(statement=statement, document=hidden)
    make_citation(via=origin, document=make_document(slug="last"))

    cited = api("statements/s/").json()["citations"]

    assert [(each["review_state"], each["publisher"], each["chain"]) for each in cited] == [
        ("draft", "secret", ["origin"]),
        ("published", None, ["origin", "last"]),
    ]
    assert api("claims/c/").json()["asserts"][0]["statement"]["citations"] == cited


def test_ada_sees_which_related_claims_are_drafts(api, ada):
    claim = make_claim(slug="c")
    make_relation(from_claim=claim, to_claim=make_claim(slug="a", review_state="draft"))
    make_relation(from_claim=make_claim(slug="b"), to_claim=claim)

    related = api("claims/c/").json()["relations"]

    assert [(each["claim"], each["review_state"]) for each in related] == [
        ("a", "draft"),
        ("b", "published"),
    ]


def test_ada_sees_no_draft_decide(api, ada):
    claim, source = make_claim(slug="c"), make_source(slug="bea")
    make_statement(slug="public", claim=claim, source=source, said="2023-01")
    make_statement(
        claim=claim, source=source, stance="denies", said="2023-02", review_state="draft"
    )

    answer = api("claims/c/").json()

    assert answer["denies"] == answer["asserts"][0]["other_statements"] == []


def test_who_may_edit_statements_only_sees_no_other_drafts(api, client):
    user = make_user("dora")
    user.user_permissions.add(Permission.objects.get(codename="change_statement"))
    client.force_login(user)
    hidden = {"review_state": "draft"}
    statement = make_statement(
        slug="s", claim=make_claim(**hidden), source=make_source(**hidden), **hidden
    )
    make_citation(statement=statement, document=make_document(**hidden))

    answer = api("statements/s/").json()

    assert (answer["claim"], answer["source"], answer["citations"]) == (None, None, [])
    assert answer["review_state"] == "draft"


@pytest.mark.parametrize("name", MAKERS)
def test_ada_sees_drafts_and_that_they_are_drafts(api, ada, name):
    MAKERS[name](slug="one", review_state="draft")

    assert api(f"{name}/one/").json()["review_state"] == "draft"
    assert "one" in [row["slug"] for row in api(f"{name}/").json()["results"]]


@pytest.mark.parametrize("reader", ["nobody", "ben", "cleo"])
@pytest.mark.parametrize("name", ADDRESSED)
def test_readers_see_nothing_of_review(api, readers, reader, name):
    make_world()
    readers[reader]()

    rows = api(f"{name}/").json()["results"]
    rows += [api(f"{name}/{row['slug']}/").json() for row in rows]

    assert rows
    for row in rows:
        assert not {"review_state", "version", "merged_into"} & set(row)


def test_a_tally_is_the_same_for_ada(api, ada):
    claim = make_claim(slug="c")
    make_statement(claim=claim, review_state="draft")

    answer = api("claims/c/").json()

    assert (answer["tally"]["asserts"], answer["asserts"], answer["statements"]) == (0, [], 0)


@pytest.mark.parametrize("reader", ["nobody", "ada"])
@pytest.mark.parametrize("name", ["sources", "claims"])
def test_a_merged_address_leads_to_the_survivor(api, request, readers, name, reader):
    request.getfixturevalue("ada") if reader == "ada" else readers[reader]()
    survivor = MAKERS[name](slug="survivor")
    MAKERS[name](slug="old", review_state="retired", merged_into=survivor)

    moved = api(f"{name}/old/", format="json")

    assert moved.status_code == 308
    assert moved["Location"] == f"http://testserver/api/v1/{name}/survivor/?format=json"


@pytest.mark.parametrize("name", ["sources", "claims"])
def test_a_merged_address_leads_nowhere_while_the_survivor_is_a_draft(api, name):
    nothing = api(f"{name}/old/").content
    survivor = MAKERS[name](slug="secret", review_state="draft")
    MAKERS[name](slug="old", review_state="retired", merged_into=survivor)

    assert api(f"{name}/old/").status_code == 404
    assert api(f"{name}/old/").content == nothing


@pytest.mark.parametrize("address", ["", "nowhere/", *(f"{name}/" for name in LISTS), "claims/x/"])
def test_nobody_reads_where_anonymous_reading_is_closed(api, settings, address):
    settings.ANONYMOUS_READING = False

    assert api(address).status_code == 401


def test_ben_reads_where_anonymous_reading_is_closed(api, settings, readers):
    settings.ANONYMOUS_READING = False
    readers["ben"]()

    assert api("claims/").status_code == 200


def test_the_start_page_names_no_claim_where_anonymous_reading_is_closed(client, settings):
    make_world()
    settings.ANONYMOUS_READING = False

    assert b"The road is shut." not in client.get("/").content


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_to_a_list(client, ada, method):
    assert getattr(client, method)("/api/v1/claims/").status_code == 405


def test_a_draft_that_was_merged_is_not_found_and_names_nobody(api):
    survivor = make_source(slug="survivor")
    make_source(slug="secret", review_state="draft", merged_into=survivor)

    answer, never = api("sources/secret/"), api("sources/unheard-of/")

    assert answer.status_code == never.status_code == 404
    assert api("affiliations/", member="secret").status_code == 400
