import re
from pathlib import Path

import pytest
from django.conf import settings

from claimtracker.api import router, urlpatterns

DOCS = Path(settings.BASE_DIR, "docs", "api.md").read_text(encoding="utf-8")
VIEWSETS = {prefix: viewset for prefix, viewset, _ in router.registry}
# Explained once, as every list has them.
OF_EVERY_LIST = {"page_size", "cursor", "ordering", "format"}


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
    return found | {str(each.pattern) for each in urlpatterns if getattr(each, "name", None)}


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


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_choice_of_a_filter_is_named(prefix):
    for name, each in VIEWSETS[prefix].filterset_class.base_filters.items():
        text = sections()[f"`{prefix}/`"].partition(f"### `{name}`")[2].partition("###")[0]
        for choice, _ in each.extra.get("choices", []):
            assert choice in {"", "true", "false"} or f"`{choice}`" in text


def test_what_holds_everywhere_explains_what_every_list_takes():
    assert headings(sections()["What holds everywhere"]) == OF_EVERY_LIST
