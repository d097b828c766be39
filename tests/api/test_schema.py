import json
from io import StringIO

import jsonschema
import openapi_spec_validator
import pytest
import yaml
from django.core.management import call_command

from claimtracker.api import router
from claimtracker.rest.pagination import SOME_FIELDS
from tests.api.rows import ADDRESSES, WORKED_OUT, make_world
from tests.desk import log_in

EDITABLE = ["claims", "documents", "sources", "statements"]
TAKING_PARAMETERS = [
    *(f"{prefix}/" for prefix, _, _ in router.registry),
    *sorted({address.partition("?")[0] for address in WORKED_OUT}),
]


@pytest.fixture(scope="module")
def schema():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def operation(schema, address):
    """Return the description of a GET of an address below /api/v1/."""
    name, *below = address.partition("?")[0].strip("/").split("/")
    path = "/".join([name, *(["{slug}", *below[1:]] if below else [])])
    return schema["paths"][f"/api/v1/{path}/"]["get"]


def as_json_schema(node, schema):
    """Return a schema with nothing left to look up, whose objects have no other members."""
    if isinstance(node, list):
        return [as_json_schema(each, schema) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return as_json_schema(schema["components"]["schemas"][node["$ref"].split("/")[-1]], schema)
    if SOME_FIELDS in node.get("anyOf", []):
        return as_json_schema(node["anyOf"][0], schema)
    made = {key: as_json_schema(value, schema) for key, value in node.items()}
    objects = [each for each in made.get("allOf", []) if "properties" in each]
    if objects:
        # As one, since each on its own would refuse the members of the others.
        members = {name: each for one in objects for name, each in one["properties"].items()}
        required = [name for one in objects for name in one.get("required", [])]
        made = {"type": "object", "properties": members, "required": required}
    if made.get("type") == "object" and "properties" in made:
        made["additionalProperties"] = False
    return made


def test_the_description_is_valid_and_says_of_everything_what_it_is(schema):
    assert schema["openapi"] == "3.1.0"
    openapi_spec_validator.validate(schema)


@pytest.mark.parametrize("reader", ["nobody", "ada"])
@pytest.mark.parametrize("address", [*ADDRESSES, *WORKED_OUT])
@pytest.mark.django_db
def test_every_answer_is_as_described(api, request, schema, address, reader):
    make_world()
    if reader == "ada":
        request.getfixturevalue("ada")

    described = operation(schema, address)["responses"]["200"]["content"]["application/json"]

    jsonschema.validate(api(address).json(), as_json_schema(described["schema"], schema))


@pytest.mark.parametrize("address", TAKING_PARAMETERS)
@pytest.mark.django_db
def test_every_parameter_is_described_and_no_other(api, schema, address):
    parameters = operation(schema, address)["parameters"]
    described = {each["name"] for each in parameters if each["in"] == "query"}
    [message] = api(address, nosuch="1").json()["errors"]["nosuch"]

    assert described == set(message.partition("Known are: ")[2].rstrip(".").split(", "))


@pytest.mark.parametrize("address", TAKING_PARAMETERS)
def test_every_parameter_is_explained(schema, address):
    for parameter in operation(schema, address)["parameters"]:
        assert parameter["in"] == "path" or parameter.get("description"), parameter["name"]


@pytest.mark.parametrize("address", TAKING_PARAMETERS)
def test_refusals_are_described(schema, address):
    assert {"200", "400", "401"} <= set(operation(schema, address)["responses"])


@pytest.mark.parametrize(
    "address",
    ["claims/x/", "sources/x/", *(each for each in WORKED_OUT if each.count("/") == 3)],
)
def test_a_merged_address_is_described(schema, address):
    assert {"308", "404"} <= set(operation(schema, address)["responses"])


def test_nothing_is_described_but_reading_and_the_changing_of_rows(schema):
    methods = {(path, method) for path, of_path in schema["paths"].items() for method in of_path}

    writing = {(path, method) for path, method in methods if method != "get"}
    assert writing == {(f"/api/v1/{name}/{{slug}}/", "patch") for name in EDITABLE}


@pytest.mark.parametrize("name", EDITABLE)
def test_what_a_change_takes_is_described(schema, name):
    described = schema["paths"][f"/api/v1/{name}/{{slug}}/"]["patch"]
    viewset = next(viewset for prefix, viewset, _ in router.registry if prefix == name)

    taken = described["requestBody"]["content"]["application/json"]["schema"]
    assert list(taken["properties"]) == [*viewset.editable, "reason", "confirm"]
    assert {each["name"] for each in described["parameters"] if each.get("required")} == {
        "slug",
        "If-Match",
    }


@pytest.mark.parametrize("status", [200, 202, 400, 412, 428])
@pytest.mark.parametrize("name", EDITABLE)
@pytest.mark.django_db
def test_every_answer_to_a_change_is_as_described(client, schema, name, status):
    log_in(client, group="contributors" if status == 202 else "editors")
    parts = make_world()
    row = parts[name.removesuffix("s")]
    seen = {428: {}, 412: {"if-match": '"99"'}}.get(status, {"if-match": f'"{row.version}"'})
    change = {
        202: {"claims": {"kind": "event"}, "statements": {"note": "So."}}.get(
            name, {"kind": "other"}
        ),
        400: {"nosuch": 1},
    }.get(status, {"review_state": "published"})

    answer = client.patch(
        f"/api/v1/{name}/{row.slug}/", change, content_type="application/json", headers=seen
    )

    described = schema["paths"][f"/api/v1/{name}/{{slug}}/"]["patch"]["responses"][str(status)]
    shape = described["content"][answer["Content-Type"]]["schema"]
    assert answer.status_code == status
    jsonschema.validate(answer.json(), as_json_schema(shape, schema))


@pytest.mark.django_db
def test_the_description_is_served_where_anonymous_reading_is_closed(client, settings, schema):
    settings.ANONYMOUS_READING = False

    served = client.get("/api/v1/schema/", headers={"accept": "application/json"})

    assert json.loads(served.content)["paths"].keys() == schema["paths"].keys()
