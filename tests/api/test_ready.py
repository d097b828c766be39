"""What the database writes as JSON is what the serializers say it is, and reads as any other."""

import json

import pytest
from django.db.models import Prefetch
from django.test import RequestFactory
from rest_framework.request import Request

from claims.api.serializers import ClaimSerializer
from claims.models import Claim, Topic
from tests.api.rows import make_world
from tests.factories import make_claim, make_topic

pytestmark = pytest.mark.django_db


def written_by_the_serializer(answer):
    """Return the rows of a list of claims as the serializer writes them, in the same order."""
    request = Request(RequestFactory().get("/api/v1/claims/"))
    request.user = answer.wsgi_request.user
    topics = Prefetch("topics", Topic.objects.order_by("slug"))
    told = Claim.objects.with_tally().with_span().prefetch_related(topics)
    claims = {claim.slug: claim for claim in told}
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


def test_a_ready_row_is_written_as_any_other(api, world):
    content = api("claims/odd/").content.decode()

    assert json.loads(content)["text"] == Claim.objects.get(slug="odd").text
    assert not {"\u2028", "\u2029"} & set(content)


def test_a_list_that_is_asked_for_again_tells_what_there_is_now(api, world, request):
    asked = [{}, {"contested": "true"}, {"contested": "false"}, {"kind": "event"}]
    asked += [{"ordering": ordering} for ordering in ("slug", "-slug", "-last_said")]
    slugs = {
        str(each): [row["slug"] for row in api("claims/", **each).json()["results"]]
        for each in asked
    }
    make_claim(slug="zz-new", kind="event")

    for each in asked:
        found = [row["slug"] for row in api("claims/", **each).json()["results"]]
        is_listed = each.get("contested") != "true"
        assert sorted(found) == sorted(slugs[str(each)] + ["zz-new"] * is_listed)
    request.getfixturevalue("ada")
    assert "draft" in [row["slug"] for row in api("claims/").json()["results"]]


@pytest.mark.parametrize(
    "address", ["claims/?contested=true", "claims/road-shut/", "statements/", "statements/carl-no/"]
)
def test_what_is_ready_costs_one_query(api, world, django_assert_num_queries, address):
    with django_assert_num_queries(1):
        api(address)


@pytest.mark.parametrize(("address", "first"), [("claims/", "next"), ("claims/odd/", "slug")])
def test_what_is_ready_can_be_asked_for_with_an_indent(client, world, address, first):
    address = f"/api/v1/{address}"
    indented = client.get(address, headers={"Accept": "application/json; indent=2"})

    assert indented.content.startswith(b'{\n  "%b": ' % first.encode())
    assert indented.json() == client.get(address).json()
