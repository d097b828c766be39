"""An import asks about sources and claims that may be here already."""

import pytest

from claims.exchange import resembling
from claims.exchange.importing import Bundle, import_given
from claims.exchange.problems import Answers
from claims.models import Claim
from sources.models import Source
from tests.exchange.bundles import CLAIM, SPOKESMAN, load, write
from tests.factories import make_claim, make_source

pytestmark = pytest.mark.django_db


def asked(folder, code, **files):
    """Return what an import asks under a code."""
    report = import_given(
        given=Bundle(write(folder, **files)), dry_run=True, answers=Answers(asks=True)
    )
    found = report.problems.questions.get(code)
    return found.report().splitlines() if found else []


@pytest.mark.parametrize("name", ["the spokesman", "THE SPOKESMAN", "The Spokesmann"])
def test_an_import_asks_about_a_source_named_like_one_that_is_here(tmp_path, name):
    make_source(slug="here", name="The Spokesman")

    told = asked(tmp_path / "b", "like_source", sources=[SPOKESMAN | {"name": name}])

    assert told == [
        f'sources.jsonl:1: name: "{name}" is like the source here, which is here.'.rstrip(".")
    ] or told[0].startswith(f'sources.jsonl:1: name: "{name}" is like the source here')


def test_an_import_asks_about_two_sources_of_one_name_in_its_file(tmp_path):
    twin = SPOKESMAN | {"key": "twin", "name": "the SPOKESMAN"}

    (told,) = asked(tmp_path / "b", "like_source", sources=[SPOKESMAN, twin])

    assert told.startswith("sources.jsonl:2: name:") and "spokesman of line 1" in told


def test_an_import_asks_about_a_claim_that_is_here(tmp_path):
    make_claim(slug="here", text="The road is open")

    (told,) = asked(tmp_path / "b", "like_claim", claims=[CLAIM])

    assert told.startswith("claims.jsonl:1: text:") and "here" in told


def test_what_is_the_same_is_found_in_an_import_of_any_size(tmp_path, monkeypatch):
    monkeypatch.setattr(resembling, "CLOSELY", 0)
    make_source(slug="here", name="Səfir Əliyev", aliases=[])

    assert asked(tmp_path / "b", "like_source", sources=[SPOKESMAN | {"name": "SEFIR ELIYEV"}])


def test_nothing_is_asked_the_second_time(tmp_path):
    make_source(slug="here", name="The Spokesman")
    load(tmp_path / "b", sources=[SPOKESMAN], claims=[CLAIM])

    assert Source.objects.count() == 2 and Claim.objects.count() == 1
    assert not asked(tmp_path / "b", "like_source", sources=[SPOKESMAN], claims=[CLAIM])
    assert not asked(tmp_path / "b", "like_claim", sources=[SPOKESMAN], claims=[CLAIM])


def test_nothing_is_asked_about_what_is_unlike(tmp_path):
    make_source(name="The Bridge Authority")
    make_claim(text="The bridge was closed in May.")

    assert not asked(tmp_path / "b", "like_source", sources=[SPOKESMAN], claims=[CLAIM])
