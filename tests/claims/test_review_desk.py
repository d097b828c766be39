"""Review on the desk: the buttons of a page, what contributors propose, the queue."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Proposal, Relation, Statement
from claims.waiting import count, waiting
from sources.models import Affiliation, Document
from tests.desk import CONFIRMED, act, errors, filled, log_in, page, said, save
from tests.factories import (
    make_affiliation,
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

QUEUE = "/admin/review/"


@pytest.fixture
def ada(client):
    client.user = log_in(client)
    return client


@pytest.fixture
def dora():
    other = Client()
    other.user = log_in(other, "dora", group="contributors")
    return other


@pytest.fixture
def second_pair(settings):
    settings.SECOND_PAIR_OF_EYES = True


def buttons(response):
    return [step.name for step in response.context["steps"]]


def history_of(row):
    events = row.pgh_event_models["insert"].objects.filter(pgh_obj_id=row.pk)
    return events.order_by("-pgh_id").first().pgh_context.metadata


# Steps of review ----------------------------------------------------------------------------------


def test_a_page_has_the_buttons_of_the_steps_that_its_reader_may_take(ada, dora):
    claim = make_claim(review_state="in_review")

    assert buttons(ada.get(page(claim))) == ["publish", "send_back", "retire"]
    assert buttons(dora.get(page(claim))) == ["take_back"]
    assert buttons(dora.get(page(Claim, "add"))) == ["submit"]
    assert buttons(ada.get(page(Claim, "add"))) == ["submit", "publish"]


def test_a_row_is_changed_and_published_in_one_go_with_a_reason(ada):
    claim = make_claim(review_state="draft")

    save(ada, page(claim), text="Better.", _publish="1", reason="Ready.")

    claim.refresh_from_db()
    assert (claim.text, claim.review_state, claim.version) == ("Better.", "published", 2)
    assert history_of(claim)["reason"] == "Ready."


def test_a_reason_is_kept_of_a_plain_save(ada):
    claim = make_claim()

    save(ada, page(claim), text="Better.", reason="A typo.")

    assert history_of(claim)["reason"] == "A typo."


@pytest.mark.parametrize(("step", "state"), [("send_back", "in_review"), ("retire", "published")])
def test_a_step_that_needs_a_reason_is_refused_without_one_and_nothing_is_lost(ada, step, state):
    claim = make_claim(review_state=state)

    response = save(ada, page(claim), text="Better.", **{f"_{step}": "1"})

    assert "Say why" in errors(response)["reason"][0]
    assert filled(response)["text"] == "Better."
    assert buttons(response) == buttons(ada.get(page(claim)))
    claim.refresh_from_db()
    assert claim.review_state == state


@pytest.mark.parametrize("reason", ["a\0b", "x" * 501])
def test_a_reason_that_cannot_be_kept_is_an_error_at_its_field(ada, reason):
    response = save(ada, page(make_claim()), text="Better.", reason=reason)

    assert list(errors(response)) == ["reason"]


def test_sending_back_makes_a_draft_of_it(ada):
    claim = make_claim(review_state="in_review")

    save(ada, page(claim), _send_back="1", reason="Which road?")

    claim.refresh_from_db()
    assert claim.review_state == "draft"


def test_a_step_on_a_page_that_another_changed_is_refused(ada):
    claim = make_claim(review_state="draft")
    sent = filled(ada.get(page(claim)))
    Claim.objects.update(text="Second.")

    response = ada.post(page(claim), sent | {"_publish": "1"})

    assert "Somebody changed this" in errors(response)[None][0]
    claim.refresh_from_db()
    assert claim.review_state == "draft"


def test_what_waits_says_who_submitted_it_and_with_what_note(ada, dora):
    claim = make_claim(review_state="draft")
    save(dora, page(claim), _submit="1", reason="Please look.")

    html = ada.get(page(claim)).content.decode()

    assert "submitted by dora on" in html
    assert "“Please look.”" in html


def test_retiring_from_the_list_asks_why_and_says_what_follows(ada):
    claim = make_statement().claim

    response = act(ada, Claim, "retire_selected", [claim])

    assert response.status_code == 200
    assert "1 published statement retires with it" in response.content.decode()
    claim.refresh_from_db()
    assert claim.review_state == "published"


def test_a_reason_given_in_the_list_is_kept(ada):
    claim = make_claim()

    act(ada, Claim, "retire_selected", [claim], reason="A double.")

    assert history_of(claim)["reason"] == "A double."


def test_retiring_a_document_says_whose_evidence_disappears(ada):
    document = make_document()
    make_citation(document=document)
    both = make_citation(document=document).statement
    make_citation(statement=both)
    make_citation(document=document, statement=make_statement(review_state="draft"))

    response = act(ada, Document, "retire_selected", [document], reason="Forged.")

    told = "2 published statements can be read in it, 1 of them in no other document"
    assert told in said(response)


# A second pair of eyes ----------------------------------------------------------------------------


def test_nobody_publishes_by_a_form_what_he_wrote(second_pair, ada):
    claim = make_claim(review_state="draft")

    response = save(ada, page(claim), text="Mine.", _publish="1")

    assert "another editor publishes it" in errors(response)[None][0]
    assert filled(response)["text"] == "Mine."
    claim.refresh_from_db()
    assert (claim.text == "Mine.", claim.review_state) == (False, "draft")


def test_nobody_publishes_a_new_row_that_he_wrote(second_pair, ada):
    given = {"text": "Mine.", "kind": "fact", "slug": "mine", "_publish": "1"}

    response = save(ada, page(Claim, "add"), **given)

    assert "another editor publishes it" in errors(response)[None][0]
    assert not Claim.objects.exists()


def test_nobody_publishes_from_the_list_what_he_wrote(second_pair, ada):
    claim = make_claim(review_state="draft")
    save(ada, page(claim), text="Mine.")

    response = act(ada, Claim, "publish_selected", [claim])

    assert "“Mine.”: You made its last change" in said(response)
    claim.refresh_from_db()
    assert claim.review_state == "draft"


def test_another_publishes_what_an_editor_wrote(second_pair, ada):
    claim = make_claim(review_state="draft")
    save(ada, page(claim), text="Mine.")
    eve = Client()
    log_in(eve, "eve", group="editors")

    save(eve, page(claim), _publish="1")

    claim.refresh_from_db()
    assert claim.review_state == "published"


def test_an_editors_change_of_what_is_public_waits_for_another(second_pair, ada):
    claim = make_claim(text="First.")

    save(ada, page(claim), text="Mine.")

    claim.refresh_from_db()
    assert claim.text == "First."
    assert Proposal.objects.get().fields == {"text": "Mine."}


def test_an_editors_deletion_of_what_is_public_waits_for_another(second_pair, ada):
    relation = make_relation()

    ada.post(page(relation, "delete"), {"reason": "It is wrong."})
    act(ada, Relation, "delete_selected", [relation], **CONFIRMED)

    assert Relation.objects.exists()
    assert Proposal.objects.get().deed == "delete"


def test_an_editor_does_not_delete_what_readers_cite_without_another(second_pair, ada):
    statement = make_citation().statement

    html = ada.get(page(statement, "delete")).content.decode()

    assert "your account doesn't have permission to delete" in html
    assert ada.post(page(statement, "delete"), CONFIRMED | {"stamp": ""}).status_code != 200
    assert Statement.objects.exists()


def test_nobody_is_offered_to_publish_what_they_wrote_last(second_pair, ada):
    claim = make_claim(review_state="draft")
    assert "publish" in buttons(ada.get(page(claim)))
    save(ada, page(claim), text="Mine.")

    shown = ada.get(page(claim))

    assert "publish" not in buttons(shown)
    assert "another editor publishes it" in shown.content.decode()
    assert "publish" not in buttons(ada.get(page(Claim, "add")))
    eve = Client()
    log_in(eve, "eve", group="editors")
    assert "publish" in buttons(eve.get(page(claim)))


def test_an_editor_retires_what_is_public_without_another(second_pair, ada):
    claim = make_claim()

    save(ada, page(claim), _retire="1", reason="A double.")

    claim.refresh_from_db()
    assert claim.review_state == "retired"


def test_a_change_and_a_step_of_what_is_public_go_one_after_the_other(second_pair, ada):
    claim = make_claim(text="First.")

    response = save(ada, page(claim), text="Mine.", _retire="1", reason="A double.")

    assert "then take the step apart" in errors(response)[None][0]
    claim.refresh_from_db()
    assert (claim.text, claim.review_state) == ("First.", "published")


# Proposals ----------------------------------------------------------------------------------------

SEEN = {
    "a published source": (make_source, {"name": "Mine"}),
    "a retired source": (lambda: make_source(review_state="retired"), {"name": "Mine"}),
    "a published document": (make_document, {"title": "Mine"}),
    "an affiliation of published sources": (make_affiliation, {"role": "Mine"}),
    "a published claim": (make_claim, {"text": "Mine."}),
    "a relation of published claims": (make_relation, {"rationale": "Mine."}),
    "a topic of a published claim": (
        lambda: make_claim(topics=[make_topic()]).topics.get(),
        {"name": "Mine"},
    ),
    "a published statement": (make_statement, {"note": "Mine."}),
}


@pytest.mark.parametrize("what", SEEN)
def test_a_contributors_change_waits_and_readers_see_what_stood(dora, what):
    make, change = SEEN[what]
    row = make()
    before = type(row).objects.filter(pk=row.pk).values().get()

    response = save(dora, page(row), **change, reason="A typo.")

    assert response.status_code == 302
    assert "waits for an editor" in said(dora.get(response.url))
    assert type(row).objects.filter(pk=row.pk).values().get() == before
    proposal = Proposal.objects.get()
    assert (proposal.target, proposal.fields) == (row, change)
    assert (proposal.author, proposal.note) == (dora.user, "A typo.")


def test_a_citation_changed_on_its_own_page_waits_with_its_statement(dora):
    citation = make_citation(quote="First.")

    save(dora, page(citation), quote="Mine.")

    proposal = Proposal.objects.get()
    assert proposal.target == citation.statement
    assert proposal.fields == {"citations": [{"id": citation.pk, "quote": "Mine."}]}


def test_citations_added_changed_and_ticked_to_go_wait(dora):
    statement, document = make_statement(), make_document()
    changed, gone = (make_citation(statement=statement, quote="First.") for _ in range(2))

    save(
        dora,
        page(statement),
        **{
            "citations-TOTAL_FORMS": "3",
            "citations-0-quote": "Mine.",
            "citations-1-DELETE": "on",
            "citations-2-document": document.pk,
            "citations-2-quote": "New.",
        },
    )

    first, second, third = Proposal.objects.get().fields["citations"]
    assert first == {"id": changed.pk, "quote": "Mine."}
    assert second == {"id": gone.pk, "delete": True}
    assert (third["document"], third["quote"]) == (document.pk, "New.")
    assert list(statement.citations.values_list("quote", flat=True)) == ["First.", "First."]


@pytest.mark.parametrize(
    ("make", "prefix", "end"),
    [
        (make_claim, "relations_from", "to_claim"),
        (make_claim, "relations_to", "from_claim"),
        (make_source, "affiliations", "body"),
        (make_source, "members", "member"),
    ],
)
def test_a_new_row_below_a_published_one_waits(dora, ada, make, prefix, end):
    row, other = make(), make()
    more = {f"{prefix}-0-kind": "implies"} if "relation" in prefix else {}

    save(dora, page(row), **{f"{prefix}-TOTAL_FORMS": "1", f"{prefix}-0-{end}": other.pk, **more})
    proposal = Proposal.objects.get()
    ada.post(page(proposal), {"_accept": "1"} | seen(ada, proposal))

    assert getattr(getattr(row, prefix).get(), end) == other


@pytest.mark.parametrize("model", [Relation, Affiliation])
def test_a_new_row_that_readers_would_see_waits(dora, model):
    make, names = (
        (make_claim, ("from_claim", "to_claim"))
        if model is Relation
        else (make_source, ("member", "body"))
    )
    given = {name: make().pk for name in names} | {"kind": "implies"}

    response = dora.post(page(model, "add"), given)

    assert response.status_code == 302
    assert not model.objects.exists()
    assert Proposal.objects.get().deed == "add"


def test_a_relation_moved_to_where_readers_would_see_it_waits(dora):
    relation, other = make_relation(to_claim=make_claim(review_state="draft")), make_claim()

    save(dora, page(relation), to_claim=other.pk)

    relation.refresh_from_db()
    assert relation.to_claim != other
    assert Proposal.objects.get().fields == {"to_claim": other.pk}


def test_a_contributor_asks_for_a_deletion_and_says_why(dora, ada):
    relation = make_relation()
    assert "Propose to delete it" in dora.get(page(relation)).content.decode()

    dora.post(page(relation, "delete"), {"reason": "It is wrong."})

    proposal = Proposal.objects.get()
    assert (proposal.deed, proposal.note) == ("delete", "It is wrong.")
    ada.post(page(proposal), {"_accept": "1"} | seen(ada, proposal))
    assert not Relation.objects.exists()


def test_what_could_not_be_accepted_is_refused_at_once_and_stays_in_the_form(dora):
    claim, other = make_claim(), make_claim()
    make_relation(from_claim=other, to_claim=claim, kind="contradicts")

    response = save(
        dora,
        page(claim),
        **{
            "relations_from-TOTAL_FORMS": "1",
            "relations_from-0-kind": "contradicts",
            "relations_from-0-to_claim": other.pk,
        },
    )

    assert response.status_code == 200
    assert not Proposal.objects.exists()


def test_a_proposal_without_a_change_is_refused(dora):
    response = save(dora, page(make_claim()))

    assert "no change" in errors(response)[None][0]


def test_who_may_not_propose_changes_nothing(client):
    user = make_user("eve", is_staff=True)
    for name in ("view_claim", "change_claim"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)

    assert client.post(page(make_claim()), {"text": "Mine."}).status_code == 403


# On the page of the row ---------------------------------------------------------------------------


def propose(client, row, **changes):
    save(client, page(row), **changes)
    return Proposal.objects.latest("pk")


def test_the_row_shows_what_waits_to_its_author_and_to_editors_only(dora, ada):
    claim = make_claim()
    link = page(propose(dora, claim, text="Mine."))
    eve = Client()
    log_in(eve, "eve", group="contributors")

    assert link in dora.get(page(claim)).content.decode()
    assert link in ada.get(page(claim)).content.decode()
    assert link not in eve.get(page(claim)).content.decode()


def test_a_proposal_is_in_no_answer_of_the_api(dora, client):
    claim = make_claim(text="First.")
    propose(dora, claim, text="Secret words.")

    for address in (f"/api/v1/claims/{claim.slug}/", "/api/v1/claims/"):
        for reader in (client, dora):
            assert "Secret words" not in reader.get(address).content.decode()


def test_the_author_changes_a_proposal_in_the_form(dora):
    claim = make_claim(text="First.", language="en")
    proposal = propose(dora, claim, text="Mine.")
    address = f"{page(claim)}?proposal={proposal.pk}"

    assert filled(dora.get(address))["text"] == "Mine."
    save(dora, address, language="az", reason="And the language.")

    proposal = Proposal.objects.get()
    assert proposal.fields == {"text": "Mine.", "language": "az"}
    assert proposal.note == "And the language."


def test_the_rows_below_are_filled_in_too(dora):
    statement, document = make_statement(), make_document()
    changed, gone = (make_citation(statement=statement, quote="First.") for _ in range(2))
    proposal = propose(
        dora,
        statement,
        **{
            "citations-TOTAL_FORMS": "3",
            "citations-0-quote": "Mine.",
            "citations-1-DELETE": "on",
            "citations-2-document": document.pk,
            "citations-2-quote": "New.",
        },
    )
    before = proposal.fields

    address = f"{page(statement)}?proposal={proposal.pk}"
    form = filled(dora.get(address))
    save(dora, address, note="Mine too.")

    assert (form["citations-0-quote"], form["citations-2-quote"]) == ("Mine.", "New.")
    assert form["citations-1-DELETE"]
    assert Proposal.objects.get().fields == before | {"note": "Mine too."}


def test_an_editor_saves_a_proposal_otherwise_and_so_accepts_it(dora, ada):
    claim = make_claim(text="First.")
    proposal = propose(dora, claim, text="Mine.")

    save(ada, f"{page(claim)}?proposal={proposal.pk}", text="Ours.")

    claim.refresh_from_db()
    proposal.refresh_from_db()
    assert (claim.text, proposal.state, proposal.decided_by) == ("Ours.", "accepted", ada.user)


def test_its_author_saves_a_proposal_himself_once_the_row_is_a_draft_again(dora):
    claim = make_claim(text="First.")
    save(dora, page(claim), text="Better.")
    Claim.objects.update(review_state="draft")

    save(dora, f"{page(claim)}?proposal={Proposal.objects.get().pk}")

    claim.refresh_from_db()
    assert (claim.text, Proposal.objects.get().state) == ("Better.", "withdrawn")


def test_a_new_row_that_waits_is_opened_in_the_form(dora, ada):
    one, other = make_claim(), make_claim()
    dora.post(
        page(Relation, "add"), {"from_claim": one.pk, "kind": "implies", "to_claim": other.pk}
    )
    proposal = Proposal.objects.get()

    save(ada, f"{page(Relation, 'add')}?proposal={proposal.pk}", rationale="So they said.")

    proposal.refresh_from_db()
    assert proposal.state == "accepted"
    assert proposal.target == Relation.objects.get(rationale="So they said.", to_claim=other)


@pytest.mark.parametrize("key", ["0", "x", "\0", str(10**30), ""])
def test_an_address_that_names_no_proposal_opens_the_form_as_it_is(dora, key):
    assert dora.get(page(make_claim()), {"proposal": key}).status_code == 200


def test_another_contributors_proposal_does_not_fill_in_the_form(dora):
    claim = make_claim(text="First.")
    proposal = propose(dora, claim, text="Mine.")
    eve = Client()
    log_in(eve, "eve", group="contributors")

    assert filled(eve.get(page(claim), {"proposal": proposal.pk}))["text"] == "First."


# The page of a proposal ---------------------------------------------------------------------------


def seen(client, proposal):
    """Return the hidden inputs of a proposal's page."""
    return {"seen": client.get(page(proposal)).context["seen"]}


def decide(client, proposal, deed, **more):
    sent = {f"_{deed}": "1", **seen(client, proposal), **more}
    return client.post(page(proposal), sent)


def test_it_shows_what_differs_word_by_word_with_author_and_note(dora, ada):
    proposal = propose(
        dora, make_claim(text="The road is shut."), text="The road is open.", reason="I was there."
    )

    html = ada.get(page(proposal)).content.decode()

    assert "<del>shut</del><ins>open</ins>" in html
    assert "dora" in html and "“I was there.”" in html


def test_an_editor_accepts(dora, ada):
    claim = make_claim(text="First.")
    proposal = propose(dora, claim, text="Mine.", reason="A typo.")

    decide(ada, proposal, "accept", reason="Right.")

    claim.refresh_from_db()
    assert claim.text == "Mine."
    assert history_of(claim)["proposed_by"] == dora.user.pk
    assert history_of(claim)["user"] == ada.user.pk


def test_an_editor_refuses_and_the_author_reads_why(dora, ada):
    proposal = propose(dora, make_claim(text="First."), text="Mine.")

    decide(ada, proposal, "reject", reason="He did not say so.")

    assert "“He did not say so.”" in dora.get(page(proposal)).content.decode()


def test_refusing_without_a_reason_is_refused(dora, ada):
    proposal = propose(dora, make_claim(), text="Mine.")

    response = decide(ada, proposal, "reject")

    assert "Say why" in response.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == "waiting"


def test_the_author_withdraws(dora):
    proposal = propose(dora, make_claim(), text="Mine.")

    decide(dora, proposal, "withdraw")

    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"


@pytest.mark.parametrize("deed", ["accept", "reject"])
def test_a_contributor_decides_on_nothing(dora, deed):
    claim = make_claim(text="First.")
    proposal = propose(dora, claim, text="Mine.")

    response = decide(dora, proposal, deed, reason="So.")

    assert "for editors" in response.content.decode()
    claim.refresh_from_db()
    assert claim.text == "First."


def test_a_conflict_shows_three_values_and_waits_for_a_decision(dora, ada):
    claim = make_claim(text="First.")
    proposal = propose(dora, claim, text="Mine.")
    Claim.objects.update(text="Second.")

    html = ada.get(page(proposal)).content.decode()
    response = decide(ada, proposal, "accept")
    decide(ada, proposal, "accept", **{"take-text": "proposed"})

    assert all(text in html for text in ("First.", "Second.", "Mine."))
    assert "choose for each" in response.content.decode()
    claim.refresh_from_db()
    assert claim.text == "Mine."


def test_a_decision_on_what_changed_meanwhile_is_refused(dora, ada):
    claim = make_claim(text="First.")
    proposal = propose(dora, claim, text="Mine.")
    looked_at = seen(ada, proposal)
    Claim.objects.update(text="Second.")

    response = ada.post(page(proposal), {"_accept": "1", "take-text": "proposed"} | looked_at)

    assert "look again" in response.content.decode()
    claim.refresh_from_db()
    assert claim.text == "Second."


def test_an_editor_does_not_accept_his_own_words_under_a_second_pair_of_eyes(second_pair, ada):
    proposal = propose(ada, make_claim(text="First."), text="Mine.")

    html = ada.get(page(proposal)).content.decode()
    decide(ada, proposal, "accept")

    assert 'name="_accept"' not in html
    proposal.refresh_from_db()
    assert proposal.state == "waiting"


def test_a_proposal_on_what_one_may_not_edit_is_not_there(dora, client):
    proposal = propose(dora, make_document(title="First"), title="Secret")
    user = make_user("eve", is_staff=True)
    for name in ("view_proposal", "view_claim", "change_claim"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)

    response = client.get(page(proposal), follow=True)

    assert "Secret" not in response.content.decode()
    assert "Secret" not in client.get(page(Proposal, "changelist")).content.decode()
    assert "Secret" not in client.get(QUEUE).content.decode()


def test_the_list_of_proposals_costs_the_same_for_ten_as_for_one(dora, ada):
    def grow():
        propose(dora, make_claim(), text="Mine.")
        propose(dora, make_statement(), note="Mine.")
        propose(dora, make_document(publisher=make_source()), title="Mine")

    grow()
    one = queries(ada, page(Proposal, "changelist"))
    for _ in range(4):
        grow()

    assert queries(ada, page(Proposal, "changelist")) == one


# The queue ----------------------------------------------------------------------------------------


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def names(response):
    return [item["name"] for item in response.context["items"]]


def submit(client, row, **more):
    save(client, page(row), _submit="1", **more)
    return row


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_queue_lists_the_oldest_submission_first():
    dora = Client()
    log_in(dora, "dora", group="contributors")
    young, old = (make_claim(text=text, review_state="draft") for text in ("Young.", "Old."))
    submit(dora, old)
    propose(dora, make_claim(text="Middle."), text="Mine.")
    submit(dora, young)

    assert [name.partition(" (")[0] for name in names(dora.get(QUEUE))] == [
        "Old.",
        "Claim: Middle.",
        "Young.",
    ]


def test_the_queue_says_who_submitted_it_and_with_what_note(dora, ada):
    submit(dora, make_claim(review_state="draft"), reason="Please look.")

    [item] = ada.get(QUEUE).context["items"]

    assert (item["who"], item["note"], item["kind"]) == ("dora", "Please look.", "Claim")


def test_the_queue_shows_what_was_never_published_whole(dora, ada):
    statement = make_statement(review_state="draft", said="2023-09-07", occasion="In parliament.")
    make_citation(statement=statement, quote="We are not blocking it.")
    submit(dora, statement)

    html = ada.get(QUEUE).content.decode()

    assert "In parliament." in html and "We are not blocking it." in html
    assert "never published" in html


def test_the_queue_shows_how_it_differs_from_what_was_published(dora, ada):
    claim = make_claim(text="The road is shut.", kind="fact")
    Claim.objects.update(review_state="draft")
    save(dora, page(claim), text="The road is open.", _submit="1")

    html = ada.get(QUEUE).content.decode()

    assert "<del>shut</del><ins>open</ins>" in html
    assert "<dt>Kind</dt>" not in html


def test_the_queue_shows_what_a_proposal_changes(dora, ada):
    propose(dora, make_claim(text="The road is shut."), text="The road is open.")

    assert "<del>shut</del><ins>open</ins>" in ada.get(QUEUE).content.decode()


def test_the_queue_shows_no_stored_text(dora, ada):
    submit(dora, make_document(review_state="draft", text="Every word of it."))

    assert "Every word of it." not in ada.get(QUEUE).content.decode()


@pytest.mark.parametrize(
    ("by", "expected"), [("me", {"Mine."}), ("others", {"Hers.", "Nobody's."})]
)
def test_the_queue_is_filtered_by_whose_submission_it_is(dora, ada, by, expected):
    mine, hers = (make_claim(text=text, review_state="draft") for text in ("Mine.", "Hers."))
    submit(ada, mine)
    submit(dora, hers)
    make_claim(text="Nobody's.", review_state="in_review")

    found = {name.partition(" (")[0] for name in names(ada.get(QUEUE, {"by": by}))}

    assert found == expected


def test_the_queue_is_filtered_by_kind(dora, ada):
    submit(dora, make_claim(review_state="draft"))
    submit(dora, make_source(name="Bayramov", review_state="draft"))

    [item] = ada.get(QUEUE, {"kind": "source"}).context["items"]

    assert item["name"].startswith("Bayramov")


@pytest.mark.parametrize(
    "query",
    [{"kind": "x"}, {"by": "x"}, {"after": "x"}, {"after": "1-2"}, {"after": "9" * 19 + "-0-1"}],
)
def test_an_address_of_the_queue_that_makes_no_sense_leads_to_its_beginning(ada, query):
    assert ada.get(QUEUE, query).url == QUEUE


def test_the_pages_of_the_queue_have_each_row_once(ada):
    for _ in range(4):
        make_claim(review_state="in_review")
        make_source(review_state="in_review")
        make_statement(review_state="in_review")
        make_document(review_state="in_review")
    user, found, after = ada.user, [], None

    while more := waiting(user, after=after, limit=3):
        found += [(type(each.row), each.row.pk) for each in more]
        after = more[-1].mark

    assert len(found) == len(set(found)) == 16
    assert count(user) == 16


def test_the_queue_goes_on_from_page_to_page(ada):
    claims = [make_claim(review_state="in_review") for _ in range(30)]

    first = ada.get(QUEUE)
    second = ada.get(f"{QUEUE}?{first.context['more']}")

    assert len(names(first)) + len(names(second)) == len(claims)
    assert not set(names(first)) & set(names(second))
    assert not second.context["more"]


def test_the_queue_of_who_may_edit_nothing_is_empty(client):
    make_claim(text="Secret.", review_state="in_review")
    client.force_login(make_user("eve", is_staff=True))

    assert client.get(QUEUE).context["items"] == []


def test_the_queue_costs_the_same_for_twenty_as_for_two(dora, ada):
    def grow():
        for model_row in (
            make_claim(review_state="draft"),
            make_source(review_state="draft"),
            make_document(review_state="draft", publisher=make_source()),
            make_citation(statement=make_statement(review_state="draft")).statement,
        ):
            submit(dora, model_row)
        again = make_statement(note="First.")
        Statement.objects.filter(pk=again.pk).update(review_state="draft", note="Second.")
        submit(dora, again)
        propose(dora, make_claim(topics=[make_topic()]), text="Mine.")
        cited = make_citation(quote="First.")
        propose(dora, cited.statement, **{"citations-0-quote": "Mine."})

    grow()
    few = queries(ada, QUEUE)
    for _ in range(2):
        grow()

    assert queries(ada, QUEUE) == few


# What was in the way before -----------------------------------------------------------------------


def test_the_add_form_leads_back_to_the_claim_it_was_opened_from(ada):
    claim = make_claim()
    address = f"{page(Statement, 'add')}?claim={claim.pk}&stance=denies"

    response = save(ada, address, source=make_source().pk)

    assert response.url == page(claim)


def test_the_add_form_leads_back_to_the_document_it_was_opened_from(ada):
    document = make_document()
    address = f"{page(Statement, 'add')}?document={document.pk}"
    given = {"claim": make_claim().pk, "source": make_source().pk, "stance": "asserts"}

    assert save(ada, address, **given).url == page(document)


def test_the_page_that_refuses_a_deletion_names_the_remedy(ada):
    claim = make_statement().claim

    html = ada.get(page(claim, "delete")).content.decode()

    assert "Retire it instead" in html
    assert "merge it" in html


def test_deleting_a_topic_says_how_many_claims_lose_it(ada):
    topic = make_topic()
    make_claim(topics=[topic])
    make_claim(topics=[topic], review_state="draft")

    html = ada.get(page(topic, "delete")).content.decode()

    assert "2 claims lose this topic, 1 of them published" in html


def test_a_slug_that_an_older_date_left_behind_is_not_blamed_on_the_order(ada):
    claim, source = make_claim(), make_source()
    make_statement(
        claim=claim,
        source=source,
        said="2023-09-08",
        slug=f"{source.slug}--{claim.slug}--2023-09-07",
    )
    given = {"claim": claim.pk, "source": source.pk, "stance": "asserts", "said": "2023-09-07"}

    response = save(ada, page(Statement, "add"), **given)

    assert "dated 2023-09-08" in errors(response)["slug"][0]
    assert "order" not in errors(response)["slug"][0]
