"""Line ends: a text that comes in by whatever way is stored with line feeds, and stays as it is."""

import json

import pytest
from django.urls import reverse

from claims.models import Citation, Proposal, Statement
from tests.desk import filled, log_in, page
from tests.exchange import bundles, sheets
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db

TEXT = "They say so: the ferry\nis running again.\nNobody asked.\n"


def by_browser(sent):
    """Return what a form sends as a browser sends it: each line end as CR LF."""
    return {
        name: value.replace("\n", "\r\n") if isinstance(value, str) else value
        for name, value in sent.items()
    }


def recorded(client, document):
    """Record the quote over two lines at the desk, as a browser sends it. Returns the citation."""
    given = {
        "quote": "the ferry\nis running again",
        "prefix": "They say so: ",
        "suffix": ".\nNobody asked.\n",
        "stance": "asserts",
        "source": make_source().pk,
        "claim": make_claim().pk,
        "publish": "1",
    }
    address = reverse("admin:sources_document_read", args=[document.pk])
    assert "saved" in client.post(address, by_browser(given)).json()
    return Citation.objects.get()


def test_the_desk_stores_a_passage_over_two_lines_as_it_stands_in_the_text(client):
    log_in(client)

    citation = recorded(client, make_document(text=TEXT))

    assert citation.prefix + citation.quote + citation.suffix == TEXT


def test_a_contributor_who_changes_only_the_occasion_proposes_only_that(client):
    log_in(client)
    statement = recorded(client, make_document(text=TEXT)).statement
    log_in(client, "dora", group="contributors")

    sent = filled(client.get(page(statement))) | {"occasion": "A briefing"}
    client.post(page(statement), by_browser(sent))

    assert Proposal.objects.get().fields == {"occasion": "A briefing"}


def test_an_editor_who_changes_only_the_occasion_leaves_the_citation_alone(client):
    log_in(client)
    citation = recorded(client, make_document(text=TEXT))
    events = Citation.pgh_event_models["insert"].objects.filter(pgh_obj=citation)
    before = events.count()

    sent = filled(client.get(page(citation.statement))) | {"occasion": "A briefing"}
    client.post(page(citation.statement), by_browser(sent))

    assert Statement.objects.get().occasion == "A briefing"
    assert events.count() == before


def test_the_form_of_a_citation_keeps_the_spaces_around_its_context(client):
    log_in(client)
    citation = make_citation(quote="the ferry", prefix="so: ", suffix=" is\n")

    sent = filled(client.get(page(citation))) | {"note": "n"}
    client.post(page(citation), by_browser(sent))

    citation.refresh_from_db()
    assert (citation.prefix, citation.suffix, citation.note) == ("so: ", " is\n", "n")


def test_nothing_but_spaces_is_no_quote(client):
    log_in(client)
    citation = make_citation(quote="the ferry")

    sent = filled(client.get(page(citation))) | {"quote": " \n"}
    client.post(page(citation), by_browser(sent))

    citation.refresh_from_db()
    assert citation.quote == ""


def test_the_api_takes_line_ends_of_windows_and_answers_with_line_feeds(client):
    log_in(client)
    statement = make_statement()

    answer = client.patch(
        f"/api/v1/statements/{statement.slug}/",
        json.dumps({"note": "One.\r\nTwo.\rThree."}),
        content_type="application/json",
        headers={"if-match": f'"{statement.version}"'},
    )

    assert answer.json()["note"] == "One.\nTwo.\nThree."


def test_a_bundle_with_line_ends_of_windows_changes_nothing_the_second_time(tmp_path):
    cited = {"document": "readout", "quote": "One.\r\nTwo."}
    world = bundles.WORLD | {"statements": [bundles.DENIAL | {"citations": [cited]}]}

    bundles.load(tmp_path, **world)

    assert Citation.objects.get().quote == "One.\nTwo."
    assert bundles.load(tmp_path, **world).changes_nothing()


def test_a_csv_with_line_ends_of_windows_changes_nothing_the_second_time(tmp_path):
    row = sheets.ROW | {"quote": "One.\r\nTwo."}

    sheets.load(tmp_path, row)

    assert Citation.objects.get().quote == "One.\nTwo."
    assert sheets.load(tmp_path, row).changes_nothing()


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (make_citation, ["quote", "prefix", "suffix", "translation", "note"]),
        (make_statement, ["note"]),
        (make_relation, ["rationale"]),
        (make_source, ["description"]),
    ],
)
def test_the_database_stores_every_line_end_as_a_line_feed(make, columns):
    row = make(**dict.fromkeys(columns, "\r\none\rtwo\n"))

    assert {getattr(row, column) for column in columns} == {"\none\ntwo\n"}


def test_line_ends_alone_make_no_new_version():
    source = make_source(description="One.\nTwo.")

    source.description = "One.\r\nTwo."
    source.save()

    source.refresh_from_db()
    assert source.version == 1
