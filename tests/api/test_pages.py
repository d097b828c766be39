from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from claims.models import Statement
from claims.positions import lists
from claimtracker.api import router
from claimtracker.edtf import last_day
from claimtracker.rest.pagination import FORM, SIGNER
from tests.api.rows import LISTS
from tests.factories import (
    make_affiliation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db

ORDERINGS = {
    "sources": ["slug", "name"],
    "affiliations": ["member", "body"],
    "documents": ["slug", "published"],
    "topics": ["slug", "name"],
    "claims": ["slug", "first_said", "last_said"],
    "statements": ["slug", "said"],
    "relations": ["claim"],
}
EACH_WAY = [
    (name, sign + ordering) for name in LISTS for ordering in ORDERINGS[name] for sign in ("", "-")
]


def test_a_cursor_of_affiliations_has_nothing_that_counts_those_that_are_not_public(api):
    """Keys are numbers in a row: a gap would tell of what a draft belongs to."""
    for _ in range(2):
        make_affiliation(since="2023")

    following = api("affiliations/", page_size="1").json()["next"]

    [cursor] = parse_qs(urlsplit(following).query)["cursor"]
    assert not [part for part in SIGNER.unsign_object(cursor)[3] if isinstance(part, int)]


def make_rows():
    """Make seven rows of everything, with ties and without dates among them."""
    dates = ["2023-09-07", "2023-09-07", "2023-09", "", "", "2022/..", "../2023-01"]
    for n, day in enumerate(dates):
        source = make_source(name="Same" if n < 4 else f"Name {n}")
        make_affiliation(member=source, body=make_source())
        make_document(published=day)
        claim = make_claim(topics=[make_topic()])
        make_relation(from_claim=claim)
        make_statement(claim=claim, source=source, said=day, order=n % 2)


def pages(client, address, step):
    """Yield the results of each page from an address on, following next or previous."""
    while address:
        page = client.get(address).json()
        yield page["results"]
        address = page[step]


def rows(client, name, ordering):
    return client.get(f"/api/v1/{name}/?ordering={ordering}&page_size=200").json()["results"]


@pytest.mark.parametrize(("name", "ordering"), EACH_WAY)
def test_pages_have_every_row_once_and_in_order(client, name, ordering):
    make_rows()

    found = pages(client, f"/api/v1/{name}/?ordering={ordering}&page_size=2", "next")

    assert [row for page in found for row in page] == rows(client, name, ordering)


@pytest.mark.parametrize(("name", "ordering"), EACH_WAY)
def test_previous_leads_back_through_the_same_pages(client, name, ordering):
    make_rows()
    address = f"/api/v1/{name}/?ordering={ordering}&page_size=2"
    forth = list(pages(client, address, "next"))
    while address:
        last, address = address, client.get(address).json()["next"]

    assert list(pages(client, last, "previous"))[::-1] == forth


@pytest.mark.parametrize(("name", "ordering"), EACH_WAY)
def test_an_ordering_turned_round_is_the_other_way_round(client, name, ordering):
    make_rows()
    turned = ordering[1:] if ordering.startswith("-") else f"-{ordering}"

    assert rows(client, name, ordering) == rows(client, name, turned)[::-1]


WORKED_OUT = {
    "sources/bea/positions": lists.POSITIONS_BY,
    "sources/bea/positions/?derived=true": lists.POSITIONS_BY,
    "sources/bea/agreement": lists.AGREEMENT_BY,
    "flips": lists.FLIPS_BY,
}


@pytest.fixture
def turns():
    """Make Bea, and others, turn round on some claims, with ties and without dates among them."""
    bea, carl, dora = (make_source(slug=slug) for slug in ("bea", "carl", "dora"))
    make_statement(source=bea, claim=make_claim(slug="undated"))
    days = ["2023-09-07", "2023-09-07", "2023-09", "", "2022/..", "2021"]
    for n, day in enumerate(days):
        claim = make_claim(slug=f"claim-{n}")
        make_relation(from_claim=claim, to_claim=make_claim(slug=f"counter-{n}"))
        for source in (bea, carl, dora)[: 1 + n % 3]:
            make_statement(source=source, claim=claim, stance="asserts", said="2020")
            make_statement(
                source=source,
                claim=claim,
                stance="asserts" if source == dora else "denies",
                said=day,
            )


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    ("address", "by"), [(address, by) for address, known in WORKED_OUT.items() for by in known]
)
def test_what_is_worked_out_has_pages_in_every_order(client, turns, address, by, sign):
    address = f"/api/v1/{address}{'&' if '?' in address else '/?'}ordering="
    whole = client.get(f"{address}{sign}{by}").json()["results"]
    turned = client.get(f"{address}{'' if sign else '-'}{by}").json()["results"]
    first = f"{address}{sign}{by}&page_size=1"

    forth = list(pages(client, first, "next"))
    while first:
        last, first = first, client.get(first).json()["next"]

    assert len(whole) > 1
    assert [row for page in forth for row in page] == whole == turned[::-1]
    assert list(pages(client, last, "previous"))[::-1] == forth


@pytest.mark.parametrize("name", ["since", "said"])
@pytest.mark.parametrize("derived", ["true", "false"])
def test_positions_by_day_begin_with_what_has_none(client, turns, name, derived):
    address = f"/api/v1/sources/bea/positions/?ordering={name}&derived={derived}"

    rows = client.get(address).json()["results"]

    days = [row[f"{name}_to"] or "" for row in rows]
    assert (days[0], days) == ("", sorted(days))


def test_flips_by_day_are_the_latest_last(client, turns):
    rows = client.get("/api/v1/flips/?ordering=said").json()["results"]

    days = [row["to"]["said_to"] for row in rows]
    assert len(days) > 2
    assert days == sorted(days)


def keys():
    """Return what each list is ordered by: of an expression, the type of what it gives."""

    def told(column, model):
        if isinstance(column, str):
            return column
        query = model.objects.annotate(key=column).query
        return type(query.annotations["key"].output_field).__name__

    of_rows = {
        (prefix, name): [told(column, viewset.queryset.model) for column in columns]
        for prefix, viewset, _ in router.registry
        for name, columns in viewset.orderings.items()
    }
    worked_out = {
        (address, by): list(columns)
        for address, known in WORKED_OUT.items()
        if "?" not in address
        for by, columns in known.items()
    }
    return of_rows | worked_out


def test_cursors_have_a_new_form_where_the_key_of_an_ordering_changed():
    """A cursor of before would be compared with columns of another type, and be a server error."""
    day, number = "DateField", "PositiveIntegerField"
    assert (FORM, keys()) == (
        2,
        {
            ("sources", "slug"): ["slug"],
            ("sources", "name"): ["name", "slug"],
            ("affiliations", "member"): ["member__slug", "body__slug", "role", "since"],
            ("affiliations", "body"): ["body__slug", "member__slug", "role", "since"],
            ("documents", "slug"): ["slug"],
            ("documents", "published"): [day, "slug"],
            ("topics", "slug"): ["slug"],
            ("topics", "name"): ["name", "slug"],
            ("claims", "slug"): ["slug"],
            ("claims", "first_said"): [day, "slug"],
            ("claims", "last_said"): [day, "slug"],
            ("claims", "contest"): [number, "slug"],
            ("statements", "slug"): ["slug"],
            ("statements", "said"): [day, "order", "slug"],
            ("relations", "claim"): ["from_claim__slug", "kind", "to_claim__slug"],
            ("sources/bea/positions", "claim"): ["claim"],
            ("sources/bea/positions", "since"): ["since_by", "claim"],
            ("sources/bea/positions", "said"): ["said_by", "claim"],
            ("sources/bea/agreement", "shared"): ["least_shared", "source"],
            ("sources/bea/agreement", "agree"): ["least_agree", "source"],
            ("sources/bea/agreement", "differ"): ["least_differ", "source"],
            ("sources/bea/agreement", "ratio"): ["least_ratio", "least_shared", "source"],
            ("flips", "claim"): ["claim", "source", "day", "order", "slug"],
            ("flips", "source"): ["source", "claim", "day", "order", "slug"],
            ("flips", "said"): ["day", "claim", "source", "order", "slug"],
        },
    )


def test_statements_are_said_by_their_latest_possible_day_then_order_then_slug(client):
    make_rows()

    said = [row["slug"] for row in rows(client, "statements", "said")]

    def place(statement):
        return last_day(statement.said_range) or date.min, statement.order, statement.slug

    assert said == [each.slug for each in sorted(Statement.objects.all(), key=place)]


def test_a_row_added_meanwhile_moves_no_other(client):
    for slug in "bdfh":
        make_source(slug=slug)
    first = client.get("/api/v1/sources/?page_size=2").json()

    make_source(slug="a")
    make_source(slug="c")
    make_source(slug="e")

    second = client.get(first["next"]).json()
    assert [row["slug"] for row in second["results"]] == ["e", "f"]
    assert [row["slug"] for row in client.get(second["previous"]).json()["results"]] == ["c", "d"]


def test_a_page_that_lost_its_rows_leads_back_to_the_last_one(client):
    for slug in "ab":
        make_source(slug=slug)
    following = client.get("/api/v1/sources/?page_size=1").json()["next"]
    type(make_source(slug="0")).objects.filter(slug="b").delete()

    page = client.get(following).json()

    assert (page["results"], page["next"]) == ([], None)
    assert client.get(page["previous"]).json()["results"][0]["slug"] == "a"


def test_a_page_keeps_the_other_parameters(client):
    for _ in range(3):
        make_source(kind="outlet")
        make_source(kind="person")

    page = client.get("/api/v1/sources/?kind=outlet&page_size=2&ordering=-slug").json()

    assert "kind=outlet" in page["next"] and "page_size=2" in page["next"]
    assert len(client.get(page["next"]).json()["results"]) == 1


def test_a_page_has_fifty_rows_unless_asked(client):
    for _ in range(51):
        make_topic_of_a_claim()

    page = client.get("/api/v1/topics/").json()

    assert len(page["results"]) == 50
    assert len(client.get("/api/v1/topics/?page_size=200").json()["results"]) == 51


def make_topic_of_a_claim():
    make_claim(topics=[make_topic()])


def test_the_only_page_has_no_neighbours(client):
    make_source()

    page = client.get("/api/v1/sources/?page_size=1").json()

    assert (page["next"], page["previous"]) == (None, None)
