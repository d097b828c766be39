"""Lists as CSV: the same rows as their JSON, in cells, and the way to the next page."""

import csv
import io
import json
import re

import pytest

from claimtracker.spreadsheets import from_cell, split
from tests.api.rows import ADDRESSES, LISTS, make_world
from tests.factories import (
    make_citation,
    make_claim,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db

PAGES = [
    *(f"{name}/" for name in LISTS),
    "claims/?said_by=2999-01-01",
    "sources/bea/positions/",
    "sources/carl/positions/?derived=true",
    "sources/bea/agreement/",
    "flips/",
]
NO_LISTS = [
    "changes/",
    *(address for address in ADDRESSES if address.count("/") == 2),
    "claims/road-shut/positions/",
    "claims/road-shut/timeline/",
    "",
]


def with_format(address):
    return f"/api/v1/{address}{'&' if '?' in address else '?'}format=csv"


def table(answer):
    """Return the rows of a CSV, by the names of the columns."""
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def flat(row, above=""):
    """Return the values of a row of JSON by the names that docs/api.md gives their columns."""
    found = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= flat(value, f"{above}{name}_")
        else:
            found[above + name] = value
    return found


def read_like(cell, value):
    """Return what a cell says, as JSON has it, given the value that it should have."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return split(cell)
    if isinstance(value, str) or value is None:
        return cell or value
    return json.loads(cell)


@pytest.fixture
def world(db):
    world = make_world()
    turned = make_source(slug="dora", name="=Dora", aliases=["-a | b", "c\\"])
    for day, stance in (("2023-01-01", "asserts"), ("2023-01-02", "denies")):
        make_statement(claim=world["claim"], source=turned, stance=stance, said=day)
    make_claim(slug="odd", text='@"Ա",\r\n\u2028', topics=[make_topic(slug="-a"), world["topic"]])
    return world


@pytest.mark.parametrize("reader", ["nobody", "ada"])
@pytest.mark.parametrize("address", PAGES)
def test_a_table_has_what_the_json_has(client, request, world, address, reader):
    if reader == "ada":
        request.getfixturevalue("ada")
    told = [flat(row) for row in client.get(f"/api/v1/{address}").json()["results"]]

    rows = table(client.get(with_format(address)))

    assert told and rows[0].keys() == told[0].keys()
    read = [
        {name: read_like(cell, row[name]) for name, cell in cells.items()}
        for cells, row in zip(rows, told, strict=True)
    ]
    assert read == told


def test_what_is_nested_is_told_by_its_path(api, world):
    [row, *_] = table(api("flips/", format="csv"))

    assert {"from_slug", "from_said_to", "to_stance", "order_uncertain"} < row.keys()
    assert (row["from_stance"], row["to_stance"]) == ("asserts", "denies")


def test_a_list_of_texts_stands_in_one_cell(api, world):
    [row] = [row for row in table(api("claims/", format="csv")) if row["slug"] == "odd"]

    assert row["topics"] == "-a | roads"


def test_a_list_of_objects_stands_in_one_cell_as_json(api, world):
    make_citation(statement=make_statement(slug="aaa"), quote='"=1"')

    row = table(api("statements/", format="csv"))[0]

    assert json.loads(row["citations"])[0]["quote"] == '"=1"'


def test_a_matrix_has_a_row_a_source_and_a_column_a_claim(api, world):
    answer = api("matrix/", topic="roads").json()

    rows = table(api("matrix/", topic="roads", format="csv"))

    assert [*rows[0]] == ["source", *answer["claims"]]
    assert [row["source"] for row in rows] == answer["sources"]
    assert [[cell or None for cell in [*row.values()][1:]] for row in rows] == answer["cells"]


@pytest.mark.parametrize("address", [*PAGES, "matrix/?topic=roads"])
def test_no_cell_of_a_table_for_spreadsheets_is_a_formula(client, world, address):
    content = client.get(f"{with_format(address)}&for=spreadsheet").content.decode()

    assert content.startswith("\ufeff")
    rows = [*csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""))]
    assert not any(cell.startswith(tuple("=+-@\t\r\n")) for row in rows for cell in row)
    plain = client.get(with_format(address)).content.decode()
    assert [[from_cell(cell) for cell in row] for row in rows] == [
        *csv.reader(io.StringIO(plain, newline=""))
    ]


@pytest.mark.parametrize("address", [*PAGES, "matrix/?topic=roads"])
def test_an_unknown_use_of_a_table_is_refused_with_those_there_are(client, world, address):
    answer = client.get(f"{with_format(address)}&for=excel")

    assert answer.status_code == 400
    assert "none of: spreadsheet" in answer.json()["errors"]["for"][0]


def test_a_list_that_is_no_table_is_not_for_spreadsheets(api, world):
    answer = api("claims/", **{"for": "spreadsheet"})

    assert answer.status_code == 400
    assert answer.json()["errors"]["for"] == ["It is for tables: add format=csv."]


@pytest.mark.parametrize(
    "address", ["claims/", "statements/", "sources/", "relations/", "flips/", "affiliations/"]
)
def test_an_empty_table_has_its_columns(client, address):
    empty = client.get(with_format(address)).content.decode()
    make_world()
    make_statement(slug="s1", said="2020", source=(a := make_source()), claim=(c := make_claim()))
    make_statement(stance="denies", said="2021", source=a, claim=c)

    assert empty == client.get(with_format(address)).content.decode().partition("\r\n")[0] + "\r\n"


@pytest.mark.parametrize("address", [*PAGES, "matrix/?topic=roads"])
def test_accept_asks_for_it_too(client, world, address):
    asked = client.get(f"/api/v1/{address}", headers={"accept": "text/csv"})

    assert asked.content == client.get(with_format(address)).content
    assert asked["Content-Type"] == "text/csv; charset=utf-8"


def test_what_is_found_has_the_columns_of_all_kinds(api, world):
    found = api("search/", q="road").json()["results"]

    rows = table(api("search/", q="road", format="csv"))

    assert [(row["kind"], row["slug"]) for row in rows] == [
        (hit["kind"], hit["slug"]) for hit in found
    ]
    assert [*table(api("search/", q="road", fields="slug,kind", format="csv"))[0]] == [
        *api("search/", q="road", fields="slug,kind").json()["results"][0]
    ]


@pytest.mark.parametrize("address", ["claims/", "flips/", "claims/?said_by=2999-01-01"])
def test_a_table_has_the_fields_that_are_asked_for(client, world, address):
    fields = "claim,to" if address == "flips/" else "slug,tally"
    asked = f"{with_format(address)}&fields={fields}"

    names = [*table(client.get(asked))[0]]

    told = client.get(asked.replace("format=csv", "format=json")).json()["results"][0]
    assert sorted(names) == sorted(flat(told))


def test_a_browser_is_given_a_file_with_a_name(api, world):
    assert api("claims/", format="csv")["Content-Disposition"] == (
        'attachment; filename="claims.csv"'
    )
    assert "Content-Disposition" not in api("claims/")


@pytest.mark.parametrize("format", ["csv", "json"])
@pytest.mark.parametrize(
    "address", ["sources/", "claims/", "claims/?said_by=2999-01-01", "sources/bea/agreement/"]
)
def test_pages_are_linked_in_the_header(client, world, address, format):
    make_statement(claim=world["claim"], source=make_source())
    page = client.get(f"{with_format(address)[:-3]}{format}&page_size=1")
    pages, links = [page.content], links_of(page)
    assert links.keys() == {"next"}

    while "next" in links:
        page = client.get(links["next"])
        links = links_of(page)
        pages.append(page.content)

    assert len(pages) > 2 and len(set(pages)) == len(pages)
    assert client.get(links["prev"]).content == pages[-2]


def links_of(page):
    """Return the addresses in the header Link, by their names."""
    found = re.findall('<([^>]*)>; rel="([a-z]+)"', page.get("Link", ""))
    return {name: address for address, name in found}


def test_the_header_names_the_addresses_that_the_json_names(api, world):
    page = api("sources/", page_size=1)

    assert links_of(page) == {"next": page.json()["next"]}


def test_a_list_without_another_page_has_no_such_header(api, world):
    assert "Link" not in api("sources/")


@pytest.mark.parametrize("address", PAGES)
def test_a_format_that_a_list_does_not_have_is_refused_with_those_it_has(client, world, address):
    answer = client.get(with_format(address).replace("=csv", "=xml"))

    assert answer.status_code == 400
    told = answer.content.decode()
    assert "format" in told and "json, csv, api" in told


@pytest.mark.parametrize("address", NO_LISTS)
def test_what_is_no_list_is_no_table(client, world, address):
    answer = client.get(with_format(address))

    assert answer.status_code == 400
    assert "json, api" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [("claims/?nosuch=1", 400), ("sources/nobody/positions/", 404), ("claims/?cursor=x", 400)],
)
def test_what_is_wrong_is_told_as_json(client, world, address, status):
    answer = client.get(f"/api/v1/{address}", headers={"accept": "text/csv"})

    assert (answer.status_code, "json" in answer["Content-Type"]) == (status, True)
    answer.json()


def test_the_reader_of_a_merged_row_is_sent_on(client, world):
    make_source(slug="old", merged_into=world["source"], review_state="retired")

    answer = client.get(with_format("sources/old/positions/"))

    assert (answer.status_code, answer["Location"]) == (
        308,
        "http://testserver/api/v1/sources/bea/positions/?format=csv",
    )


@pytest.mark.parametrize("address", ["claims/", "statements/", "flips/"])
def test_a_table_costs_the_queries_of_the_list(client, world, address, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(with_format(address))
