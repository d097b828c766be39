"""Parts of texts are found whatever their letter case, accents and letter variants."""

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import RequestFactory

from claims.models import Citation, Claim, Statement, Topic
from sources.models import Document, Source
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
)

SPELLINGS = [
    ("İlqar Ismayılov", "ilqar"),
    ("İlqar Ismayılov", "ILQAR"),
    ("İlqar Ismayılov", "İLQAR"),
    ("İlqar Ismayılov", "ısmayilov"),
    ("İstanbul görüşmesi", "ISTANBUL"),
    ("Die Straße", "STRASSE"),
    ("Die Straße", "STRAẞE"),
    ("STRASSE", "straße"),
    ("Երևան", "ԵՐԵՎԱՆ"),
    ("Երևան", "ԵՐԵՒԱՆ"),
    ("ԵՐԵՎԱՆ", "երևան"),
    ("Երեւան", "Երևան"),
    ("Renée", "rene"),
    ("Rene\u0301e", "Renée"),
    ("Əliyev", "eliyev"),
    ("50%_of it", "%_OF"),
]


@pytest.mark.parametrize(("text", "part"), SPELLINGS)
@pytest.mark.django_db
def test_a_part_is_found_whatever_the_case_and_accents(text, part):
    topic = make_topic(name=text)

    assert list(Topic.objects.filter(name__contains_folded=part)) == [topic]


@pytest.mark.parametrize("part", ["roads", "%", "_", "\\", "\u200b", "\u0301"])
@pytest.mark.django_db
def test_what_is_not_there_is_not_found(part):
    make_topic(name="Road")

    assert not Topic.objects.filter(name__contains_folded=part).exists()


@pytest.mark.django_db
def test_a_sign_of_the_search_language_is_only_itself():
    make_topic(name="Road")
    topic = make_topic(name="50%")

    assert list(Topic.objects.filter(name__contains_folded="%")) == [topic]


FILTERS = [
    ("sources/", "name"),
    ("sources/", "description"),
    ("documents/", "title"),
    ("claims/", "text"),
    ("topics/", "name"),
    ("statements/", "occasion"),
    ("statements/", "note"),
    ("statements/", "title"),
    ("statements/", "quote"),
    ("statements/", "prefix"),
    ("statements/", "suffix"),
    ("statements/", "locator"),
    ("statements/", "as_named"),
    ("statements/", "citation_note"),
]


@pytest.mark.parametrize(("path", "name"), FILTERS)
@pytest.mark.django_db
def test_a_filter_of_the_api_folds_as_search_does(client, path, name):
    text = "İlqar in der Straße, Երևան"
    claim = make_claim(text=text)
    claim.topics.add(make_topic(name=text))
    source = make_source(name=text, description=text)
    statement = make_statement(claim=claim, source=source, occasion=text, note=text)
    words = dict.fromkeys(["quote", "prefix", "suffix", "locator", "as_named", "note"], text)
    make_citation(statement=statement, document=make_document(title=text), **words)

    for part in ("ilqar", "STRASSE", "ԵՐԵՎԱՆ"):
        answer = client.get(f"/api/v1/{path}", {name: part}).json()
        assert len(answer["results"]) == 1, part


@pytest.mark.django_db
def test_an_alias_is_found_by_the_filter_of_names(client):
    make_source(slug="foo", name="Foo", aliases=["Bar", "İlham"])

    found = client.get("/api/v1/sources/", {"name": "ILHAM"}).json()["results"]

    assert [each["slug"] for each in found] == ["foo"]


@pytest.mark.django_db
def test_a_claim_of_an_earlier_day_is_found_by_folded_text(client):
    make_claim(slug="foo", text="İstanbul görüşmesi iptal edildi.")

    asked = {"text": "ISTANBUL", "recorded_by": "2100-01-01"}
    found = client.get("/api/v1/claims/", asked).json()["results"]

    assert [each["slug"] for each in found] == ["foo"]


@pytest.mark.parametrize(
    ("model", "make"),
    [
        (Source, lambda text: make_source(name=text)),
        (Source, lambda text: make_source(aliases=[text])),
        (Document, lambda text: make_document(title=text)),
        (Document, lambda text: make_document(publisher=make_source(name=text))),
        (Claim, lambda text: make_claim(text=text)),
        (Topic, lambda text: make_topic(name=text)),
        (Statement, lambda text: make_statement(source=make_source(name=text))),
        (Statement, lambda text: make_statement(claim=make_claim(text=text))),
        (Statement, lambda text: make_statement(occasion=text)),
        (Citation, lambda text: make_citation(document=make_document(title=text))),
    ],
)
@pytest.mark.django_db
def test_a_search_of_the_admin_folds_as_the_filters_do(model, make):
    row = make("İlqar Straße Երևան")
    admin = site._registry[model]
    request = RequestFactory().get("/")

    for word in ("ilqar", "STRASSE", "ԵՐԵՎԱՆ"):
        found, _ = admin.get_search_results(request, admin.get_queryset(request), word)
        assert list(found) == [row], word


@pytest.mark.django_db
def test_search_folds_as_the_filters_do():
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_text('Երևան ԵՐԵՎԱՆ ԵՐԵՒԱՆ Straße İı')")
        (folded,) = cursor.fetchone()

    assert folded == "երեվան երեվան երեվան strasse ii"
