"""Each field that a list shows, held against the parameters that the list takes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

DOCS = Path(settings.BASE_DIR, "docs", "api.md").read_text(encoding="utf-8")
SCHEMA = SchemaGenerator().get_schema(request=None, public=True)
EVERY, OTHERS = "every", "all others"


def looked_up(node):
    """Return a schema without a reference at its top."""
    while "$ref" in node:
        node = SCHEMA["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node


def fields(node, way=()):
    """Yield the ways to what a schema has no parts of, of objects in lists and in one another."""
    node = looked_up(node)
    if parts := [part for word in ("allOf", "anyOf", "oneOf") for part in node.get(word, [])]:
        for part in parts:
            yield from fields(part, way)
    elif "properties" in node:
        for name, each in node["properties"].items():
            yield from fields(each, (*way, name))
    elif "items" in node:
        yield from fields(node["items"], way)
    elif node.get("type") != "null" and way:
        yield ".".join(way)


def lists():
    """Yield each list of the API: its address, the fields of its rows, and its parameters."""
    for path, operations in SCHEMA["paths"].items():
        described = operations["get"]["responses"]["200"].get("content", {})
        page = looked_up(described.get("application/json", {}).get("schema", {}))
        if "results" in page.get("properties", {}):
            parameters = {each["name"] for each in operations["get"]["parameters"]}
            shown = set(fields(page["properties"]["results"]))
            yield path.removeprefix("/api/v1/"), shown, parameters


LISTS = {address: (shown, parameters) for address, shown, parameters in lists()}


def explained():
    """Return what the docs say of fields that have no filter of their own name: (list, field)."""
    text = DOCS.partition("## Which filter asks for a field")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+) \|$", text, flags=re.MULTILINE)
    return {
        (where.strip("`"), field): ask
        for where, names, ask in rows
        if where != "list"
        for field in (re.findall("`(.+?)`", names) or [names])
    }


EXPLAINED = explained()


def is_asked_for(field, shown, parameters):
    """Return whether a filter of its own name, or one for either end, asks for a field."""
    *way, name = field.split(".")
    if name.endswith(("_from", "_to")) and ".".join([*way, name.rpartition("_")[0]]) in shown:
        return True  # a day of a date that has a filter
    if way and (name in shown or sum(each.endswith(f".{name}") for each in shown) > 1):
        return False  # which of them does that filter ask for?
    return (
        name in parameters
        or {f"{name}_from", f"{name}_to"} <= parameters
        or {f"{name}_min", f"{name}_max"} <= parameters
    )


@pytest.mark.parametrize("address", LISTS)
def test_every_field_of_a_list_has_a_filter_or_the_docs_say_why_not(address):
    shown, parameters = LISTS[address]

    unexplained = {
        field
        for field in shown
        if not is_asked_for(field, shown, parameters)
        and not EXPLAINED.keys() & {(address, field), (EVERY, field), (address, OTHERS)}
    }

    assert unexplained == set()


@pytest.mark.parametrize(("address", "field"), EXPLAINED)
def test_what_the_docs_say_of_a_field_without_a_filter_of_its_name_holds(address, field):
    ask = EXPLAINED[address, field]
    of_lists = LISTS.values() if address == EVERY else [LISTS[address]]
    having = [each for each in of_lists if field == OTHERS or field in each[0]]

    assert having
    if ask.startswith("none: ") or field in {"slug", "url", "page_url"}:
        return
    for shown, parameters in having:
        assert not is_asked_for(field, shown, parameters)
        assert set(re.findall("`(.+?)`", ask.partition(":")[0])) <= parameters


def test_there_are_lists_to_look_at():
    assert len(LISTS) == 12
    assert "citations.document" in LISTS["statements/"][0]
    assert "tally.asserts" in LISTS["claims/"][0]
