"""Changing what is recorded: PATCH, on the version that one saw."""

import json
import re
import threading

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from claims.models import Claim, Proposal, Statement
from claimtracker.rest.editing import LARGEST, LONGEST_REASON
from tests.claimtracker.full import IS_FULL
from tests.desk import log_in
from tests.factories import (
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db

MAKERS = {
    "claims": make_claim,
    "sources": make_source,
    "documents": make_document,
    "statements": make_statement,
}
EVERY = pytest.mark.parametrize("name", MAKERS)
NEVER = "9999"


@pytest.fixture
def patch(client):
    """Return a function that changes a row: patch(row, {"text": …}). It has seen the row."""

    def send(row, fields, **header):
        return send_by(client, row, fields, **header)

    return send


def send_by(client, row, fields, *, seen=None, **more):
    body = fields if isinstance(fields, str | bytes) else json.dumps(fields)
    if_match = f'"{row.version}"' if seen is None else seen
    more = {"content_type": "application/json", "headers": {"if-match": if_match}} | more
    return client.patch(address(row), body, **more)


def address(row):
    return f"/api/v1/{row._meta.verbose_name_plural}/{row.slug}/"


def last_event(row):
    return type(row).pgh_event_models["insert"].objects.filter(pgh_obj=row.pk).latest("pgh_id")


@pytest.fixture
def claim(ada):
    return make_claim(slug="road-shut", text="The road is shut.")


# What is changed ----------------------------------------------------------------------------------


def test_an_editor_changes_a_claim_and_is_told_how_it_is_now(patch, claim):
    answer = patch(claim, {"text": "The road is closed.", "language": "en"})

    claim.refresh_from_db()
    assert answer.status_code == 200
    assert (claim.text, claim.language, claim.version) == ("The road is closed.", "en", 2)
    assert (answer.json()["text"], answer.json()["version"]) == ("The road is closed.", 2)


def test_the_answer_is_that_of_the_address(client, patch, claim):
    answer = patch(claim, {"language": "en"})
    read = client.get(address(claim))

    assert (answer.content, answer["ETag"]) == (read.content, read["ETag"])


def test_what_is_not_named_stays(patch, ada):
    source = make_source(aliases=["Bea"], description="A person.")

    patch(source, {"description": ""})

    source.refresh_from_db()
    assert (source.aliases, source.description) == (["Bea"], "")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("sources", {"name": "Bea", "kind": "state", "wikidata_id": "Q1", "aliases": ["B", "b"]}),
        ("documents", {"title": "Readout", "link": "https://example.org/", "sha256": "a" * 64}),
        ("documents", {"published": "2023-09~", "retracted": None, "retrieved": "2023-09-08"}),
        ("statements", {"stance": "denies", "denies_what": "fact", "said": "2023-09-07"}),
        ("statements", {"said": None, "order": 3, "personal_capacity": True, "note": "So."}),
        ("claims", {"kind": "demand", "language": "az"}),
    ],
)
def test_each_field_takes_what_the_api_shows(patch, ada, name, fields):
    row = MAKERS[name]()

    answer = patch(row, fields)

    assert {field: answer.json()[field] for field in fields} == fields


def test_a_reference_is_a_slug(patch, ada):
    statement, claim = make_statement(), make_claim(slug="other")

    assert patch(statement, {"claim": "other"}).status_code == 200

    statement.refresh_from_db()
    assert statement.claim == claim


def test_a_reference_to_what_was_merged_is_one_to_its_survivor(patch, ada):
    document, survivor = make_document(), make_source(slug="survivor")
    make_source(slug="double", review_state="retired", merged_into=survivor)

    assert patch(document, {"publisher": "double"}).json()["publisher"] == "survivor"


def test_a_reference_can_be_taken_away(patch, ada):
    document = make_document(publisher=make_source())

    assert patch(document, {"publisher": None}).json()["publisher"] is None


def test_topics_are_replaced(patch, ada):
    make_topic(slug="mines")
    claim = make_claim(topics=[make_topic(slug="roads")])

    assert patch(claim, {"topics": ["mines"]}).json()["topics"] == ["mines"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_whoever_saw_other_topics_does_not_overwrite_them(patch, ada):
    make_topic(slug="mines")
    with transaction.atomic():
        claim = make_claim()

    first, second = (patch(claim, {"topics": topics}) for topics in (["mines"], []))

    assert (first.status_code, second.status_code) == (200, 412)
    assert claim.topics.count() == 1


def test_an_address_that_was_never_public_can_be_another(patch, ada):
    claim = make_claim(review_state="draft")

    answer = patch(claim, {"slug": "better"})

    assert answer.json()["url"].endswith("/claims/better/")


def test_what_is_as_it_was_is_no_new_version(patch, claim):
    assert patch(claim, {"text": claim.text}).json()["version"] == 1


def test_retiring_a_claim_retires_its_statements(patch, ada):
    statement = make_statement()

    retired = patch(statement.claim, {"review_state": "retired", "reason": "Said twice."})

    assert retired.status_code == 200
    statement.refresh_from_db()
    assert statement.review_state == "retired"


def test_the_history_says_who_and_why(client, patch):
    ada = log_in(client)
    claim = make_claim()

    patch(claim, {"text": "So.", "reason": "a slip of the pen"})

    said = last_event(claim).pgh_context.metadata
    assert (said["user"], said["reason"], said["url"]) == (
        ada.pk,
        "a slip of the pen",
        address(claim),
    )


# Versions -----------------------------------------------------------------------------------------


@EVERY
def test_the_etag_of_an_answer_is_a_version_to_change(client, patch, ada, name):
    row = MAKERS[name]()
    etag = client.get(address(row))["ETag"]

    assert patch(row, {"review_state": "published"}, seen=etag).status_code == 200


def test_the_etag_is_another_where_what_is_worked_out_is_another(client, claim):
    before = client.get(address(claim))["ETag"]
    make_statement(claim=claim)

    assert client.get(address(claim))["ETag"] != before


def test_what_is_worked_out_anew_makes_no_version_stale(client, patch, claim):
    etag = client.get(address(claim))["ETag"]
    make_statement(claim=claim)

    assert patch(claim, {"language": "en"}, seen=etag).status_code == 200


def test_the_tag_that_a_reader_gets_tells_no_version(client, readers):
    claim = make_claim()
    for log_in_as in readers.values():
        log_in_as()
        assert re.fullmatch('"[0-9a-f]{32}"', client.get(address(claim))["ETag"])


@EVERY
def test_a_stale_version_is_refused_with_how_it_is_now(client, patch, ada, name):
    row = MAKERS[name]()
    fields = {"review_state": "retired", "reason": "Said twice."}
    assert patch(row, fields).status_code == 200

    answer = patch(row, fields)

    current = client.get(address(row)).json()
    assert answer.status_code == 412
    assert (answer.json()["version"], answer.json()["current"]) == (2, current)
    assert "version 2" in answer.json()["detail"]


@pytest.mark.parametrize("seen", ['"1"', '"9", "1"', '"1.0a"', '"9","x", "1"', 'W/"1.0a"'])
def test_one_of_several_versions_may_be_it(patch, claim, seen):
    assert patch(claim, {"language": "en"}, seen=seen).status_code == 200


@pytest.mark.parametrize("seen", ['"2"', '"x"', 'W/"2"', '""', '"01x"', '"99999999999999999999"'])
def test_any_other_tag_is_stale(patch, claim, seen):
    assert patch(claim, {"language": "en"}, seen=seen).status_code == 412


@pytest.mark.parametrize("seen", ["1", "", '"1', '"1" "2"', "1,2", '"1",', "'1'"])
def test_what_is_no_tag_is_refused_and_told_how_to_write_it(patch, claim, seen):
    answer = patch(claim, {"language": "en"}, seen=seen)

    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "If-Match": ['Write versions in quotation marks: If-Match: "7".']
    }


@pytest.mark.parametrize("headers", [{}, {"if-match": "*"}])
def test_whoever_does_not_say_which_version_is_asked(patch, claim, headers):
    answer = patch(claim, {"language": "en"}, headers=headers)

    assert answer.status_code == 428
    assert "If-Match" in answer.json()["detail"]


# Refusals -----------------------------------------------------------------------------------------

FIELDS = "slug, kind, text, language, topics, review_state"
NOT_HERE = f"It cannot be changed here. What can be: {FIELDS}."
OF_A_CLAIM = [
    ({"colour": "red"}, {"colour": [NOT_HERE]}),
    ({"version": 7}, {"version": [NOT_HERE]}),
    ({"tally": {}, "url": ""}, {"tally": [NOT_HERE], "url": [NOT_HERE]}),
    ({"\ud800": 1}, {"\\ud800": [NOT_HERE]}),
    ({"text": 5}, {"text": ["It is 5; it takes text."]}),
    ({"text": None}, {"text": ["It cannot be null. Leave it out or give it a value."]}),
    ({"text": ["So."]}, {"text": ['It is ["So."]; it takes text.']}),
    ({"text": "x" * 2001}, {"text": ["It has 2,001 characters; at most 2,000 fit."]}),
    ({"text": " \u200b"}, {"text": ["This field cannot be blank."]}),
    ({"text": "a\0"}, {"text": ["It holds a NUL character, which text cannot have. Remove it."]}),
    (
        {"text": "\udc00"},
        {"text": ["It holds half of a character (a lone surrogate), which is no text. Remove it."]},
    ),
    (
        {"kind": "\ud800"},
        {
            "kind": [
                'It is "\\ud800"; it takes one of: fact, intent, demand, characterisation, event.'
            ]
        },
    ),
    ({"language": "English!"}, {"language": ["Write a language tag: en, az, hy, ru, az-Cyrl."]}),
    ({"slug": "other"}, {"slug": ["“road-shut” has been public: its address stays."]}),
    ({"topics": "roads"}, {"topics": ['It is "roads"; it takes a list of slugs.']}),
    ({"topics": [None]}, {"topics": ["It is null; it takes a slug."]}),
    (
        {"topics": ["roads"]},
        {"topics": ["There is no topic “roads”, or it is not public. Give the slug of one."]},
    ),
    ({"text": "So.", "reason": 1}, {"reason": ["It is 1; it takes text."]}),
    (
        {"text": "So.", "reason": "x" * (LONGEST_REASON + 1)},
        {"reason": ["It has 501 characters; at most 500 fit."]},
    ),
    (
        {"text": "So.", "reason": "\0"},
        {"reason": ["It holds a NUL character, which text cannot have. Remove it."]},
    ),
]


@pytest.mark.parametrize(("fields", "refusal"), OF_A_CLAIM)
def test_what_cannot_be_is_refused_by_field_and_nothing_is_written(patch, claim, fields, refusal):
    answer = patch(claim, {"language": "en"} | fields)

    claim.refresh_from_db()
    assert (answer.status_code, answer.json()["errors"]) == (400, refusal)
    assert (claim.version, claim.language) == (1, "")


OF_OTHERS = [
    ("statements", {"order": True}, "order"),
    ("statements", {"order": 1.0}, "order"),
    ("statements", {"order": 10**30}, "order"),
    ("statements", {"order": -1}, "order"),
    ("statements", {"personal_capacity": "true"}, "personal_capacity"),
    ("statements", {"said": "yesterday"}, "said"),
    ("statements", {"said": 2023}, "said"),
    ("statements", {"stance": "withdraws", "said": None}, "said"),
    ("statements", {"denies_what": "fact"}, "denies_what"),
    ("statements", {"claim": None}, "claim"),
    ("statements", {"claim": 1}, "claim"),
    ("statements", {"claim": "a b"}, "claim"),
    ("statements", {"claim": "\0"}, "claim"),
    ("statements", {"claim": {"slug": "x"}}, "claim"),
    ("statements", {"source": "nosuch"}, "source"),
    ("statements", {"citations": []}, "citations"),
    ("documents", {"link": "javascript:alert(1)"}, "link"),
    ("documents", {"url": "https://example.org/"}, "url"),
    ("documents", {"text": "Its words."}, "text"),
    ("documents", {"retrieved": "07.09.2023"}, "retrieved"),
    ("documents", {"sha256": "0"}, "sha256"),
    ("documents", {"publisher": "nosuch"}, "publisher"),
    ("sources", {"aliases": "Bea"}, "aliases"),
    ("sources", {"aliases": [["Bea"]]}, "aliases"),
    ("sources", {"aliases": [""]}, "aliases"),
    ("sources", {"name": {}}, "name"),
    ("sources", {"wikidata_id": "1"}, "wikidata_id"),
    ("sources", {"merged_into": "x"}, "merged_into"),
]


@pytest.mark.parametrize(("name", "fields", "where"), OF_OTHERS)
def test_of_other_rows_too(patch, ada, name, fields, where):
    answer = patch(MAKERS[name](), fields)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [where]


BODIES = [
    ("", 400, "Send an object"),
    ("{}", 400, "Send an object"),
    ('{"reason": "None."}', 400, "Send an object"),
    ("[]", 400, "Send an object"),
    ("null", 400, "Send an object"),
    ('"text"', 400, "Send an object"),
    ("{", 400, "line 1, column 2"),
    ('{"text": "So.", "text": "Not so."}', 400, "stands twice"),
    (b'{"text": "\xff"}', 400, "not UTF-8"),
    ('{"text": ' + "[" * 100_000 + "]" * 100_000 + "}", 400, "too deeply"),
    ('{"text": ' + "9" * 5000 + "}", 400, "thousands of digits"),
    ('{"text": "' + "x" * LARGEST + '"}', 413, "too large"),
]


@pytest.mark.parametrize(("body", "status", "said"), BODIES, ids=lambda each: str(each)[:20])
def test_a_body_that_is_no_object_is_refused(patch, claim, body, status, said):
    answer = patch(claim, body)

    assert answer.status_code == status
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "x"]
)
def test_only_json_is_taken(patch, claim, kind):
    answer = patch(claim, "text=So.", content_type=kind)

    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


def test_an_unknown_parameter_is_refused(client, patch, claim):
    answer = client.patch(f"{address(claim)}?dry_run=1", headers={"if-match": '"1"'})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["dry_run"]


@EVERY
def test_what_is_not_there_is_not_found(client, ada, name):
    assert client.patch(f"/api/v1/{name}/nosuch/").status_code == 404


def test_what_was_merged_sends_on(client, ada):
    make_source(slug="double", review_state="retired", merged_into=make_source(slug="survivor"))

    answer = client.patch("/api/v1/sources/double/")

    assert answer.status_code == 308
    assert answer["Location"].endswith("/api/v1/sources/survivor/")


def test_what_the_database_alone_refuses_is_told(patch, ada, monkeypatch):
    statement = make_statement(review_state="draft", claim=make_claim(review_state="draft"))
    monkeypatch.setattr(Statement, "clean", lambda statement: None)

    answer = patch(statement, {"review_state": "published"})

    assert answer.status_code == 400
    assert "publish the claim first" in answer.json()["errors"]["non_field_errors"][0]


def test_who_never_gets_through_is_asked_to_try_again(patch, claim, monkeypatch):
    def fail(self, **options):
        raise OperationalError from psycopg.errors.DeadlockDetected()

    monkeypatch.setattr(Claim, "save", fail)

    answer = patch(claim, {"language": "en"})

    assert answer.status_code == 503
    assert "try again" in answer.json()["detail"]


# Rights -------------------------------------------------------------------------------------------


@EVERY
def test_readers_are_told_what_they_lack(client, patch, readers, name):
    row = MAKERS[name]()
    said = {}
    for who, log_in_as in readers.items():
        log_in_as()
        answer = patch(row, {"review_state": "retired"})
        said[who] = (answer.status_code, answer.json()["detail"])

    reading = "Your account only reads: ask an administrator for the right to edit."
    assert said == {
        "nobody": (401, "Log in to change what is recorded."),
        "ben": (403, reading),
        "cleo": (403, reading),
    }


@EVERY
def test_a_reader_does_not_learn_which_drafts_there_are(client, patch, readers, name):
    readers["ben"]()
    row = MAKERS[name](review_state="draft")

    answer = patch(row, {})
    row.slug = "nosuch"

    assert (answer.status_code, answer.content) == (403, patch(row, {}).content)


@pytest.fixture
def dora(client):
    return log_in(client, "dora", group="contributors")


@EVERY
def test_a_contributor_changes_drafts_and_submits_them(patch, dora, name):
    row = MAKERS[name](review_state="draft")

    assert patch(row, {"review_state": "in_review"}).json()["review_state"] == "in_review"


@EVERY
@pytest.mark.parametrize("state", ["published", "retired"])
def test_a_contributor_neither_publishes_nor_retires(patch, dora, name, state):
    row = MAKERS[name](review_state="draft")

    answer = patch(row, {"review_state": state, "reason": "So."})

    row.refresh_from_db()
    assert (answer.status_code, row.review_state) == (403, "draft")
    assert "submit it for review" in answer.json()["detail"]


@EVERY
def test_a_contributor_takes_nothing_from_readers(patch, dora, name):
    row = MAKERS[name]()

    assert patch(row, {"review_state": "draft", "reason": "So."}).status_code == 403


# Review -------------------------------------------------------------------------------------------

WORDS = {
    "claims": {"text": "The road is closed."},
    "sources": {"name": "Beatrix"},
    "documents": {"link": "https://example.org/"},
    "statements": {"said": "2023-09-07~"},
}


@EVERY
@pytest.mark.parametrize("state", ["published", "retired"])
def test_what_a_contributor_changes_of_what_editors_settled_waits(client, dora, name, state):
    row = MAKERS[name](review_state=state)

    answer = send_by(client, row, WORDS[name] | {"reason": "As the ruling has it."})

    proposal = Proposal.objects.get()
    row.refresh_from_db()
    assert answer.status_code == 202
    assert answer.json()["proposal"] == proposal.pk
    assert answer.json()["waits"] == WORDS[name]
    assert (proposal.target, proposal.author, proposal.base_version) == (row, dora, 1)
    assert (proposal.note, row.version) == ("As the ruling has it.", 1)


def test_what_was_so_already_does_not_wait(patch, dora):
    claim = make_claim(text="The road is shut.")

    answer = patch(claim, {"text": "The road is shut.", "language": "en"})

    assert answer.json()["waits"] == {"language": "en"}


def test_a_proposal_of_nothing_is_refused(patch, dora):
    claim = make_claim()

    answer = patch(claim, {"text": claim.text})

    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"non_field_errors": ["It proposes no change."]},
    )


def test_a_proposal_that_could_not_be_accepted_is_refused_by_field(patch, dora):
    answer = patch(make_document(), {"link": "nowhere"})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["link"])
    assert not Proposal.objects.exists()


def test_nothing_is_proposed_on_a_stale_version(patch, dora):
    answer = patch(make_claim(), {"language": "en"}, seen='"2"')

    assert answer.status_code == 412
    assert not Proposal.objects.exists()


def test_with_a_second_pair_of_eyes_what_an_editor_changes_of_what_readers_see_waits(
    patch, claim, settings
):
    settings.SECOND_PAIR_OF_EYES = True

    assert patch(claim, {"language": "en"}).status_code == 202


def test_with_a_second_pair_of_eyes_nobody_publishes_his_own_words(client, patch, ada, settings):
    settings.SECOND_PAIR_OF_EYES = True
    claim = make_claim(review_state="in_review")

    answer = patch(claim, {"language": "en", "review_state": "published"})

    claim.refresh_from_db()
    assert (answer.status_code, claim.language) == (403, "")


def test_what_waits_and_what_does_not_are_not_changed_together(patch, claim, settings):
    settings.SECOND_PAIR_OF_EYES = True

    answer = patch(claim, {"language": "en", "review_state": "retired", "reason": "So."})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["review_state"])


def test_an_editor_corrects_and_publishes_at_once(patch, ada):
    claim = make_claim(review_state="in_review")

    answer = patch(claim, {"language": "en", "review_state": "published"}).json()

    assert (answer["language"], answer["review_state"]) == ("en", "published")


@pytest.mark.parametrize(
    ("state", "to"), [("in_review", "draft"), ("published", "draft"), ("published", "retired")]
)
def test_who_takes_a_step_back_says_why(patch, ada, state, to):
    claim = make_claim(review_state=state)

    answer = patch(claim, {"review_state": to})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reason"])
    assert patch(claim, {"review_state": to, "reason": "So."}).status_code == 200


def test_a_step_that_there_is_not_is_refused_with_those_that_there_are(patch, claim):
    answer = patch(claim, {"review_state": "in_review"})

    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"review_state": ["It is published, and goes to: draft, retired."]},
    )


def test_another_site_cannot_write_with_an_editors_session():
    claim = make_claim()
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("ada"))

    answer = send_by(client, claim, {"language": "en"})

    claim.refresh_from_db()
    assert (answer.status_code, claim.version) == (403, 1)


@EVERY
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_there_is_no_other_way_to_write(client, ada, name, method):
    row = MAKERS[name]()

    assert getattr(client, method)(address(row)).status_code == 405


def test_the_page_of_a_row_has_no_form_that_could_not_work(client, claim):
    page = client.get(address(claim), headers={"accept": "text/html"})

    assert page.status_code == 200
    assert b"<textarea" not in page.content


# Eight writers at once ----------------------------------------------------------------------------

WRITERS, ROUNDS = 8, 40 if IS_FULL else 5


class Writer(threading.Thread):
    """Adds a word a round to a text that all write in, on the version that it saw."""

    def __init__(self, user, number, source, ready):
        super().__init__()
        self.client = Client()
        self.client.force_login(user)
        self.number, self.source, self.ready = number, source, ready
        self.accepted, self.stale = [], 0
        self.error = None

    def run(self):
        try:
            seen = self.client.get(address(self.source)).json()
            for number in range(ROUNDS):
                self.ready.wait(60)
                seen = self.add(f"{self.number}-{number}", seen)
        except Exception as error:  # whatever it is, the test shows it
            self.error = error
            self.ready.abort()
        finally:
            connection.close()

    def add(self, word, seen):
        while True:
            text = f"{seen['description']} {word}"
            answer = send_by(
                self.client, self.source, {"description": text}, seen=f'"{seen["version"]}"'
            )
            if answer.status_code == 200:
                self.accepted.append(word)
                return answer.json()
            assert answer.status_code == 412, answer.content
            self.stale += 1
            seen = answer.json()["current"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_writers_lose_nothing_of_what_they_write():
    source, ada = make_source(), make_user("ada")
    ready = threading.Barrier(WRITERS)
    writers = [Writer(ada, number, source, ready) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)

    source.refresh_from_db()
    accepted = [word for writer in writers for word in writer.accepted]
    assert [writer.error for writer in writers] == [None] * WRITERS
    assert len(accepted) == WRITERS * ROUNDS
    assert sorted(source.description.split()) == sorted(accepted)
    assert source.version == 1 + len(accepted)
    assert sum(writer.stale for writer in writers) > 0, "they met"


def test_a_source_is_asked_about_before_it_gets_a_name_like_another(patch, ada):
    make_source(slug="here", name="Jeyhun Bayramov")
    source = make_source(name="Somebody")

    asked = patch(source, {"name": "Ceyhun Bayramov"})

    assert asked.status_code == 400
    (told,) = asked.json()["errors"]["name"]
    assert "“Jeyhun Bayramov” (here)" in told
    assert 'send "confirm": ["like_source"]' in told
    done = patch(source, {"name": "Ceyhun Bayramov", "confirm": ["like_source"]})
    assert (done.status_code, done.json()["name"]) == (200, "Ceyhun Bayramov")


def test_a_source_that_keeps_its_name_is_not_asked_about(patch, ada):
    make_source(name="Somebody")
    source = make_source(name="Somebody")

    assert patch(source, {"name": "Somebody", "description": "x"}).status_code == 200
