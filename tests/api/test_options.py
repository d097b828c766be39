"""OPTIONS, held against the description of the API."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.api.rows import make_world

pytestmark = pytest.mark.django_db

PATHS = {
    path: operations
    for path, operations in SchemaGenerator().get_schema(request=None, public=True)["paths"].items()
    if path != "/api/v1/schema/"
}


def asked(client, path, **headers):
    make_world()
    slug = "readout" if "documents" in path else "roads" if "topics" in path else "road-shut"
    return client.options(path.replace("{slug}", slug), headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_the_formats_that_options_names_are_those_of_the_answer(client, path):
    described = PATHS[path]["get"]["responses"]["200"]["content"]

    told = asked(client, path).json()["renders"]

    assert {each.partition(";")[0] for each in told} == set(described)


@pytest.mark.parametrize("path", PATHS)
def test_the_bodies_that_options_names_are_those_that_are_taken(client, path):
    taken = PATHS[path].get("patch", {}).get("requestBody", {}).get("content", {})

    assert asked(client, path).json()["parses"] == [*taken]


@pytest.mark.parametrize("path", [path for path in PATHS if "patch" in PATHS[path]])
def test_options_of_a_row_are_told_to_an_editor_too(client, ada, path):
    assert asked(client, path).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/docs/", "/api/v1/schema/"])
def test_options_of_the_descriptions_are_told_in_json(client, path):
    answer = client.options(path)

    assert answer["Content-Type"] == "application/json"
    assert answer.json()["parses"] == []


def test_options_of_an_address_that_there_is_not_say_so(client):
    assert client.options("/api/v1/nowhere/").status_code == 404
