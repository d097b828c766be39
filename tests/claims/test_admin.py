"""The editor's pages for claims, statements, citations, relations and topics."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from claims.models import Citation, Claim, Relation, Statement, Topic
from sources.models import Document
from tests.desk import CONFIRMED, act, delete, errors, filled, log_in, page, said, save
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
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


def a_statement(**changes):
    """Return what the form for a new statement sends."""
    return {
        "claim": make_claim().pk,
        "source": make_source().pk,
        "stance": "asserts",
        "said": "2023-09-07",
        "order": "0",
        "citations-TOTAL_FORMS": "0",
        "citations-INITIAL_FORMS": "0",
    } | changes


def add(client, **changes):
    return client.post(page(Statement, "add"), a_statement(**changes))


# What an editor does ------------------------------------------------------------------------------


def test_an_editor_records_a_statement_with_its_citation(editor):
    document = make_document()

    response = add(
        editor,
        _publish="1",
        **{
            "citations-TOTAL_FORMS": "1",
            "citations-0-document": document.pk,
            "citations-0-quote": "We are not blocking it.",
        },
    )

    assert response.status_code == 302
    citation = Citation.objects.get()
    assert (citation.document, citation.quote) == (document, "We are not blocking it.")
    assert citation.statement.review_state == "published"


def test_what_an_editor_saves_has_a_history_with_his_name(editor):
    add(editor)

    event = Statement.pgh_event_models["insert"].objects.get()
    assert event.pgh_context.metadata["user"] == User.objects.get(username="ada").pk


def test_the_link_to_add_a_denial_fills_in_claim_and_stance(editor):
    claim = make_claim()

    response = editor.get(page(Statement, "add"), {"claim": claim.pk, "stance": "denies"})

    assert filled(response)["claim"] == str(claim.pk)
    assert filled(response)["stance"] == "denies"


def test_the_link_from_a_document_fills_in_its_citation(editor):
    document = make_document()

    response = editor.get(page(Statement, "add"), {"document": document.pk})

    assert filled(response)["citations-0-document"] == str(document.pk)


@pytest.mark.parametrize("value", ["x", "\0", str(10**30), "-1"])
@pytest.mark.parametrize("field", ["claim", "source", "document"])
def test_a_link_that_fills_in_nonsense_opens_an_empty_form(editor, field, value):
    response = editor.get(page(Statement, "add"), {field: value})

    assert response.status_code == 200


def test_the_claim_page_shows_both_sides_with_quote_and_chain(editor):
    claim = make_claim()
    make_statement(claim=claim, source=make_source(name="Menendez"), said="2023-09-14")
    denial = make_statement(
        claim=claim, source=make_source(name="Bayramov"), stance="denies", denies_what="fact"
    )
    outlet, ministry = make_source(name="Trend"), make_source(name="The Ministry")
    readout = make_citation(statement=denial, document=make_document(publisher=ministry))
    make_citation(
        via=readout, document=make_document(publisher=outlet), quote="Baku has not been blocking"
    )

    html = editor.get(page(claim)).content.decode()

    asserts, denies = html.split('id="side-2"')[0], html.split('id="side-2"')[1]
    assert "Menendez" in asserts and "14 September 2023" in asserts
    assert "Bayramov" in denies and "Baku has not been blocking" in denies
    assert denies.index("The Ministry") < denies.index("passed on by") < denies.index("Trend")


def test_the_claim_page_says_how_many_sources_hold_each(editor):
    claim, source = make_claim(), make_source()
    make_statement(claim=claim, source=source, said="2023-09-01")
    make_statement(claim=claim, source=source, said="2023-09-02", stance="denies")

    html = editor.get(page(claim)).content.decode()

    assert "held by 0 sources" in html
    assert "held by 1 source<" in html


def test_the_claim_page_says_since_when_a_position_is_held(editor):
    claim, source = make_claim(), make_source()
    make_statement(claim=claim, source=source, said="2023-01-10")
    make_statement(claim=claim, source=source, said="2023-09-07")

    html = editor.get(page(claim)).content.decode()

    assert html.count("its position since") == html.count("its position since 10 January 2023") == 1
    assert "order uncertain" not in html


def test_the_claim_page_says_where_the_order_is_uncertain(editor):
    claim, source = make_claim(), make_source()
    make_statement(claim=claim, source=source, said="2023")
    make_statement(claim=claim, source=source, stance="denies", said="2023-12-31")

    asserts, denies = editor.get(page(claim)).content.decode().split('id="side-2"')

    assert "order uncertain" in denies and "its position since 31 December 2023" in denies
    assert "order uncertain" not in asserts


def test_the_claim_page_shows_drafts_that_decide_nothing(editor):
    claim, source = make_claim(), make_source(name="Menendez")
    make_statement(claim=claim, source=source, review_state="draft")

    html = editor.get(page(claim)).content.decode()

    assert "Menendez" in html and "held by 0 sources" in html
    assert "its position" not in html


def test_who_may_only_look_at_claims_sees_no_draft_on_their_page(client):
    user = make_user("dora", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_claim"))
    client.force_login(user)
    claim = make_claim()
    make_statement(claim=claim, source=make_source(name="Menendez"))
    make_statement(claim=claim, source=make_source(name="Bayramov"), review_state="draft")

    html = client.get(page(claim)).content.decode()

    assert "Menendez" in html and "Bayramov" not in html


def test_a_statement_that_is_cited_often_shows_some_and_a_link(editor):
    statement = make_statement()
    origin = make_citation(statement=statement)
    for _ in range(20):
        make_citation(via=origin)

    html = editor.get(page(statement.claim)).content.decode()

    assert html.count('class="cited"') == 20
    link = f"{page(Citation, 'changelist')}?statement__id__exact={statement.pk}"
    assert f'<a href="{link}">More citations</a>' in html


def test_a_badge_says_the_stance_as_sign_and_word(editor):
    make_statement(stance="denies", denies_what="framing")

    html = editor.get(page(Statement, "changelist")).content.decode()

    assert '<span class="sign" aria-hidden="true">−</span> denies the framing' in html


def test_a_long_side_of_a_claim_ends_in_a_link_to_all_of_it(editor):
    claim = make_claim()
    for n in range(51):
        make_statement(claim=claim, said=f"2023-01-{n % 28 + 1:02}")

    html = editor.get(page(claim)).content.decode()

    assert html.count('class="who"') == 50
    link = f"{page(Statement, 'changelist')}?claim__id__exact={claim.pk}&stance__in=asserts"
    assert f'<a href="{link.replace("&", "&amp;")}">All 51</a>' in html
    assert editor.get(link).context["cl"].result_count == 51


def test_a_long_inline_shows_the_newest_and_a_link_to_all(editor):
    claim = make_claim()
    for _ in range(51):
        make_relation(from_claim=claim)

    response = editor.get(page(claim))

    assert len(response.context["inline_admin_formsets"][0].formset.forms) == 50
    link = f"{page(Relation, 'changelist')}?from_claim__id__exact={claim.pk}"
    assert f'<a href="{link}">All, with 1 more</a>' in response.content.decode()


def test_a_long_inline_is_saved_though_a_row_was_added_meanwhile(editor):
    claim = make_claim()
    relations = [make_relation(from_claim=claim) for _ in range(51)]
    sent = filled(editor.get(page(claim)))
    make_relation(from_claim=claim)

    response = editor.post(page(claim), sent | {"relations_from-0-rationale": "They said so."})

    assert response.status_code == 302
    relations[1].refresh_from_db()
    assert relations[1].rationale == "They said so."


def test_a_citation_may_only_be_taken_from_another_of_its_statement(editor):
    citation, other = make_citation(), make_citation()

    response = save(editor, page(citation.statement), **{"citations-0-via": other.pk})

    formset = response.context["inline_admin_formsets"][0].formset
    assert "via" in formset.forms[0].errors
    citation.refresh_from_db()
    assert citation.via is None


# What the database refuses is an error in the form ------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("said", "soon"),
        ("said", "2023-02-30"),
        ("said", "2023" * 20),
        ("said", "2023\0"),
        ("order", str(10**30)),
        ("order", "-1"),
        ("occasion", "x" * 301),
        ("note", "a\0b"),
        ("slug", "not a slug"),
        ("slug", "x" * 201),
        ("stance", "shrugs"),
        ("claim", ""),
        ("claim", "\0"),
        ("claim", str(10**30)),
        ("source", "x"),
        ("denies_what", "fact"),
    ],
)
def test_bad_input_is_an_error_at_its_field(editor, field, value):
    response = add(editor, **{field: value})

    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert not Statement.objects.exists()


def test_a_withdrawal_without_a_date_is_an_error_at_the_date(editor):
    response = add(editor, stance="withdraws", said="")

    assert list(errors(response)) == ["said"]


def test_a_second_statement_on_one_day_is_told_about_order(editor):
    claim, source = make_claim(), make_source()
    add(editor, claim=claim.pk, source=source.pk)

    response = add(editor, claim=claim.pk, source=source.pk)

    assert "order" in errors(response)["slug"][0]


@pytest.mark.parametrize(
    ("field", "value"), [("language", "English!"), ("quote", "a\0b"), ("document", str(10**30))]
)
def test_a_bad_citation_is_an_error_at_its_field_and_nothing_is_half_written(editor, field, value):
    response = add(
        editor,
        **{
            "citations-TOTAL_FORMS": "1",
            "citations-0-document": make_document().pk,
            f"citations-0-{field}": value,
        },
    )

    assert response.status_code == 200
    assert list(response.context["inline_admin_formsets"][0].formset.errors[0]) == [field]
    assert not Statement.objects.exists()


def test_publishing_a_statement_of_a_draft_claim_is_an_error_at_the_claim(editor):
    draft = make_claim(review_state="draft")

    response = add(editor, claim=draft.pk, _publish="1")

    assert "Publish" in errors(response)["claim"][0]


def test_taking_a_claim_back_to_draft_under_its_statements_is_an_error_and_not_saved(editor):
    claim = make_statement().claim

    response = save(editor, page(claim), _reopen="1", reason="Too early.", language="hy")

    assert response.status_code == 200
    assert "A published statement has a published claim" in errors(response)[None][0]
    assert filled(response)["language"] == "hy"
    claim.refresh_from_db()
    assert claim.review_state == "published"


def test_two_new_relations_that_are_one_are_an_error_and_nothing_is_half_written(editor):
    one, other = make_claim(), make_claim()
    both = {
        "relations_from-TOTAL_FORMS": "1",
        "relations_from-0-kind": "contradicts",
        "relations_from-0-to_claim": other.pk,
        "relations_to-TOTAL_FORMS": "1",
        "relations_to-0-kind": "contradicts",
        "relations_to-0-from_claim": other.pk,
    }

    response = save(editor, page(one), **both)

    assert "already recorded" in errors(response)[None][0]
    assert not Relation.objects.exists()


def test_a_refusal_that_only_the_database_sees_is_shown_in_the_form(editor, monkeypatch):
    other = make_claim()
    # Another editor saves it after the form has looked.
    monkeypatch.setattr(Claim, "_perform_unique_checks", lambda *args: {})
    monkeypatch.setattr(Claim, "validate_constraints", lambda *args, **kwargs: None)

    response = save(editor, page(make_claim(review_state="draft")), slug=other.slug)

    assert "There is one like it already" in errors(response)[None][0]


def test_deleting_what_is_cited_is_refused_by_name(editor):
    citation = make_citation()

    html = editor.get(page(citation.document, "delete")).content.decode()

    assert page(citation) in html
    assert "Citation: " in html
    response = delete(editor, citation.document)
    assert response.status_code == 200
    assert Document.objects.exists()


def test_a_statement_is_deleted_with_its_own_citations_which_the_page_lists(editor):
    origin = make_citation(document=make_document(title="Readout of the call"))
    passed_on = make_citation(via=origin)

    html = editor.get(page(origin.statement, "delete")).content.decode()

    assert "These go with it" in html
    assert "Readout of the call" in html
    assert page(passed_on) in html
    assert delete(editor, origin.statement).status_code == 302
    assert not Statement.objects.exists() and not Citation.objects.exists()


def test_a_statement_that_was_cited_since_the_page_was_made_is_not_deleted(editor):
    statement = make_citation().statement
    stamp = editor.get(page(statement, "delete")).context["stamp"]
    make_citation(statement=statement)

    editor.post(page(statement, "delete"), CONFIRMED | {"stamp": stamp})

    assert statement.citations.count() == 2


def test_ticked_statements_that_were_cited_since_are_not_deleted(editor):
    statement = make_citation().statement
    asked = act(editor, Statement, "delete_selected", [statement])
    seen = dict(asked.context["seen"])
    make_citation(statement=statement)

    act(editor, Statement, "delete_selected", [statement], **CONFIRMED, **seen)

    assert statement.citations.count() == 2


def test_a_citation_that_another_was_taken_from_is_not_deleted_alone(editor):
    origin = make_citation()
    passed_on = make_citation(via=origin)

    html = editor.get(page(origin, "delete")).content.decode()

    assert page(passed_on) in html
    assert delete(editor, origin).status_code == 200
    assert Citation.objects.count() == 2


def test_deleting_what_somebody_just_cited_is_refused_with_a_message(editor, monkeypatch):
    statement = make_statement()

    def refuse(*args, **kwargs):
        raise IntegrityError("late")

    monkeypatch.setattr(Statement, "delete", refuse)

    response = delete(editor, statement, follow=True)

    assert "late" in said(response)


@pytest.mark.parametrize("what", ["\0", "' OR 1=1", "%", "x" * 5000])
@pytest.mark.parametrize("model", [Claim, Statement, Citation, Relation, Topic])
def test_any_search_is_answered(editor, model, what):
    assert editor.get(page(model, "changelist"), {"q": what}).status_code == 200


@pytest.mark.parametrize("value", ["\0", str(10**30), "x"])
def test_any_filter_is_answered(editor, value):
    response = editor.get(page(Statement, "changelist"), {"claim__id__exact": value}, follow=True)

    assert response.status_code == 200


# Autocomplete -------------------------------------------------------------------------------------


def complete(client, term, *, field="document", model="citation"):
    return client.get(
        "/admin/autocomplete/",
        {"app_label": "claims", "model_name": model, "field_name": field, "term": term},
    ).json()["results"]


def test_autocomplete_tells_documents_of_one_title_apart(editor):
    outlet = make_source(name="Trend")
    make_document(title="Minister speaks", publisher=outlet, published="2023-09-07")

    assert complete(editor, "speaks")[0]["text"] == "Minister speaks (Trend, 2023-09-07, Article)"


def test_autocomplete_finds_a_source_by_another_spelling(editor):
    make_source(name="Jeyhun Bayramov", aliases=["Ceyhun Bayramov"], review_state="draft")

    found = complete(editor, "ceyhun", field="source", model="statement")

    assert found[0]["text"] == "Jeyhun Bayramov (Person, Draft)"


def test_autocomplete_finds_nothing_for_a_nul(editor):
    assert complete(editor, "a\0") == []


# Review -------------------------------------------------------------------------------------------


def test_an_editor_publishes_statements_from_the_list(editor):
    statements = [make_statement(review_state="draft") for _ in range(2)]

    response = act(editor, Statement, "publish_selected", statements)

    assert "2 published" in said(response)
    assert Statement.objects.public().count() == 2


def test_nothing_is_published_where_one_cannot_be_and_the_message_says_why(editor):
    ready = make_statement(review_state="draft")
    early = make_statement(review_state="draft", claim=make_claim(review_state="draft", text="Q."))

    response = act(editor, Statement, "publish_selected", [ready, early])

    assert "publish its claim “Q.” first" in said(response)
    assert not Statement.objects.public().exists()


def test_retiring_claims_says_how_many_statements_retire_with_them(editor):
    claim = make_statement().claim
    make_statement(claim=claim)

    response = act(editor, Claim, "retire_selected", [claim], reason="A double.")

    assert "2 published statements retire with it" in said(response)
    assert not Statement.objects.public().exists()


def test_retiring_a_claim_on_its_page_says_how_many_statements_retire_with_it(editor):
    claim = make_statement().claim
    given = filled(editor.get(page(claim)))

    retire = {"_retire": "1", "reason": "A double."}
    response = editor.post(page(claim), given | retire, follow=True)

    assert "1 published statement retires with it" in said(response)


# Who may do what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ben", "cleo"])
def test_analysts_and_visitors_have_no_admin(client, who):
    client.force_login(make_user(who))

    assert client.get("/admin/").status_code == 302


def test_a_contributor_records_a_draft(contributor):
    assert add(contributor).status_code == 302
    assert Statement.objects.get().review_state == "draft"


def test_a_contributor_submits_a_draft(contributor):
    statement = make_statement(review_state="draft")

    save(contributor, page(statement), _submit="1")

    statement.refresh_from_db()
    assert statement.review_state == "in_review"


@pytest.mark.parametrize("step", ["publish", "retire", "send_back"])
def test_a_contributor_cannot_publish_retire_or_send_back(contributor, step):
    statement = make_statement(review_state="in_review")
    forged = {f"_{step}": "1", "reason": "So."}

    assert "for editors" in errors(add(contributor, **forged))[None][0]
    assert "for editors" in errors(save(contributor, page(statement), **forged))[None][0]
    statement.refresh_from_db()
    assert statement.review_state == "in_review"


@pytest.mark.parametrize("action", ["publish_selected", "retire_selected", "delete_selected"])
def test_a_contributor_has_no_action_on_what_is_public(contributor, action):
    draft, public = make_statement(review_state="draft"), make_statement()

    act(contributor, Statement, action, [draft, public], post="yes")

    draft.refresh_from_db()
    public.refresh_from_db()
    assert (draft.review_state, public.review_state) == ("draft", "published")


SETTLED = {
    "a published claim": make_claim,
    "a retired claim": lambda: make_claim(review_state="retired"),
    "a published statement": make_statement,
    "a citation of a published statement": make_citation,
    "a relation of published claims": make_relation,
    "a topic of a published claim": lambda: make_claim(topics=[make_topic()]).topics.get(),
}
OPEN = {
    "a draft claim": lambda: make_claim(review_state="draft"),
    "a statement in review": lambda: make_statement(review_state="in_review"),
    "a citation of a draft statement": lambda: make_citation(
        statement=make_statement(review_state="draft")
    ),
    "a relation of a draft claim": lambda: make_relation(to_claim=make_claim(review_state="draft")),
    "a topic without a published claim": make_topic,
}


@pytest.mark.parametrize("what", SETTLED)
def test_a_contributor_cannot_delete(contributor, what):
    row = SETTLED[what]()

    contributor.post(page(row, "delete"), {"post": "yes", "reason": "So."})

    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("what", OPEN)
def test_a_contributor_changes(contributor, what):
    row = OPEN[what]()

    assert save(contributor, page(row)).status_code == 302


@pytest.mark.parametrize("what", [*SETTLED, *OPEN])
def test_an_editor_changes(editor, what):
    row = (SETTLED | OPEN)[what]()

    assert save(editor, page(row)).status_code == 302


def test_a_statement_is_recorded_by_those_with_rights_on_statements_only(client):
    user = make_user("eve", is_staff=True)
    client.force_login(user)

    assert add(client).status_code == 403


# Queries ------------------------------------------------------------------------------------------


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def full_statement(claim):
    statement = make_statement(claim=claim, note="n")
    citation = make_citation(
        statement=statement, document=make_document(publisher=make_source()), quote="q"
    )
    make_citation(via=citation, document=make_document(publisher=make_source()))
    return statement


@pytest.mark.parametrize("who", ["ada", "dora"])
def test_the_claim_page_costs_the_same_for_ten_as_for_one(client, who):
    log_in(client, who, group="editors" if who == "ada" else "contributors")
    claim = make_claim()

    def grow():
        full_statement(claim)
        make_relation(from_claim=claim)
        make_relation(to_claim=claim)
        claim.topics.add(make_topic())

    grow()
    one = queries(client, page(claim))
    for _ in range(9):
        grow()

    assert queries(client, page(claim)) == one


@pytest.mark.parametrize("who", ["ada", "dora"])
def test_the_statement_page_costs_the_same_for_ten_citations_as_for_one(client, who):
    log_in(client, who, group="editors" if who == "ada" else "contributors")
    statement = full_statement(make_claim())
    one = queries(client, page(statement))
    for _ in range(9):
        make_citation(
            via=statement.citations.first(), document=make_document(publisher=make_source())
        )

    assert queries(client, page(statement)) == one


@pytest.mark.parametrize("model", [Claim, Statement, Citation, Relation, Topic])
def test_a_list_costs_the_same_for_ten_as_for_one(editor, model):
    def grow():
        full_statement(make_claim(topics=[make_topic()]))
        make_relation()

    grow()
    one = queries(editor, page(model, "changelist"))
    for _ in range(9):
        grow()

    assert queries(editor, page(model, "changelist")) == one


def test_autocomplete_costs_the_same_for_ten_as_for_one(editor):
    address = "/admin/autocomplete/?app_label=claims&model_name=citation&field_name=document&term="
    make_document(publisher=make_source())
    one = queries(editor, address)
    for _ in range(9):
        make_document(publisher=make_source())

    assert queries(editor, address) == one


def test_the_page_that_refuses_a_deletion_costs_the_same_for_ten_as_for_one(editor):
    claim = make_statement().claim
    one = queries(editor, page(claim, "delete"))
    for _ in range(9):
        make_statement(claim=claim)

    assert queries(editor, page(claim, "delete")) == one


def test_the_list_finds_the_claims_that_reach_their_own_negation(editor):
    twisted, other = make_claim(text="Twisted."), make_claim(text="Other.")
    make_relation(from_claim=twisted, to_claim=other, kind="implies")
    make_relation(from_claim=twisted, to_claim=other, kind="contradicts")

    answer = editor.get(page(Claim, "changelist"), {"reaches_its_negation": "yes"})

    assert list(answer.context["cl"].queryset) == [twisted]


@pytest.mark.parametrize("ticked", ["abc", "", "\0", "9" * 5000, "٣"])
@pytest.mark.parametrize("action", ["publish_selected", "retire_selected", "delete_selected"])
def test_ticking_what_is_no_row_is_told_and_writes_nothing(editor, action, ticked):
    claim = make_claim(review_state="draft")

    answer = editor.post(
        page(Claim, "changelist"),
        {"action": action, "_selected_action": [claim.pk, ticked], **CONFIRMED},
        follow=True,
    )

    assert "Tick the rows again" in answer.content.decode()
    assert Claim.objects.get().review_state == "draft"


@pytest.mark.parametrize("model", [Claim, Statement, Relation])
def test_a_filter_with_a_nul_is_answered_as_a_filter_that_is_none(editor, model):
    answer = editor.get(page(model, "changelist"), {"kind__exact": "\0"})

    assert (answer.status_code, answer.url.partition("?")[2]) == (302, "e=1")


@pytest.mark.parametrize("document_state", ["draft", "published"])
def test_an_editor_is_warned_of_a_statement_whose_evidence_nobody_sees(editor, document_state):
    document = make_document(title="A report", review_state=document_state)
    statement = make_citation(document=document).statement

    answer = save(editor, page(statement), note="Once more.")
    told = editor.get(answer.url).content.decode()

    assert ("publish “A report”" in told) == (document_state == "draft")
