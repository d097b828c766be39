"""Lists that the database writes as JSON are what the serializers say they are."""

import json

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from claims.api.serializers import ClaimSerializer
from claims.api.views import ClaimViewSet
from tests.api.rows import make_world
from tests.factories import make_claim, make_topic

pytestmark = pytest.mark.django_db


def written_by_the_serializer(answer):
    """Return the rows of a list of claims as the serializer writes them, in the same order."""
    request = Request(RequestFactory().get("/api/v1/claims/"))
    request.user = answer.wsgi_request.user
    view = ClaimViewSet(action="retrieve", request=request)
    claims = {claim.slug: claim for claim in view.get_queryset()}
    slugs = [row["slug"] for row in answer.json()["results"]]
    return ClaimSerializer(
        [claims[slug] for slug in slugs], many=True, context={"request": request}
    ).data


@pytest.fixture
def world(db):
    make_world()
    claim = make_claim(slug="odd", text='“Ա” \\ " / \x7f\x01\u2028\u2029 </script>', language="hy")
    claim.topics.set([make_topic(slug="b"), make_topic(slug="a")])
    make_claim(slug="draft", review_state="draft")
    make_claim(slug="merged", review_state="retired", merged_into=claim)


@pytest.mark.parametrize("reader", ["nobody", "ben", "ada"])
def test_a_claim_in_a_list_is_what_the_serializer_writes(api, request, readers, world, reader):
    request.getfixturevalue("ada") if reader == "ada" else readers[reader]()
    answer = api("claims/")

    assert len(answer.json()["results"]) == (5 if reader == "ada" else 3)
    assert answer.json()["results"] == json.loads(json.dumps(written_by_the_serializer(answer)))


def test_a_ready_page_is_written_as_any_other(api, world):
    page = api("claims/", page_size=2)

    compact = json.dumps(page.json(), ensure_ascii=False, separators=(",", ":"))
    assert page.content.decode() == compact.replace("\u2028", "\\u2028").replace(
        "\u2029", "\\u2029"
    )


def test_a_page_of_claims_costs_one_query(api, world, django_assert_num_queries):
    with django_assert_num_queries(1):
        api("claims/", contested="true")


def test_a_ready_page_can_be_asked_for_with_an_indent(client, world):
    indented = client.get("/api/v1/claims/", headers={"Accept": "application/json; indent=2"})

    assert indented.content.startswith(b'{\n  "next": null')
    assert indented.json() == client.get("/api/v1/claims/").json()
