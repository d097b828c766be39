import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from claims.api.filters import Clocked
from claims.exchange import citing
from claimtracker.api import router, urlpatterns
from claimtracker.rest.files import FileView

DOCS = Path(settings.BASE_DIR, "docs", "api.md").read_text(encoding="utf-8")
VIEWSETS = {prefix: viewset for prefix, viewset, _ in router.registry}
WORKED_OUT = {
    str(each.pattern).replace("<slug:slug>", "{slug}"): each.callback.view_class
    for each in urlpatterns
    if hasattr(getattr(getattr(each, "callback", None), "view_class", None), "parameters")
}
FILES = {
    str(each.pattern): each.callback.view_class
    for each in urlpatterns
    if issubclass(getattr(getattr(each, "callback", None), "view_class", object), FileView)
}
CLOCKS = set(Clocked.base_filters)
CLOCKED = [name for name, view in WORKED_OUT.items() if issubclass(view.parameters, Clocked)]
# Explained once, as every list has them.
OF_EVERY_LIST = {"page_size", "cursor", "ordering", "fields", "format", "for"}


def sections() -> dict[str, str]:
    """Return the text below each heading of the second level, by that heading."""
    parts = re.split(r"^## (.+)$", DOCS, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def headings(text: str) -> set[str]:
    return set(re.findall(r"^### `(.+)`$", text, flags=re.MULTILINE))


def endpoints() -> set[str]:
    """Return every address of the API, as docs/api.md writes it."""
    found = {f"{prefix}/" for prefix in VIEWSETS}
    found |= {f"{prefix}/{{slug}}/" for prefix in VIEWSETS if hasattr(VIEWSETS[prefix], "retrieve")}
    named = {str(each.pattern) for each in urlpatterns if getattr(each, "name", None)} - {""}
    return found | {pattern.replace("<slug:slug>", "{slug}") for pattern in named}


def test_every_endpoint_has_a_heading_and_every_heading_an_endpoint():
    documented = {name.strip("`") for name in sections() if name.startswith("`")}

    assert documented == endpoints()


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_filter_has_a_heading_and_every_heading_a_filter(prefix):
    filters = set(VIEWSETS[prefix].filterset_class.base_filters)

    assert headings(sections()[f"`{prefix}/`"]) == filters


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_ordering_is_named(prefix):
    named = sections()[f"`{prefix}/`"].partition("###")[0].partition("order")[2]
    for ordering in VIEWSETS[prefix].orderings:
        assert f"`{ordering}`" in named


@pytest.mark.parametrize(
    "address", [address for address, view in WORKED_OUT.items() if getattr(view, "orderings", ())]
)
def test_every_ordering_of_what_is_worked_out_is_named(address):
    named = sections()[f"`{address}`"].partition("###")[0].partition("In order of")[2]
    for ordering in WORKED_OUT[address].orderings:
        assert f"`{ordering}`" in named


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_choice_of_a_filter_is_named(prefix):
    for name, each in VIEWSETS[prefix].filterset_class.base_filters.items():
        text = sections()[f"`{prefix}/`"].partition(f"### `{name}`")[2].partition("###")[0]
        for choice, _ in each.extra.get("choices", []):
            assert choice in {"", "true", "false"} or f"`{choice}`" in text


@pytest.mark.parametrize("address", WORKED_OUT)
def test_every_parameter_of_what_is_worked_out_has_a_heading(address):
    parameters = set(WORKED_OUT[address].parameters.base_filters)

    assert headings(sections()[f"`{address}`"]) == parameters - CLOCKS


def test_the_clocks_are_explained_once():
    assert headings(sections()["The three clocks"]) == CLOCKS


@pytest.mark.parametrize("address", CLOCKED)
def test_what_has_clocks_says_so(address):
    assert "[clocks](#the-three-clocks)" in sections()[f"`{address}`"]


def test_files_that_are_filtered_say_by_what():
    filtered = {address for address, view in FILES.items() if view.filterset_class}

    assert len(filtered) == 3
    for address in filtered:
        text = sections()[f"`{address}`"]
        assert "[`statements/`](#statements)" in text or "The same rows" in text


def test_every_column_of_a_file_of_statements_is_named():
    table = sections()["`exports/statements.csv`"].partition("| columns |")[2]

    assert sorted(re.findall("`(.+?)`", table.partition("\n\n")[0])) == sorted(citing.NAMES)


@pytest.mark.django_db
def test_the_examples_are_what_is_answered(client):
    """Each block of JSON after a curl is part of what that address answers of the seeds."""
    call_command("loaddata", "lachin", verbosity=0)
    examples = re.findall(r"curl '?http://localhost:8000(\S+?)'?\n\n```json\n(.+?)```", DOCS, re.S)

    assert len(examples) > 5
    for address, shown in examples:
        assert_part_of(
            json.loads(shown), client.get(address, HTTP_HOST="localhost:8000").json(), address
        )


def questions() -> list[str]:
    return re.findall(r"^\| .+ \| `(.+)` \|$", sections()["By question"], flags=re.MULTILINE)


@pytest.mark.django_db
def test_every_question_is_answered(client):
    call_command("loaddata", "lachin", verbosity=0)

    answers = {address: rows_of(client, address) for address in questions()}

    assert len(answers) > 10
    assert [address for address, rows in answers.items() if not rows] == []


@pytest.mark.django_db
def test_every_example_answers_with_rows(client):
    call_command("loaddata", "lachin", verbosity=0)
    examples = re.findall(r"curl '?http://localhost:8000/api/v1/([^\s']+)", DOCS)

    assert len(examples) > 10
    assert [address for address in examples if not rows_of(client, address)] == []


def rows_of(client, address) -> int:
    """Return how many rows an answer of the seeds has; 1 where it is about one row.

    A file is read to its end: one that is not keeps the connection to itself.
    """
    answer = client.get(f"/api/v1/{address}", HTTP_HOST="localhost:8000")
    content = b"".join(answer)
    assert answer.status_code == 200, address
    if "json" not in answer["Content-Type"] or "exports/" in address:
        return len(content.splitlines()) - (".csv" in address or "format=csv" in address)
    found = json.loads(content)
    lists = [each for each in found.values() if isinstance(each, list)]
    return max(map(len, lists)) if lists else 1


def assert_part_of(shown, answered, where):
    """Assert that what is shown is answered; of a list, rows may be left out."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert_part_of(value, answered[name], f"{where} {name}")
    elif isinstance(shown, list) and shown and isinstance(shown[0], dict):
        for each in shown:
            assert any(is_part_of(each, row) for row in answered), (where, each)
    else:
        assert shown == answered, where


def is_part_of(shown, answered) -> bool:
    try:
        assert_part_of(shown, answered, "")
    except AssertionError:
        return False
    return True


def test_what_holds_everywhere_explains_what_every_list_takes():
    assert headings(sections()["What holds everywhere"]) == OF_EVERY_LIST
