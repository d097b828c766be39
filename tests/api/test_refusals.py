import pytest
from django.core import signing

from claimtracker.rest.pagination import FORM, SIGNER
from tests.api.rows import ADDRESSED, LISTS, make_world

pytestmark = pytest.mark.django_db

RECORDED = ["recorded_from", "recorded_to"]
FILTERS = {
    "sources": ["kind", "name", "wikidata_id", "description", *RECORDED],
    "affiliations": [
        *("member", "body", "role", "speaks_for", "on"),
        *("since_from", "since_to", "until_from", "until_to"),
    ],
    "documents": [
        *("kind", "publisher", "title", "link", "sha256", "retracted"),
        *("retracted_from", "retracted_to", "retrieved_from", "retrieved_to", "archived_url"),
        *("language", "published_from", "published_to", *RECORDED),
    ],
    "topics": ["claim", "name"],
    "claims": [
        *("said_by", "public_by", "recorded_by"),
        "kind",
        "text",
        "topic",
        "contested",
        "source",
        "body",
        "stance",
        *("said_from", "said_to"),
        "language",
        *("asserts_min", "asserts_max", "denies_min", "denies_max"),
        *("statements_min", "statements_max", "first_said_from", "first_said_to"),
        *("last_said_from", "last_said_to", *RECORDED),
    ],
    "statements": [
        *("claim", "kind", "contested", "topic", "source", "body", "stance", "denies_what"),
        *("said_from", "said_to", *RECORDED, "order_min", "order_max", "personal_capacity"),
        *("occasion", "note", "has_citation", "evidence", "document", "title", "link", "publisher"),
        *("published_from", "published_to", "manner", "via", "quote", "prefix", "suffix"),
        *("locator", "as_named", "language", "citation_note"),
    ],
    "relations": ["claim", "from_claim", "kind", "to_claim", "rationale", "topic"],
}
TAKES_ANY_TEXT = {
    *(("sources", name) for name in ("name", "wikidata_id", "description")),
    *(("documents", name) for name in ("title", "link", "sha256", "archived_url", "language")),
    *(("statements", name) for name in ("occasion", "note", "quote", "as_named", "language")),
    *(("statements", name) for name in ("title", "link", "prefix", "suffix", "locator")),
    ("statements", "citation_note"),
    ("affiliations", "role"),
    ("topics", "name"),
    *(("claims", name) for name in ("text", "language")),
    ("relations", "rationale"),
}
EVERY_PARAMETER = [
    (name, parameter)
    for name, filters in FILTERS.items()
    for parameter in [*filters, "ordering", "fields", "cursor", "page_size", "format"]
]
HOSTILE = [
    "\x00",
    "nonsense",
    "' OR 1=1 --",
    "-1",
    "1e3",
    str(10**30),
    "²",
    "٣",
    "null",
    "None",
    "TRUE",
    "2023-02-30",
    "2023-9-7",
    "0000-01-01",
    "10000-01-01",
    "20230907",
    "2023-W36-4",
    "\U0010ffff\ud7ff",
    "a" * 5000,
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "?cursor=1&page_size=2",
]


@pytest.mark.parametrize(("name", "parameter"), EVERY_PARAMETER)
def test_a_bad_value_is_refused_by_the_name_of_its_parameter(api, name, parameter):
    answers = {value: api(f"{name}/", **{parameter: value}) for value in HOSTILE}

    if parameter.endswith(("_min", "_max")):
        assert answers.pop("20230907").status_code == 200
    if (name, parameter) in TAKES_ANY_TEXT:
        answers = {value: answers[value] for value in ("\x00", "a" * 5000)}
    assert {
        value: answer.status_code
        for value, answer in answers.items()
        if answer.status_code != 400 or list(answer.json().get("errors", [])) != [parameter]
    } == {}


@pytest.mark.parametrize(("name", "parameter"), EVERY_PARAMETER)
def test_bytes_that_are_no_text_are_no_server_error(client, name, parameter):
    for value in ("%ff", "%00", "%ed%a0%80", "%C0%AF", "%", "%25s", "%25(value)s"):
        assert client.get(f"/api/v1/{name}/?{parameter}={value}").status_code in {200, 400}


@pytest.mark.parametrize(("address", "known"), [("schema/", "format"), ("docs/", "script")])
def test_the_descriptions_take_no_other_parameters(api, address, known):
    answer = api(address, lang="ru")

    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "lang": [f"There is no such parameter here. Known are: {known}."],
    }


def test_an_unknown_format_of_the_schema_is_told_those_there_are(api):
    assert api("schema/", format="xml").json()["errors"] == {
        "format": ["“xml” is no format that we have. Use one of: yaml, json."]
    }


def test_the_reference_loads_its_script_from_its_own_address(client):
    assert client.get("/api/v1/docs/?script=")["Content-Type"] == "application/javascript"


@pytest.mark.parametrize("value", ["0", "201", "abc", "-1", "1.5", "+1", " 1", str(10**30)])
def test_a_page_size_is_a_number_from_1_to_200(api, value):
    answer = api("claims/", page_size=value)

    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "page_size": [f"“{value}” is no page size. Use a number from 1 to 200."]
    }


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_parameter_is_named_beside_those_that_are_known(api, name):
    answer = api(f"{name}/", serach="x")

    assert answer.status_code == 400
    known = ", ".join(
        [*FILTERS[name], "ordering", "fields", "cursor", "page_size", "format", "for"]
    )
    assert answer.json()["errors"] == {
        "serach": [f"There is no such parameter here. Known are: {known}."]
    }


@pytest.mark.parametrize("name", ["slug__regex", "claim__text", "pk", "source__name__icontains"])
def test_there_are_no_lookups_but_the_declared(api, name):
    assert api("statements/", **{name: "x"}).status_code == 400


@pytest.mark.parametrize("name", ADDRESSED)
def test_a_detail_takes_no_filter(api, name):
    assert api(f"{name}/x/", kind="fact").status_code == 400


@pytest.mark.parametrize(("name", "parameter"), EVERY_PARAMETER)
def test_a_parameter_that_comes_twice_is_refused(client, name, parameter):
    value = "json" if parameter == "format" else "1"
    answer = client.get(f"/api/v1/{name}/?{parameter}={value}&{parameter}={value}")

    assert answer.status_code == 400
    assert answer.json()["errors"] == {parameter: ["It is given 2 times. Give it once."]}


@pytest.mark.parametrize(("name", "parameter"), EVERY_PARAMETER)
def test_an_empty_parameter_is_refused(api, name, parameter):
    answer = api(f"{name}/", **{parameter: ""})

    assert answer.status_code == 400
    assert answer.json()["errors"] == {parameter: ["It is empty. Give it a value or leave it out."]}


def test_a_bad_choice_is_answered_with_the_good_ones(api):
    assert api("relations/", kind="denies").json()["errors"] == {
        "kind": ["“denies” is none of: contradicts, negates, implies."]
    }


def test_an_unknown_reference_is_named(api):
    assert api("statements/", claim="nosuch").json()["errors"] == {
        "claim": ["There is no claim “nosuch”, or it is not public. Give the slug of one."]
    }


def test_a_range_that_ends_before_it_begins_is_refused(api):
    answer = api("statements/", said_from="2023-09-08", said_to="2023-09-07")

    assert answer.status_code == 400
    assert "said_from" in answer.json()["errors"]


@pytest.mark.parametrize(
    "address",
    [
        "claims/?said_by=2998-01-01&",
        "claims/?recorded_by=2998-01-01&",
        "sources/bea/positions/?",
        "flips/?",
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused_of_what_is_worked_out(api, address):
    make_world()

    answer = api(f"{address}said_from=2023-09-08&said_to=2023-09-07")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["said_from"]


def test_what_takes_no_parameter_says_so(api):
    assert api("exports/bundle.zip", kind="fact").json()["errors"] == {
        "kind": ["There is no such parameter here. It takes none."]
    }


def test_a_format_we_do_not_have_is_refused(api):
    assert api("claims/", format="xml").json()["errors"] == {
        "format": ["“xml” is no format that we have. Use one of: json, csv, api."]
    }


def test_a_tampered_cursor_is_refused(api):
    make_world()
    following = api("claims/", page_size="1").json()["next"]
    cursor = following.split("cursor=")[1].split("&")[0]

    assert api("claims/", page_size="1", cursor="A" + cursor[1:]).status_code == 400
    assert api("claims/", page_size="1", cursor=cursor[:-1]).status_code == 400


def test_a_cursor_that_others_signed_is_refused(api):
    forged = signing.Signer(key="another", salt="claimtracker.cursor").sign_object(
        ["/api/v1/claims/", "slug", False, ["a"]]
    )

    assert api("claims/", cursor=forged).status_code == 400


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(["/api/v1/affiliations/", "member", False, ["a", "b", 7]], id="old"),
        ["/api/v1/affiliations/", "member", False, ["a", "b", "", ""]],
        ["/api/v1/affiliations/", "member", False, ["a", "b"], FORM],
        ["/api/v1/affiliations/", "member", False, ["a", "b", "", "", ""], FORM],
        ["/api/v1/affiliations/", "member", False, ["a", "b", "", None], FORM],
        ["/api/v1/affiliations/", "member", False, ["a", "b", "", {"day": "2023"}], FORM],
        ["/api/v1/affiliations/", "member", False, ["a", "b", "", ["c"]], FORM],
        ["/api/v1/affiliations/", "member", False, [], FORM],
        ["/api/v1/affiliations/", "member", False, "abcd", FORM],
        ["/api/v1/affiliations/", "member", 0, None, FORM],
        ["/api/v1/affiliations/", ["member"], False, None, FORM],
        ["/api/v1/affiliations/", "member", False, None, FORM + 1],
        ["/api/v1/sources/", "member", False, None, FORM],
        {"path": "/api/v1/affiliations/"},
        "member",
        None,
        7,
    ],
)
def test_a_cursor_of_another_form_is_refused_with_what_to_do(api, content):
    answer = api("affiliations/", cursor=SIGNER.sign_object(content))

    assert answer.status_code == 400
    [told] = answer.json()["errors"]["cursor"]
    assert "Leave it out to start at the first page." in told


def test_a_cursor_of_another_ordering_is_refused(client):
    make_world()
    following = client.get("/api/v1/claims/?page_size=1").json()["next"]

    answer = client.get(f"{following}&ordering=-slug")

    assert answer.status_code == 400
    assert "in the order slug" in answer.json()["errors"]["cursor"][0]


def test_a_cursor_of_another_list_is_refused(client):
    make_world()
    following = client.get("/api/v1/claims/?page_size=1").json()["next"]

    answer = client.get(following.replace("/claims/", "/sources/", 1))

    assert answer.status_code == 400


@pytest.mark.parametrize("name", ADDRESSED)
def test_an_odd_address_is_not_found(client, name):
    odd = ["a%20b", "%00", "..", "%2e%2e", "é", "a" * 201, "x%0a", "x.json", "x'", "%ff", "a/b"]
    for path in odd:
        assert client.get(f"/api/v1/{name}/{path}/", follow=True).status_code == 404


def test_an_address_that_there_is_not_says_so_in_json(client):
    answer = client.get("/api/v1/nowhere/")

    assert answer.status_code == 404
    assert list(answer.json()) == ["type", "title", "status", "detail"]
    assert answer["Content-Type"] == "application/problem+json"


def test_an_address_without_its_slash_is_sent_on(client):
    answer = client.get("/api/v1/claims?kind=fact")

    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/claims/?kind=fact")


def test_what_we_cannot_write_is_not_acceptable(client):
    answer = client.get("/api/v1/claims/", headers={"accept": "text/turtle"})

    assert answer.status_code == 406


def test_a_thousand_parameters_are_refused(client):
    query = "&".join(f"p{n}=1" for n in range(1500))

    assert client.get(f"/api/v1/claims/?{query}").status_code == 400


@pytest.mark.parametrize("address", ["schema", "docs"])
@pytest.mark.parametrize("query", ["lang=%00", "lang=../../x", "lang=xx", "version=%00", "script="])
def test_the_reference_survives_odd_parameters(client, address, query):
    assert client.get(f"/api/v1/{address}/?{query}").status_code in {200, 400}
