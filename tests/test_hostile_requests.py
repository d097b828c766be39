"""Requests that no page of ours sends, and what caches are told of answers to people."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from claims.models import Claim, Relation, Statement
from claimtracker.accounts.models import Token
from claimtracker.desk.inlines import MOST
from sources.models import Document, Source
from tests.desk import errors, filled, log_in, page
from tests.factories import make_claim, make_document, make_source, make_statement, make_user

pytestmark = pytest.mark.django_db

ADD = {
    Claim: ["relations_from", "relations_to"],
    Source: ["affiliations", "members"],
    Statement: ["citations"],
}
NEW = [(model, prefix) for model, prefixes in ADD.items() for prefix in prefixes]


@pytest.fixture
def ada(client):
    log_in(client)
    return client


# Forms with more rows than a page has -------------------------------------------------------------


@pytest.mark.parametrize("count", [MOST + 1, 999_999, "1" * 30])
@pytest.mark.parametrize(("model", "prefix"), NEW)
def test_a_form_with_too_many_rows_is_refused_without_making_them(ada, model, prefix, count):
    sent = filled(ada.get(page(model, "add"))) | {f"{prefix}-TOTAL_FORMS": str(count)}

    response = ada.post(page(model, "add"), sent)

    (formset,) = (
        each.formset
        for each in response.context["inline_admin_formsets"]
        if each.formset.prefix == prefix
    )
    assert not formset.forms
    assert f"at most {MOST} rows" in response.content.decode()
    assert not model.objects.exists()


def test_a_form_takes_as_many_rows_as_it_says(ada):
    claim = make_claim()
    others = [make_claim() for _ in range(3)]
    sent = filled(ada.get(page(claim))) | {"relations_from-TOTAL_FORMS": str(MOST)}
    for number, other in zip((0, 1, MOST - 1), others, strict=True):
        sent[f"relations_from-{number}-kind"] = "implies"
        sent[f"relations_from-{number}-to_claim"] = other.pk

    assert ada.post(page(claim), sent).status_code == 302
    assert Relation.objects.count() == len(others)


def test_a_form_with_too_many_fields_says_so(ada, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    claim = make_claim()

    response = ada.post(page(claim), {f"field-{number}": "x" for number in range(21)})

    assert response.status_code == 400
    assert "more than 20 fields" in response.content.decode()


# Values that are none -----------------------------------------------------------------------------


@pytest.mark.parametrize("topics", ["x", "1x", "-1", "9" * 30, "\u0664", ""])
@pytest.mark.parametrize("where", ["add", "change"])
def test_what_is_no_topic_is_told_at_the_field(ada, where, topics):
    at = page(Claim, "add") if where == "add" else page(make_claim())
    sent = filled(ada.get(at)) | {"text": "So it is.", "topics": [topics]}

    response = ada.post(at, sent)

    assert response.status_code == 200
    assert "topics" in errors(response)


# What cannot be filtered by -----------------------------------------------------------------------


def test_tokens_are_not_filtered_by_how_their_digest_begins(client):
    log_in(client, "root", group="administrators")

    for query in ("digest__startswith=a", "digest=a", "digest__gt=a"):
        assert client.get(f"{page(Token, 'changelist')}?{query}").status_code in {302, 400}
    user = make_user("dora")
    found = client.get(f"{page(Token, 'changelist')}?user__id__exact={user.pk}")
    assert found.status_code == 200


def test_who_does_not_see_texts_of_documents_does_not_filter_by_them(client):
    looker = make_user("olga", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_document"))
    client.force_login(looker)
    make_document(text="Secret.")

    for query in ("text__contains=Secret", "text__startswith=S"):
        assert client.get(f"{page(Document, 'changelist')}?{query}").status_code in {302, 400}
    assert client.get(f"{page(Document, 'changelist')}?kind__exact=article").status_code == 200


# What caches may keep -----------------------------------------------------------------------------


def public_pages():
    statement = make_statement()
    return [
        "/",
        f"/claims/{statement.claim.slug}/",
        f"/sources/{make_source().slug}/",
        "/disputes/",
        "/search/?q=road",
    ]


def test_a_public_page_shown_to_somebody_who_is_logged_in_is_for_no_shared_cache(ada):
    for address in public_pages():
        assert "private" in ada.get(address)["Cache-Control"], address


def test_a_public_page_shown_to_anybody_may_be_kept(client):
    for address in public_pages():
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.cookies or "private" not in answer.get("Cache-Control", ""), address


def test_what_brings_a_cookie_is_for_no_shared_cache(client):
    answer = client.get(reverse("admin:login"))

    assert answer.cookies
    assert "private" in answer["Cache-Control"]


# Hosts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["65536", "99999", "1" * 40])
@pytest.mark.parametrize("address", ["/", "/api/v1/claims/"])
def test_a_host_with_a_port_that_is_none_is_refused(client, address, port):
    assert client.get(address, headers={"host": f"localhost:{port}"}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "localhost:65535"])
def test_a_host_with_a_port_is_answered(client, host):
    assert client.get("/api/v1/claims/", headers={"host": host}).status_code == 200
