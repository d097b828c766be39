"""Parameters of what is worked out that cannot be understood: told, and by their names."""

import pytest

from tests.factories import make_claim, make_source, make_topic

pytestmark = pytest.mark.django_db

CLOCKS = ["said_by", "public_by", "recorded_by"]
PAGED = ["ordering", "fields", "cursor", "page_size"]
PARAMETERS = {
    "claims/shut/positions/": [*CLOCKS, "derived", "roll_up"],
    "claims/shut/timeline/": CLOCKS,
    "sources/bea/positions/": [
        *(*CLOCKS, "derived", "inconsistent", "claim", "statement", "kind", "topic", "stance"),
        *("order_uncertain", "since_from", "since_to", "said_from", "said_to", *PAGED),
    ],
    "sources/bea/agreement/": [
        *(*CLOCKS, "with", "topic", "name", "agree_min", "agree_max", "differ_min", "differ_max"),
        *("shared_min", "shared_max", *PAGED),
    ],
    "flips/": [
        *(*CLOCKS, "claim", "source", "topic", "body", "statement", "stance", "order_uncertain"),
        *("said_from", "said_to", "before_from", "before_to", *PAGED),
    ],
    "matrix/": [*CLOCKS, "topic"],
}
# Those that can be asked for as CSV.
TABLES = {address for address in PARAMETERS if not address.startswith("claims/")}


def parameters(address):
    return [*PARAMETERS[address], "format", *(["for"] if address in TABLES else [])]


EVERY_PARAMETER = [(address, name) for address in PARAMETERS for name in parameters(address)]
HOSTILE = [
    "\x00",
    "nonsense",
    "' OR 1=1 --",
    "-1",
    "1e3",
    str(10**30),
    "²",
    "null",
    "None",
    "TRUE",
    "2023-02-30",
    "2023-9-7",
    "0000-01-01",
    "9999-01-01",
    "10000-01-01",
    "20230907",
    "2023-W36-4",
    "٢٠٢٣-٠٩-٠٧",
    "2023-09-07T10:00",
    "2023-09-07 10:00Z",
    "2023-09-07T25:00Z",
    "2023-09-07T10:00:60Z",
    "2023-09-07T10:00:00.1234567Z",
    "2023-09-07T10:00+24:00",
    "0001-01-01T00:00+04:00",
    "9999-01-01T00:00Z",
    "\U0010ffff\ud7ff",
    "a" * 5000,
    "../../etc/passwd",
    "?cursor=1&page_size=2",
]


@pytest.fixture(autouse=True)
def what_is_asked_about():
    make_claim(slug="shut", topics=[make_topic(slug="roads")])
    make_source(slug="bea")


def required(address):
    return {"topic": "roads"} if address == "matrix/" else {}


@pytest.mark.parametrize(("address", "name"), EVERY_PARAMETER)
def test_a_bad_value_is_refused_by_the_name_of_its_parameter(api, address, name):
    # A part of a name may be anything but these.
    hostile = ["\x00", "a" * 5000] if name == "name" else HOSTILE
    answers = {value: api(address, **required(address) | {name: value}) for value in hostile}
    if name.endswith(("_from", "_to")):
        # Dates end in 9998; a range may end later.
        assert answers.pop("9999-01-01").status_code == 200
    elif name.endswith(("_min", "_max")):
        assert answers.pop("20230907").status_code == 200

    assert {
        value: answer.status_code
        for value, answer in answers.items()
        if answer.status_code != 400 or list(answer.json().get("errors", [])) != [name]
    } == {}


@pytest.mark.parametrize(("address", "name"), EVERY_PARAMETER)
def test_bytes_that_are_no_text_are_no_server_error(client, address, name):
    for value in ("%ff", "%00", "%ed%a0%80", "%C0%AF", "%", "%25s", "%25(value)s"):
        assert client.get(f"/api/v1/{address}?{name}={value}").status_code in {200, 400}


@pytest.mark.parametrize("address", PARAMETERS)
def test_an_unknown_parameter_is_named_beside_those_that_are_known(api, address):
    known = ", ".join(parameters(address))

    assert api(address, said_on="x", **required(address)).json()["errors"] == {
        "said_on": [f"There is no such parameter here. Known are: {known}."]
    }


@pytest.mark.parametrize(("address", "name"), EVERY_PARAMETER)
def test_a_parameter_that_comes_twice_is_refused(client, address, name):
    value = "json" if name == "format" else "1"
    answer = client.get(f"/api/v1/{address}?{name}={value}&{name}={value}")

    assert answer.json()["errors"] == {name: ["It is given 2 times. Give it once."]}


@pytest.mark.parametrize(("address", "name"), EVERY_PARAMETER)
def test_an_empty_parameter_is_refused(api, address, name):
    answer = api(address, **required(address) | {name: ""})

    assert answer.json()["errors"] == {name: ["It is empty. Give it a value or leave it out."]}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_day_is_written_year_month_day(api, clock):
    assert api("flips/", **{clock: "7.9.2023"}).json()["errors"] == {
        clock: ["“7.9.2023” is no day. Write it as 2023-09-07: year, month, day."]
    }


def test_a_time_without_its_zone_is_told_to_add_z(api):
    assert api("flips/", recorded_by="2023-09-07T10:00").json()["errors"] == {
        "recorded_by": [
            "“2023-09-07T10:00” does not say in which zone. Add Z for UTC: 2023-09-07T10:00Z."
        ]
    }


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("day", ["0001-01-01", "9998-12-31"])
def test_the_first_and_the_last_day_there_are_can_be_asked_for(api, clock, day):
    assert api("flips/", **{clock: day}).status_code == 200


@pytest.mark.parametrize(
    "moment",
    [
        "2023-09-07T10:00Z",
        "2023-09-07T10:00:00Z",
        "2023-09-07T10:00:00.5Z",
        "2023-09-07T10:00-03:30",
        "0001-01-01T00:00Z",
        "9998-12-31T23:59:59.999999Z",
    ],
)
def test_a_moment_may_be_a_time_with_its_zone(api, moment):
    assert api("flips/", recorded_by=moment).status_code == 200


def test_a_plus_that_is_not_encoded_is_taken_for_one(client):
    bare = client.get("/api/v1/claims/shut/positions/?recorded_by=2999-01-01T10:00+04:00")
    encoded = client.get("/api/v1/claims/shut/positions/?recorded_by=2999-01-01T10:00%2B04:00")

    assert bare.status_code == 200
    assert bare.content == encoded.content


def test_a_matrix_is_of_a_topic(api):
    assert api("matrix/").json()["errors"] == {
        "topic": ["Say of which topic. They are listed at /api/v1/topics/."]
    }


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", PARAMETERS)
def test_nobody_writes_here(client, ada, address, method):
    assert getattr(client, method)(f"/api/v1/{address}").status_code == 405


@pytest.mark.parametrize("address", PARAMETERS)
def test_a_head_request_is_answered(client, address):
    query = "?topic=roads" if address == "matrix/" else ""

    assert client.head(f"/api/v1/{address}{query}").status_code == 200
