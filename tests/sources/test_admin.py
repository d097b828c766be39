"""The editor's pages for sources, affiliations and documents."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Citation, Statement
from sources.models import Affiliation, Document, Source
from tests.desk import act, errors, log_in, page, said, save
from tests.factories import (
    make_affiliation,
    make_citation,
    make_document,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    log_in(client)
    return client


@pytest.fixture
def contributor(client):
    log_in(client, "dora", group="contributors")
    return client


def add_document(client, **changes):
    given = {
        "slug": "a-document",
        "title": "A document",
        "kind": "article",
    }
    return client.post(page(Document, "add"), given | changes)


# What the pages show ------------------------------------------------------------------------------


def test_the_source_page_shows_what_the_source_said(editor):
    statement = make_statement(stance="denies", said="2023-09-07")

    html = editor.get(page(statement.source)).content.decode()

    assert page(statement) in html
    assert str(statement.claim) in html
    assert '<span class="sign" aria-hidden="true">−</span> denies' in html


def test_the_source_page_shows_affiliations_in_both_directions(editor):
    affiliation = make_affiliation(role="Minister")

    for end in (affiliation.member, affiliation.body):
        assert "Minister" in editor.get(page(end)).content.decode()


def test_what_a_source_said_ends_in_a_link_to_all_of_it(editor):
    source = make_source()
    for _ in range(51):
        make_statement(source=source)

    html = editor.get(page(source)).content.decode()

    link = f"{page(Statement, 'changelist')}?source__id__exact={source.pk}"
    assert html.count('class="stance stance-asserts"') == 50
    assert f'<a href="{link}">All 51</a>' in html


def test_the_document_page_shows_what_was_read_in_it(editor):
    citation = make_citation(quote="Baku has not been blocking")

    html = editor.get(page(citation.document)).content.decode()

    assert page(citation.statement) in html
    assert "Baku has not been blocking" in html


def test_what_was_read_in_a_document_ends_in_a_link_to_all_of_it(editor):
    document = make_document()
    for _ in range(51):
        make_citation(document=document)

    html = editor.get(page(document)).content.decode()

    link = f"{page(Citation, 'changelist')}?document__id__exact={document.pk}"
    assert f'<a href="{link}">All 51</a>' in html
    assert editor.get(link).context["cl"].result_count == 51


def test_the_stored_text_is_shown_to_those_who_may_edit(editor):
    document = make_document(text="Every word of it.")

    assert "Every word of it." in editor.get(page(document)).content.decode()


def test_the_stored_text_is_not_shown_to_those_who_may_only_look(client):
    user = make_user("eve", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_document"))
    client.force_login(user)
    document = make_document(text="Every word of it.")

    response = client.get(page(document))

    assert response.status_code == 200
    assert "Every word of it." not in response.content.decode()


def test_aliases_are_written_one_a_line(editor):
    source = make_source()

    save(editor, page(source), aliases="Smith, John\r\n\r\n J. Smith \r\nJ. Smith")

    source.refresh_from_db()
    assert source.aliases == ["Smith, John", "J. Smith"]


# What the database refuses is an error in the form ------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "ftp://example.org/x"),
        ("url", "https://example.org/" + "x" * 2000),
        ("archived_url", "data:text/html,x"),
        ("published", "yesterday"),
        ("retracted", "2023-13"),
        ("language", "English!"),
        ("retrieved", "2023-02-30"),
        ("sha256", "abc"),
        ("url", "https://example.org/a b"),
        ("title", "x" * 1001),
        ("title", "a\0b"),
        ("slug", "a b"),
        ("slug", "ärger"),
        ("publisher", str(10**30)),
        ("kind", "rumour"),
    ],
)
def test_bad_input_is_an_error_at_its_field(editor, field, value):
    response = add_document(editor, **{field: value})

    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert not Document.objects.exists()


@pytest.mark.parametrize("field", ["aliases", "wikidata_id", "name"])
def test_a_nul_in_a_source_is_an_error_at_its_field(editor, field):
    response = save(editor, page(make_source()), **{field: "Q1\0"})

    assert list(errors(response)) == [field]


def test_the_address_of_what_has_been_public_stays(editor):
    response = save(editor, page(make_source(slug="before")), slug="after")

    assert "has been public" in errors(response)["slug"][0]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("since", {"since": "once"}),
        ("until", {"since": "2023", "until": "2022"}),
        ("body", {}),
    ],
)
def test_a_bad_affiliation_is_an_error_at_its_field(editor, field, changes):
    source = make_source()
    body = source if field == "body" else make_source()

    response = save(
        editor,
        page(source),
        **{"affiliations-TOTAL_FORMS": "1", "affiliations-0-body": body.pk}
        | {f"affiliations-0-{name}": value for name, value in changes.items()},
    )

    formset = response.context["inline_admin_formsets"][0].formset
    assert list(formset.forms[0].errors) == [field]
    assert not Affiliation.objects.exists()


def test_a_circle_of_affiliations_in_one_save_is_an_error_and_nothing_is_half_written(editor):
    one, other = make_source(), make_source()

    response = save(
        editor,
        page(one),
        **{
            "affiliations-TOTAL_FORMS": "1",
            "affiliations-0-body": other.pk,
            "members-TOTAL_FORMS": "1",
            "members-0-member": other.pk,
        },
    )

    assert "neither can be above the other" in errors(response)[None][0]
    assert not Affiliation.objects.exists()


def test_deleting_a_source_that_spoke_is_refused_and_names_what_it_said(editor):
    statement = make_statement()

    html = editor.get(page(statement.source, "delete")).content.decode()

    assert page(statement) in html


# Review and rights --------------------------------------------------------------------------------


def test_retiring_a_source_says_how_many_statements_retire_with_it(editor):
    source = make_statement().source

    response = act(editor, Source, "retire_selected", [source], reason="A double.")

    assert "1 retired" in said(response)
    assert "1 published statement retires with it" in said(response)
    assert not Statement.objects.public().exists()


def test_what_is_merged_into_another_is_not_published(editor):
    merged = make_source(name="Old name", review_state="retired", merged_into=make_source())

    response = act(editor, Source, "publish_selected", [merged])

    assert "“Old name” is merged into another" in said(response)
    merged.refresh_from_db()
    assert merged.review_state == "retired"


SETTLED = {
    "a published source": make_source,
    "a published document": make_document,
    "an affiliation of published sources": make_affiliation,
}
OPEN = {
    "a draft source": lambda: make_source(review_state="draft"),
    "a document in review": lambda: make_document(review_state="in_review"),
    "an affiliation of a draft source": lambda: make_affiliation(
        member=make_source(review_state="draft")
    ),
}


@pytest.mark.parametrize("what", OPEN)
def test_a_contributor_changes(contributor, what):
    assert save(contributor, page(OPEN[what]())).status_code == 302


# Queries ------------------------------------------------------------------------------------------


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["ada", "dora"])
def test_the_source_page_costs_the_same_for_ten_as_for_one(client, who):
    log_in(client, who, group="editors" if who == "ada" else "contributors")
    source = make_source()

    def grow():
        make_statement(source=source)
        make_affiliation(member=source)
        make_affiliation(body=source)

    grow()
    one = queries(client, page(source))
    for _ in range(9):
        grow()

    assert queries(client, page(source)) == one


def test_the_document_page_costs_the_same_for_ten_as_for_one(editor):
    document = make_document(publisher=make_source())

    def grow():
        origin = make_citation(document=make_document(publisher=make_source()))
        make_citation(document=document, via=origin)

    grow()
    one = queries(editor, page(document))
    for _ in range(9):
        grow()

    assert queries(editor, page(document)) == one


@pytest.mark.parametrize("model", [Source, Affiliation, Document])
def test_a_list_costs_the_same_for_ten_as_for_one(editor, model):
    def grow():
        make_affiliation()
        make_document(publisher=make_source())

    grow()
    one = queries(editor, page(model, "changelist"))
    for _ in range(9):
        grow()

    assert queries(editor, page(model, "changelist")) == one


@pytest.mark.parametrize("written", ["17 March 2021", "2021-3-17", "2021/03/17", "20210317"])
def test_the_day_on_which_a_document_was_read_is_taken_as_people_write_it(editor, written):
    add_document(editor, retrieved=written)

    assert Document.objects.get().retrieved.isoformat() == "2021-03-17"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("05/07/2019", "may be 5 July 2019 or May 7, 2019"),
        ("2019-07", "is not one day"),
        ("2019-07-05~", "is not one day"),
        ("soon", "read this date"),
    ],
)
def test_a_day_that_may_mean_several_is_refused_with_what_to_write(editor, written, why):
    response = add_document(editor, retrieved=written)

    assert why in str(errors(response)["retrieved"])
    assert not Document.objects.exists()


def test_an_editor_is_asked_before_a_source_is_renamed_like_another(editor):
    make_source(slug="here", name="Jeyhun Bayramov")
    source = make_source(name="Somebody")

    save(editor, page(source), name="Jeyhun Bayramov")
    source.refresh_from_db()
    assert source.name == "Somebody"

    save(editor, page(source), name="Jeyhun Bayramov", confirm_like_source="1")
    source.refresh_from_db()
    assert source.name == "Jeyhun Bayramov"
