import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claimtracker.accounts.actions import make_token
from tests.api.rows import LISTS
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


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(captured)


def make_row():
    """Make one more row of everything, the statement and its citations on the claim “c”."""
    source = make_source()
    make_affiliation(member=source)
    make_document(publisher=source)
    claim = make_claim(topics=[make_topic()])
    make_relation(from_claim=claim)
    make_citation(statement=make_statement(claim=claim), document=make_document(publisher=source))


def add_to(claim, source):
    for stance in ("asserts", "denies", "comments"):
        statement = make_statement(claim=claim, stance=stance)
        origin = make_citation(statement=statement, document=make_document(publisher=source))
        make_citation(via=origin, document=make_document(publisher=make_source()))
    make_statement(claim=claim, source=source)
    make_relation(from_claim=claim)
    make_relation(to_claim=claim)
    claim.topics.add(make_topic())


@pytest.mark.parametrize("reader", ["nobody", "ben", "ada"])
@pytest.mark.parametrize("name", LISTS)
def test_ten_rows_cost_the_same_queries_as_one(client, request, readers, name, reader):
    request.getfixturevalue("ada") if reader == "ada" else readers[reader]()
    make_row()
    once = queries(client, f"/api/v1/{name}/")
    for _ in range(9):
        make_row()

    assert queries(client, f"/api/v1/{name}/") == once


@pytest.mark.parametrize("reader", ["nobody", "ada"])
def test_a_claim_costs_the_same_queries_whatever_was_said_of_it(client, request, readers, reader):
    request.getfixturevalue("ada") if reader == "ada" else readers[reader]()
    claim, source = make_claim(slug="c"), make_source()
    add_to(claim, source)
    once = queries(client, "/api/v1/claims/c/")
    for _ in range(5):
        add_to(claim, source)

    assert queries(client, "/api/v1/claims/c/") == once


def test_a_statement_costs_the_same_queries_whatever_cites_it(client):
    statement = make_statement(slug="s")
    origin = make_citation(statement=statement)
    once = queries(client, "/api/v1/statements/s/")
    for _ in range(5):
        make_citation(via=origin, document=make_document(publisher=make_source()))

    assert queries(client, "/api/v1/statements/s/") == once


def make_quarrel(claim, source):
    """Add to all that is worked out about a claim and a source, directly and by relations."""
    other = make_claim(topics=claim.topics.all())
    make_relation(from_claim=other, kind="implies", to_claim=claim)
    for each in (claim, other):
        for n, stance in enumerate(("asserts", "denies", "comments")):
            speaker = make_source()
            make_affiliation(member=speaker, body=make_source(kind="state"), speaks_for=True)
            for said in ("2023-01", "2023-02"):
                statement = make_statement(
                    claim=each,
                    source=speaker,
                    said=said,
                    stance="denies" if n == 0 and said == "2023-02" else stance,
                )
                document = make_document(publisher=source)
                origin = make_citation(statement=statement, document=document)
                make_citation(via=origin)
    make_citation(statement=make_statement(claim=other, source=source, said="2023"))


WORKED_OUT = {
    "claims/c/positions/?": 1,
    "claims/c/positions/?said_by=2024-01-01&public_by=2024-01-01&recorded_by=2999-01-01": 1,
    "claims/c/positions/?roll_up=true": 2,
    "claims/c/positions/?derived=true": 6,
    "claims/c/timeline/?": 1,
    "sources/bea/positions/?": 2,
    "sources/bea/positions/?derived=true": 7,
    "sources/bea/agreement/?": 1,
    "flips/?": 1,
    "flips/?topic=roads&claim=c&source=bea": 4,
    "matrix/?topic=roads": 2,
}


@pytest.mark.parametrize("address", WORKED_OUT)
def test_what_is_worked_out_costs_the_same_queries_however_much_there_is(client, address):
    claim, source = make_claim(slug="c", topics=[make_topic(slug="roads")]), make_source(slug="bea")
    make_quarrel(claim, source)
    once = queries(client, f"/api/v1/{address}")
    for _ in range(4):
        make_quarrel(claim, source)

    assert queries(client, f"/api/v1/{address}") == once <= WORKED_OUT[address]


def tokened(client, user):
    secret = make_token(user=user, name="a test", days=1)[1]
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    # When it was used is noted once an hour.
    client.get("/api/v1/topics/")


KNOWN = {"session": lambda client, user: client.force_login(user), "token": tokened}


@pytest.mark.parametrize("name", ["ada", "ben"])
@pytest.mark.parametrize("way", KNOWN)
@pytest.mark.parametrize("address", ["claims/", "claims/c/", "sources/", "flips/"])
def test_to_know_who_asks_costs_one_query(client, way, name, address):
    make_statement(claim=make_claim(slug="c"))
    before = queries(client, f"/api/v1/{address}")
    KNOWN[way](client, make_user(name))
    # The tag that an editor gets covers the row with its parts: the row, relations of both ends,
    # topics.
    of_the_tag = 4 if (name, address) == ("ada", "claims/c/") else 0

    assert queries(client, f"/api/v1/{address}") == before + 1 + of_the_tag
