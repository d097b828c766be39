"""The pages of the history and of what was deleted."""

import pghistory
import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims import actions
from claims.models import Citation, Claim, Proposal, Statement, Topic
from claimtracker.deletions import restore
from claimtracker.history import History
from sources.models import Affiliation, Document
from tests.desk import act, confirm, delete, log_in, page, said, save
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


@pytest.fixture
def editor(client):
    log_in(client)
    return client


@pytest.fixture
def contributor(client):
    log_in(client, "dora", group="contributors")
    return client


def text(response) -> str:
    return response.content.decode()


def version(row, number=0, what="version"):
    """Return the address of a version of a row, the first unless told otherwise."""
    opts = row._meta
    key = History(type(row), row.pk).entries[number].key
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{what}", args=[row.pk, key])


def changed(row, **fields):
    with pghistory.context():
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
    return row


def two_versions(**fields):
    return changed(make_claim(text="First words.", **fields), text="Second words.")


def deleted(row):
    pk = row.pk
    with pghistory.context():
        row.delete()
    row.pk = pk
    return row


def restore_page(row):
    return reverse("admin:restore", args=[row._meta.label_lower, row.pk])


def revert(client, row, **fields):
    """Send what the page of a revert sends, of all that it offers what is ticked at first."""
    address = version(row, what="revert")
    shown = client.get(address)
    sent = {"seen": shown.context["newest"], "reason": "It was right.", "with_parts": "on"}
    return client.post(address, sent | fields)


# What was changed ---------------------------------------------------------------------------------


def test_the_history_shows_what_an_editor_changed_the_newest_first(editor):
    claim = make_claim(text="First words.")
    save(editor, page(claim), text="Second words.")

    html = text(editor.get(page(claim, "history")))

    assert '<span class="who">ada</span>' in html
    assert "<del>First</del><ins>Second</ins> words." in html
    assert html.index("changed") < html.index("recorded")


def test_the_page_of_a_row_links_to_its_history(editor):
    claim = make_claim()

    assert page(claim, "history") in text(editor.get(page(claim)))


def test_the_history_of_a_deleted_row_leads_to_its_restoring(editor):
    claim = deleted(make_claim(text="It is so."))

    html = text(editor.get(page(claim, "history")))

    assert "It is so." in html
    assert restore_page(claim) in html


@pytest.mark.parametrize("pk", ["0", "9" * 30, "x", "999999"])
def test_what_never_was_has_no_history(editor, pk):
    assert editor.get(f"/admin/claims/claim/{pk}/history/").status_code == 404


def test_a_history_has_pages(editor):
    claim = make_claim()
    for n in range(50):
        changed(claim, text=f"Text {n}.")

    first, last = (text(editor.get(page(claim, "history"), {"p": n})) for n in (1, 2))

    assert (first.count('<li class="entry"'), last.count('<li class="entry"')) == (50, 1)
    assert "51 entries" in first


@pytest.mark.parametrize("asked", ["0", "x", "99"])
def test_a_page_of_the_history_that_is_none_is_answered_with_one(editor, asked):
    assert editor.get(page(make_claim(), "history"), {"p": asked}).status_code == 200


def cost(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_long_history_costs_the_queries_of_a_short_one(editor):
    short, long = make_statement(), make_statement()
    for statement, number in ((short, 10), (long, 200)):
        for n in range(number):
            changed(statement, note=f"Note {n}")
            if n % 10 == 0:
                make_citation(statement=statement, document=make_document())

    assert cost(editor, page(short, "history")) == cost(editor, page(long, "history"))


# A document's stored text is for those who may edit -----------------------------------------------


@pytest.fixture
def looker(client):
    """Somebody who may look at documents and not change them."""
    from django.contrib.auth.models import Permission

    user = make_user("lou", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_document"))
    client.force_login(user)
    return client


@pytest.mark.parametrize("what", ["history", "version", "deleted", "restore"])
def test_the_stored_text_is_not_in_the_history_for_those_who_may_not_edit(looker, what):
    document = make_document(text="Private words.", title="Its title")
    changed(document, text="Other private words.")
    addresses = {"history": page(document, "history"), "version": version(document)}
    if what in {"deleted", "restore"}:
        deleted(document)
    addresses |= {"deleted": reverse("admin:deleted"), "restore": restore_page(document)}

    html = text(looker.get(addresses[what]))

    assert "Its title" in html
    assert "rivate words" not in html


def test_the_stored_text_is_in_the_history_for_those_who_may_edit(editor):
    assert "Private words." in text(
        editor.get(page(make_document(text="Private words."), "history"))
    )


# As it stood then ---------------------------------------------------------------------------------


def test_a_version_shows_the_whole_row_as_it_stood(editor):
    claim = two_versions(language="en")

    html = text(editor.get(version(claim)))

    assert "<dt>Text</dt><dd>First words.</dd>" in html
    assert "<dt>Language</dt><dd>en</dd>" in html


def test_a_version_that_is_none_is_not_found(editor):
    claim = make_claim()

    assert editor.get(f"/admin/claims/claim/{claim.pk}/history/nothing/").status_code == 404


# Back to it ---------------------------------------------------------------------------------------


def test_the_page_of_a_revert_shows_what_it_would_change(editor):
    html = text(editor.get(version(two_versions(), what="revert")))

    assert "<del>Second</del><ins>First</ins> words." in html


def test_an_editor_reverts_to_a_version(editor):
    claim = two_versions()

    response = revert(editor, claim)

    assert (response.status_code, response.url) == (302, page(claim))
    claim.refresh_from_db()
    assert claim.text == "First words."


def test_a_revert_needs_a_reason(editor):
    claim = two_versions()

    response = revert(editor, claim, reason=" ")

    assert "Say why" in text(response)
    claim.refresh_from_db()
    assert claim.text == "Second words."


def test_a_refused_revert_says_why_and_keeps_the_reason(editor):
    claim = make_claim(slug="first", review_state="draft")
    changed(claim, slug="second")
    make_claim(slug="first")

    html = text(revert(editor, claim, reason="My reason."))

    assert "Claim with this Slug already exists" in html
    assert "My reason.</textarea>" in html


def test_a_revert_of_what_was_changed_meanwhile_is_shown_again(editor):
    claim = two_versions()
    seen = editor.get(version(claim, what="revert")).context["newest"]
    changed(claim, text="Third words.")

    html = text(revert(editor, claim, seen=seen))

    assert "Somebody changed it meanwhile" in html
    assert "<del>Third</del><ins>First</ins> words." in html


def test_a_version_that_says_the_same_is_not_reverted_to(editor):
    html = text(editor.get(version(two_versions(), -1, what="revert")))

    assert "Nothing differs" in html and "<textarea" not in html


def test_a_contributor_reverts_a_draft(contributor):
    claim = two_versions(review_state="draft")

    revert(contributor, claim)

    claim.refresh_from_db()
    assert claim.text == "First words."


def test_a_contributor_does_not_publish_by_a_revert(contributor):
    claim = changed(make_claim(), review_state="draft")

    assert revert(contributor, claim, with_state="on").status_code == 403
    claim.refresh_from_db()
    assert claim.review_state == "draft"


def test_a_contributor_does_not_delete_by_a_revert(contributor):
    with pghistory.context():
        statement = changed(make_statement(review_state="draft"), note="First.")
    changed(statement, note="Second.")
    with pghistory.context():
        changed(statement, note="Third.")
        make_citation(statement=statement)

    assert "an editor may remove it" in text(contributor.get(version(statement, what="revert")))
    assert revert(contributor, statement, without_later="on").status_code == 403
    assert revert(contributor, statement).status_code == 302
    assert Citation.objects.exists()


def test_what_was_added_later_stays_unless_it_is_ticked(editor):
    with pghistory.context():
        minister = changed(make_source(name="Old name."), name="First name.")
    changed(minister, name="Second name.")
    with pghistory.context():
        changed(minister, name="Third name.")
        affiliation = make_affiliation(member=minister)

    shown = text(editor.get(version(minister, what="revert")))
    revert(editor, minister)

    assert 'name="without_later" value="on">' in shown
    minister.refresh_from_db()
    assert minister.name == "First name."
    assert Affiliation.objects.get() == affiliation
    revert(editor, minister, without_later="on")
    assert not Affiliation.objects.exists()


def test_a_revert_to_a_document_that_was_deleted_says_so_and_leads_to_it(editor):
    document = make_document(title="Readout of the call")
    with pghistory.context():
        statement = make_statement(note="First.")
        citation = make_citation(statement=statement, document=document)
    with pghistory.context():
        citation.delete()
        changed(statement, note="Second.")
    document = deleted(document)

    shown = text(editor.get(version(statement, what="revert")))
    refused = text(revert(editor, statement))

    for html in (shown, refused):
        assert "Document: “Readout of the call” was deleted." in html
        assert restore_page(document) in html
        assert reverse("admin:deleted") in html
    statement.refresh_from_db()
    assert statement.note == "Second."
    assert revert(editor, statement, with_parts="").status_code == 302
    statement.refresh_from_db()
    assert statement.note == "First."


def test_a_history_offers_no_revert_to_those_who_may_not_change_the_row(looker):
    assert "Revert to this version" not in text(looker.get(page(two_versions(), "history")))


# A revert that waits ------------------------------------------------------------------------------


@pytest.fixture
def second_pair(settings):
    settings.SECOND_PAIR_OF_EYES = True


def accepted(proposal, user=None):
    return actions.accept(proposal=proposal, user=user or make_user("bea", group="editors"))


def with_a_past():
    """Return a published statement of whose citations one was added, one changed and one deleted.

    The deleted one was the origin of the changed one.
    """
    with pghistory.context():
        statement = make_statement(note="First.")
        gone = make_citation(statement=statement, quote="Origin.")
        kept = make_citation(statement=statement, quote="First.", via=gone)
    with pghistory.context():
        changed(kept, quote="Second.", via=None)
        gone.delete()
        make_citation(statement=statement, quote="Added.")
        changed(statement, note="Second.")
    return statement


def told_of(statement):
    rows = statement.citations.order_by("pk").values_list("pk", "quote", "via")
    return [statement.note, *rows]


@pytest.mark.parametrize("state", ["published", "retired"])
def test_a_contributors_revert_of_what_is_settled_waits(contributor, state):
    claim = changed(two_versions(), review_state=state)

    response = revert(contributor, claim)

    claim.refresh_from_db()
    assert (response.status_code, claim.text) == (302, "Second words.")
    proposal = Proposal.objects.get()
    assert (proposal.target, proposal.note) == (claim, "It was right.")
    assert proposal.fields == {"text": "First words."}


def test_an_editors_revert_waits_for_a_second_pair_of_eyes(second_pair, editor):
    claim = two_versions()

    revert(editor, claim)

    claim.refresh_from_db()
    assert claim.text == "Second words."
    accepted(Proposal.objects.get())
    claim.refresh_from_db()
    assert claim.text == "First words."


def test_a_revert_that_waits_brings_back_what_belonged_to_it_just_as_the_other_does(contributor):
    statement, other = with_a_past(), with_a_past()
    revert(contributor, statement, without_later="on")
    proposal = Proposal.objects.get()
    before = told_of(statement)

    accepted(proposal)
    contributor.logout()
    log_in(contributor, "eve", group="editors")
    revert(contributor, other, without_later="on")

    said = []
    for row in (statement, other):
        row.refresh_from_db()
        note, *citations = told_of(row)
        said.append([note, *(quote for _, quote, _ in citations)])
        assert citations[1][2] == citations[0][0]
    assert before[0] == "Second." and said == [["First.", "Origin.", "First."]] * 2


def test_a_row_that_a_revert_brings_back_has_the_id_that_it_had(contributor):
    statement = with_a_past()
    gone = Citation.pgh_event_models["delete"].objects.get(pgh_label="delete").pgh_obj_id
    revert(contributor, statement)

    accepted(Proposal.objects.get())

    assert statement.citations.filter(pk=gone).exists()


def test_a_revert_that_waits_sets_the_topics_back(contributor):
    claim, topic = make_claim(text="First words."), make_topic()
    with pghistory.context():
        claim.topics.add(topic)
        changed(claim, text="Second words.")

    revert(contributor, claim, without_later="on")

    assert Proposal.objects.get().fields == {"text": "First words.", "topics": []}


def test_a_revert_that_waits_leaves_the_topics_that_were_added_later(contributor):
    claim = make_claim(text="First words.")
    with pghistory.context():
        claim.topics.add(make_topic())
        changed(claim, text="Second words.")

    revert(contributor, claim)

    assert Proposal.objects.get().fields == {"text": "First words."}


def test_a_revert_that_waits_may_leave_what_belongs_to_the_row(contributor):
    statement = with_a_past()

    revert(contributor, statement, with_parts="")

    assert Proposal.objects.get().fields == {"note": "First."}


def test_a_revert_of_what_readers_would_see_then_waits(contributor):
    seen, other, hidden = make_claim(), make_claim(), make_claim(review_state="draft")
    with pghistory.context():
        relation = make_relation(from_claim=seen, to_claim=other)
    changed(relation, to_claim=hidden)

    revert(contributor, relation)

    relation.refresh_from_db()
    assert relation.to_claim == hidden
    assert Proposal.objects.get().fields == {"to_claim": other.pk}


def test_a_revert_of_what_was_changed_meanwhile_does_not_wait(contributor):
    claim = two_versions()
    seen = contributor.get(version(claim, what="revert")).context["newest"]
    changed(claim, text="Third words.")

    assert "Somebody changed it meanwhile" in text(revert(contributor, claim, seen=seen))
    assert not Proposal.objects.exists()


def test_a_revert_to_a_reference_that_is_gone_is_refused_at_once(contributor):
    topic = make_topic()
    with pghistory.context():
        claim = make_claim()
        claim.topics.add(topic)
    with pghistory.context():
        claim.topics.clear()
        changed(claim, text="Second words.")
    topic.delete()

    assert "was deleted. Restore that first." in text(revert(contributor, claim))
    assert not Proposal.objects.exists()


def test_who_may_not_propose_reverts_nothing_that_is_settled(client):
    right = Permission.objects.get(codename="change_claim")
    log_in(client, "lou").user_permissions.add(right)

    assert revert_status(client, two_versions()) == 403


def revert_status(client, row):
    return client.get(version(row, what="revert")).status_code


# Deleting asks why --------------------------------------------------------------------------------


def reason_of_deletion(model):
    events = model.pgh_event_models["delete"].objects
    return events.get(pgh_label="delete").pgh_context.metadata["reason"]


def test_deleting_a_row_keeps_the_reason(editor):
    delete(editor, make_claim(), reason="twice here")

    assert reason_of_deletion(Claim) == "twice here"


def test_deleting_a_row_without_a_reason_is_asked_again(editor):
    response = delete(editor, make_claim(), reason=" ")

    assert "Say why" in text(response)
    assert Claim.objects.exists()


def test_deleting_ticked_rows_keeps_the_reason(editor):
    act(editor, Claim, "delete_selected", [make_claim()], post="yes", reason="twice here")

    assert reason_of_deletion(Claim) == "twice here"


def test_deleting_ticked_rows_without_a_reason_is_asked_again(editor):
    response = act(editor, Claim, "delete_selected", [make_claim()], post="yes")

    assert "Say why" in said(response)
    assert 'name="reason"' in text(response)
    assert Claim.objects.exists()


# What was deleted ---------------------------------------------------------------------------------


def test_the_index_links_to_what_was_deleted(editor):
    assert reverse("admin:deleted") in text(editor.get(reverse("admin:index")))


def test_what_was_deleted_is_listed_with_a_link_to_restore_it(editor):
    claim = deleted(make_claim(text="It is so."))

    html = text(editor.get(reverse("admin:deleted")))

    assert "Claim: It is so." in html
    assert restore_page(claim) in html


def test_what_was_deleted_is_filtered(editor):
    deleted(make_claim(text="It is so."))
    deleted(make_topic(name="Roads"))

    html = text(editor.get(reverse("admin:deleted"), {"model": "claims.topic"}))

    assert "Roads" in html and "It is so." not in html


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "auth.user"},
        {"user": "x"},
        {"user": "\0"},
        {"user": "9" * 40},
        {"at": "x", "of": "y", "event": "z"},
        {"at": "2023-01-01", "of": "claims.claim", "event": "1"},
        {"at": "2023-01-01T00:00:00+00:00", "of": "\0", "event": "9" * 40},
    ],
)
def test_a_filter_that_makes_no_sense_is_not_asked(editor, asked):
    assert editor.get(reverse("admin:deleted"), asked).status_code == 200


def test_a_long_list_of_what_was_deleted_has_pages(editor):
    for n in range(51):
        deleted(make_topic(name=f"Topic number {n}"))

    first = editor.get(reverse("admin:deleted"))
    older = editor.get(f"{reverse('admin:deleted')}?{first.context['older']}")

    assert [text(each).count('<li class="entry"') for each in (first, older)] == [50, 1]


def test_an_editor_restores_a_row(editor):
    claim = deleted(make_claim(text="It is so."))

    response = confirm(editor, restore_page(claim), reason="It was needed.")

    assert (response.status_code, response.url) == (302, page(claim))
    claim.refresh_from_db()
    assert (claim.text, claim.review_state) == ("It is so.", "published")


def test_restoring_needs_a_reason(editor):
    claim = deleted(make_claim())

    assert "Say why" in text(confirm(editor, restore_page(claim), reason=""))
    assert not Claim.objects.exists()


def test_restoring_a_row_whose_claim_is_gone_leads_to_the_claim(editor):
    statement = deleted(make_statement())
    claim = deleted(statement.claim)

    html = text(editor.get(restore_page(statement)))

    assert restore_page(claim) in html
    assert "<textarea" not in html


def test_what_a_contributor_restores_is_a_draft(contributor):
    claim = deleted(make_claim())

    confirm(contributor, restore_page(claim), reason="It was needed.")

    assert Claim.objects.get().review_state == "draft"


def test_a_citation_that_readers_would_see_waits_to_be_restored(contributor):
    citation = deleted(make_citation())

    response = confirm(contributor, restore_page(citation), reason="It was needed.", follow=True)

    assert "It waits for an editor's review." in said(response)
    assert not Citation.objects.exists()
    accepted(Proposal.objects.get())
    assert Citation.objects.get() == citation


def test_a_topic_comes_back_with_its_claims_once_an_editor_accepts_it(contributor):
    claim, topic = make_claim(), make_topic()
    claim.topics.add(topic)
    deleted(topic)
    confirm(contributor, restore_page(topic), reason="It was needed.")
    assert not Topic.objects.exists()

    accepted(Proposal.objects.get())

    assert list(claim.topics.all()) == [topic]


def test_what_was_restored_meanwhile_is_not_restored_again(contributor):
    citation = deleted(make_citation())
    confirm(contributor, restore_page(citation), reason="It was needed.")
    restore(model=Citation, pk=citation.pk, user=make_user("eve"), reason="Now.")

    with pytest.raises(ValidationError, match="not among what was deleted"):
        accepted(Proposal.objects.get())


def test_an_editor_restores_what_readers_see_with_a_second_pair_of_eyes(second_pair, editor):
    citation = deleted(make_citation())

    confirm(editor, restore_page(citation), reason="It was needed.")

    proposal = Proposal.objects.get()
    with pytest.raises(PermissionDenied):
        accepted(proposal, proposal.author)
    accepted(proposal)
    assert Citation.objects.exists()


def test_the_page_of_a_restoration_that_waits_says_what_would_come_back(contributor):
    citation = deleted(make_citation(quote="The road is shut."))
    confirm(contributor, restore_page(citation), reason="It was needed.")

    html = text(contributor.get(page(Proposal.objects.get())))

    assert "It was deleted, and is to come back." in html and "The road is shut." in html


def test_who_may_only_look_does_not_restore(looker):
    document = deleted(make_document())

    assert looker.post(restore_page(document), {"reason": "Because."}).status_code == 403
    assert not Document.objects.exists()


def test_who_may_see_no_rows_of_a_model_does_not_see_what_was_deleted(looker):
    deleted(make_claim(text="It is so."))

    assert "It is so." not in text(looker.get(reverse("admin:deleted")))
    assert looker.get(restore_page(deleted(make_topic()))).status_code == 404


@pytest.mark.parametrize(
    "address", ["claims.claim/0", "auth.user/1", "x/1", f"claims.claim/{9**40}"]
)
def test_what_was_never_deleted_is_not_found(editor, address):
    assert editor.get(f"/admin/deleted/{address}/").status_code == 404


def test_a_long_list_of_deletions_costs_the_queries_of_a_short_one(editor):
    def delete_some(number):
        for _ in range(number):
            citation = make_citation(document=make_document(publisher=make_source()))
            for row in (citation, citation.statement, make_topic(), citation.document):
                deleted(row)

    delete_some(2)
    short = cost(editor, reverse("admin:deleted"))
    delete_some(10)

    assert cost(editor, reverse("admin:deleted")) == short
    assert Topic.objects.count() == Statement.objects.count() == 0
