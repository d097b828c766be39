"""The feed of changes: what readers saw change, in the order of the commits, and nothing else."""

import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from claims.feed import START, Feed, Place
from claims.merging import merge
from claims.merging.undoing import undo
from claims.models import Citation, Claim, Relation, Statement, Topic
from claimtracker.events import written_fields
from claimtracker.retry import atomic_with_retry
from sources.models import Affiliation, Document, Source
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
    settle,
)
from tests.waiting import LONG

pytestmark = pytest.mark.django_db

MODELS = {"source": Source, "document": Document, "claim": Claim, "statement": Statement}
MAKE = {
    "source": make_source,
    "document": make_document,
    "claim": make_claim,
    "statement": make_statement,
}


def entries(after=START, **asked):
    return [entry for entry, _ in Feed(after=after, **asked).keyed(limit=10_000)]


# What names a row that has no slug.
NAMED_BY = {
    "relation": ["from_claim", "kind", "to_claim"],
    "affiliation": ["member", "body", "role", "since"],
}


def name_of(entry):
    return entry.slug or " ".join(str(entry.about[part]) for part in NAMED_BY[entry.kind])


def short(entry):
    """Return what an entry says, in a few words: “claim road-shut corrected: text”."""
    words = f"{entry.kind} {name_of(entry)} {entry.change}"
    if entry.fields:
        words += f": {', '.join(entry.fields)}"
    return words + (f" into {entry.survivor}" if entry.survivor else "")


class since:
    """What the feed has got while something was done: settles before and after."""

    def __enter__(self):
        settle()
        self.before = (entries() or [None])[-1]
        return self

    def __exit__(self, *error):
        if error[0] is None:
            settle()

    @property
    def told(self):
        return [
            short(entry)
            for entry in entries(self.before.place if self.before is not None else START)
        ]


def sql(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else None


def shown():
    """Return what readers see, by kind and what names it, each with what stands for it."""
    found = {}
    for kind, model in MODELS.items():
        for row in model.objects.public():
            found[kind, row.slug] = None
        if hasattr(model, "merged_into"):
            merged = model.objects.filter(
                was_public=True, merged_into__isnull=False, merged_into__is_public=True
            )
            for row in merged:
                found[kind, row.slug] = row.merged_into.slug
    for topic in Topic.objects.public():
        found["topic", topic.slug] = None
    for row in Relation.objects.public():
        found["relation", f"{row.from_claim.slug} {row.kind} {row.to_claim.slug}"] = None
    for row in Affiliation.objects.public():
        name = f"{row.member.slug} {row.body.slug} {row.role} {row.since or None}"
        found["affiliation", name] = None
    return found


def replayed():
    """Return what the feed says that readers see, from its beginning."""
    found = {}
    for entry in entries():
        key = entry.kind, name_of(entry)
        if entry.change == "retired":
            assert key in found, short(entry)
            del found[key]
        elif entry.change == "merged":
            found[key] = entry.survivor
        else:
            was_there = key in found and found[key] is None
            assert was_there == (entry.change == "corrected"), short(entry)
            found[key] = None
    return found


# What is told ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_published_is_told(kind):
    row = MAKE[kind](slug="x", review_state="draft")
    if kind == "statement":
        settle()
    with since() as then:
        MODELS[kind].objects.update(review_state="published")

    assert then.told == [f"{kind} x published"]
    assert row.pk


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_made_public_at_once_is_told(kind):
    with since() as then:
        MAKE[kind](slug="x")

    assert f"{kind} x published" in then.told


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_what_is_taken_from_readers_is_told_by_its_slug(kind, state):
    MAKE[kind](slug="x")
    with since() as then:
        MODELS[kind].objects.filter(slug="x").update(review_state=state)

    assert then.told == [f"{kind} x retired"]


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_published_again_is_told(kind):
    row = MAKE[kind](slug="x")
    MODELS[kind].objects.filter(pk=row.pk).update(review_state="retired")
    with since() as then:
        MODELS[kind].objects.filter(pk=row.pk).update(review_state="published")

    assert then.told == [f"{kind} x published"]


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_deleted_is_told_as_retired(kind):
    row = MAKE[kind](slug="x")
    with since() as then:
        row.delete()

    assert then.told == [f"{kind} x retired"]


OTHER = {
    "kind": {"claim": "demand", "document": "ruling", "source": "state", "relation": "implies"},
    "aliases": ["Other"],
    "wikidata_id": "Q1",
    "url": "https://example.org/other",
    "archived_url": "https://example.org/other",
    "published": "2023",
    "retracted": "2023",
    "retrieved": "2023-01-01",
    "language": "hy",
    "sha256": "0" * 64,
    "stance": "denies",
    "denies_what": "fact",
    "said": "2023-01-01",
    "order": 3,
    "personal_capacity": True,
    "since": "2001",
    "until": "2023",
    "speaks_for": True,
    "manner": "verbatim",
}
NAMED_HERE = {"url": "link"}
# The slug of what is public stays; of the state is told otherwise; what a document's text says, and
# which of its pages are in doubt, is for editors.
NOT_CORRECTED = {"slug", "review_state", "merged_into", "text of document", "doubts of document"}
SEEN = [
    (kind, field.name)
    for kind, model in MODELS.items()
    for field in written_fields(model)
    if not {field.name, f"{field.name} of {kind}"} & NOT_CORRECTED
]


@pytest.mark.parametrize(("kind", "name"), SEEN)
def test_what_readers_see_of_a_row_is_told_when_it_is_corrected(kind, name):
    """Of each column that there is: one that is new is told of too."""
    row = MAKE[kind](slug="x", **({"stance": "denies"} if name == "denies_what" else {}))
    value = OTHER.get(name, "Other")
    if isinstance(value, dict):
        value = value[kind]
    if name in {"claim", "source", "publisher"}:
        value = make_claim() if name == "claim" else make_source()
    with since() as then:
        MODELS[kind].objects.filter(pk=row.pk).update(**{name: value})

    assert then.told == [f"{kind} x corrected: {NAMED_HERE.get(name, name)}"]


@pytest.mark.parametrize("name", [f.name for f in written_fields(Citation)])
def test_a_corrected_citation_corrects_its_statement(name):
    statement = make_statement(slug="x")
    other = make_citation(statement=statement)
    citation = make_citation(statement=statement)
    values = {"via": other, "document": make_document(), "statement": make_statement(slug="y")}
    value = values.get(name, OTHER.get(name, "Other"))
    with since() as then:
        Citation.objects.filter(pk=citation.pk).update(**{name: value})

    told = ["statement x corrected: citations", "statement y corrected: citations"]
    assert then.told == (told if name == "statement" else told[:1])


def test_what_is_said_otherwise_in_several_commands_is_told_once():
    make_claim(slug="x")
    with since() as then:
        Claim.objects.update(text="Other.")
        Claim.objects.update(kind="demand")
        Claim.objects.update(text="Yet another.")

    assert then.told == ["claim x corrected: kind, text"]


def test_what_is_published_and_corrected_in_one_transaction_is_told_as_it_ends():
    with since() as then:
        make_claim(slug="x")
        Claim.objects.update(text="Other.")

    assert then.told == ["claim x published"]


def test_what_comes_and_goes_in_one_transaction_is_not_told():
    with since() as then:
        make_claim(slug="x")
        Claim.objects.update(review_state="retired")

    assert then.told == []


def test_what_was_corrected_while_it_was_retired_in_the_same_transaction_is_told():
    make_claim(slug="x")
    with since() as then:
        Claim.objects.update(review_state="retired")
        Claim.objects.update(text="Other.")
        Claim.objects.update(review_state="published")

    assert then.told == ["claim x corrected: text"]


def test_retiring_a_claim_tells_of_all_that_goes_with_it():
    claim = make_claim(slug="x", topics=[make_topic(slug="only")])
    make_statement(slug="said", claim=claim)
    make_relation(from_claim=claim, to_claim=make_claim(slug="y"))
    with since() as then:
        Claim.objects.filter(pk=claim.pk).update(review_state="retired")

    assert then.told == [
        "statement said retired",
        "relation x contradicts y retired",
        "claim x retired",
        "topic only retired",
    ]


def test_publishing_both_ends_at_once_tells_of_what_is_between():
    make_relation(
        from_claim=make_claim(slug="a", review_state="draft"),
        to_claim=make_claim(slug="b", review_state="draft"),
    )
    with since() as then:
        Claim.objects.update(review_state="published")

    assert len(then.told) == 3
    assert replayed() == shown()


def test_an_affiliation_that_begins_otherwise_is_another_one():
    affiliation = make_affiliation(
        member=make_source(slug="m"), body=make_source(slug="b"), role="minister", since="2020"
    )
    with since() as then:
        Affiliation.objects.filter(pk=affiliation.pk).update(since="2021")

    assert [words.rpartition(" ")[2] for words in then.told] == ["retired", "published"]
    assert replayed() == shown()


def test_a_corrected_rationale_is_told():
    make_relation()
    with since() as then:
        Relation.objects.update(rationale="So.")

    assert then.told[0].endswith("corrected: rationale")


def test_a_document_that_is_published_corrects_the_statements_that_were_read_in_it():
    document = make_document(slug="d", review_state="draft")
    make_citation(statement=make_statement(slug="s"), document=document)
    make_citation(statement=make_statement(slug="draft", review_state="draft"), document=document)
    with since() as then:
        Document.objects.update(review_state="published")

    assert then.told == ["document d published", "statement s corrected: citations"]


def test_a_publisher_that_is_retired_corrects_its_documents():
    publisher = make_source(slug="p")
    make_document(slug="d", publisher=publisher)
    make_document(slug="hidden", publisher=publisher, review_state="draft")
    with since() as then:
        Source.objects.update(review_state="retired")

    assert then.told == ["source p retired", "document d corrected: publisher"]


def test_filing_a_claim_otherwise_corrects_it_and_tells_of_the_topics():
    old, new = make_topic(slug="old"), make_topic(slug="new")
    claim = make_claim(slug="x", topics=[old])
    with since() as then:
        claim.topics.set([new])

    assert then.told == ["topic old retired", "topic new published", "claim x corrected: topics"]


def test_filing_a_claim_as_it_was_tells_nothing():
    topic = make_topic()
    claim = make_claim(topics=[topic])
    with since() as then:
        claim.topics.clear()
        claim.topics.add(topic)

    assert then.told == []


def test_topics_that_change_names_are_told_apart():
    one, other = make_topic(slug="one"), make_topic(slug="other")
    make_claim(topics=[one, other])
    with since() as then:
        Topic.objects.filter(pk=one.pk).update(slug="third")
        Topic.objects.filter(pk=other.pk).update(slug="one", name="Renamed")

    assert set(then.told) == {
        "topic one retired",
        "topic other retired",
        "topic third published",
        "topic one published",
    }
    assert replayed() == shown()


@pytest.mark.parametrize("kind", ["claim", "source", "document"])
def test_a_merge_and_its_undoing_are_told(kind):
    ada = make_user("ada")
    loser, survivor = MAKE[kind](slug="loser"), MAKE[kind](slug="survivor")
    if kind != "document":
        make_statement(slug="s", **{kind: loser})
    else:
        make_citation(statement=make_statement(slug="s"), document=loser)
    field = "citations" if kind == "document" else kind
    with since() as then:
        merged = merge(loser=loser, survivor=survivor, user=ada, reason="The same.")

    # A source that stays is known by the names of the one that went.
    names = [f"{kind} survivor corrected: aliases"] if kind == "source" else []
    assert then.told == [
        *names,
        f"statement s corrected: {field}",
        f"{kind} loser merged into survivor",
    ]

    with since() as then:
        undo(merge=merged, user=ada, reason="Not the same.")

    back = {f"{kind} loser unmerged", f"statement s corrected: {field}", *names}
    assert set(then.told) == back
    assert replayed() == shown()


def test_what_was_merged_into_a_row_goes_with_it():
    survivor = make_claim(slug="survivor")
    make_claim(slug="loser", review_state="retired", merged_into=survivor)
    with since() as then:
        Claim.objects.filter(pk=survivor.pk).update(review_state="retired")

    assert set(then.told) == {"claim survivor retired", "claim loser retired"}

    with since() as then:
        Claim.objects.filter(pk=survivor.pk).update(review_state="published")

    assert set(then.told) == {"claim survivor published", "claim loser merged into survivor"}


# What is not told --------------------------------------------------------------------------------


def make_hidden_world():
    """Make one of each that is not public, beside some that are, and return the public ones."""
    topic = make_topic()
    claim = make_claim(topics=[topic])
    source = make_source()
    statement = make_statement(claim=claim, source=source)
    document = make_document()
    citation = make_citation(statement=statement, document=document)
    for state in ("draft", "in_review"):
        hidden = make_claim(review_state=state)
        hidden.topics.add(make_topic())
        make_relation(from_claim=claim, to_claim=hidden)
        make_affiliation(member=source, body=make_source(review_state=state))
        make_citation(
            statement=make_statement(claim=claim, source=source, review_state=state),
            document=make_document(review_state=state),
        )
    for kind, make in MAKE.items():
        if kind != "statement":
            MODELS[kind].objects.filter(pk=make().pk).update(review_state="retired")
    settle()
    return {"statement": statement, "document": document, "citation": citation, "claim": claim}


def edit_what_is_hidden(world):
    """Write to everything that readers do not see, also where it touches what they see."""
    for kind, model in MODELS.items():
        hidden = model.objects.exclude(review_state="published")
        text = {"claim": "text", "source": "name", "document": "title", "statement": "note"}
        hidden.update(**{text[kind]: "Other."})
        hidden.filter(review_state="in_review").update(review_state="draft")
        hidden.filter(review_state="draft").update(review_state="in_review")
        if kind != "statement":
            MAKE[kind](review_state="draft")
    Document.objects.update(text="Private words.", doubts="right_to_left: 1")
    draft = make_document(review_state="draft")
    unseen = make_citation(statement=world["statement"], document=draft, quote="Hidden.")
    Citation.objects.filter(pk=unseen.pk).update(quote="Hidden otherwise.")
    Citation.objects.filter(pk=world["citation"].pk).update(via=unseen)
    Document.objects.filter(pk=world["document"].pk).update(
        publisher=make_source(review_state="draft")
    )
    hidden = make_claim(review_state="draft")
    relation = make_relation(from_claim=world["claim"], to_claim=hidden)
    Relation.objects.filter(pk=relation.pk).update(rationale="So.")
    topic = make_topic()
    hidden.topics.add(topic)
    Topic.objects.filter(pk=topic.pk).update(slug="hidden", name="Hidden")
    nobody = make_source(review_state="draft")
    make_statement(claim=world["claim"], source=nobody, review_state="draft").delete()


def test_what_is_not_public_is_never_told():
    world = make_hidden_world()
    with since() as then:
        edit_what_is_hidden(world)

    assert then.told == []


def test_what_is_not_public_takes_no_number():
    world = make_hidden_world()
    edit_what_is_hidden(world)
    settle()
    make_claim()
    settle()

    numbers = [entry.place.number for entry in entries()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_what_is_undone_takes_no_number():
    make_claim()
    settle()
    last = entries()[-1].place.number
    with suppress(ZeroDivisionError), transaction.atomic():
        make_claim()
        settle()
        raise ZeroDivisionError
    make_claim()
    settle()

    assert [entry.place.number for entry in entries()][-1] == last + 1


def test_a_second_load_of_the_seeds_tells_nothing():
    call_command("loaddata", "lachin", verbosity=0)
    with since() as then:
        call_command("loaddata", "lachin", verbosity=0)

    assert then.told == []


def test_the_seeds_are_told_as_they_are_shown():
    call_command("loaddata", "lachin", verbosity=0)
    settle()

    assert replayed() == shown()
    assert len(replayed()) == 248


# Whatever the way in -----------------------------------------------------------------------------


def by_copy(claim, source):
    columns = (
        'claim_id, source_id, slug, stance, said, "order", review_state, version, created_at, '
        "denies_what, occasion, personal_capacity, note"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY claims_statement ({columns}) FROM STDIN") as lines,
    ):
        row = [claim.pk, source.pk, "x", "asserts", "", 0, "published", 1, "2026-01-01"]
        lines.write_row([*row, "", "", False, ""])


def by_bulk(claim, source):
    new = Statement(
        claim=claim, source=source, slug="x", stance="asserts", review_state="published"
    )
    Statement.objects.bulk_create([new])


def by_sql(claim, source):
    sql(
        "INSERT INTO claims_statement (claim_id, source_id, slug, stance, denies_what, said, "
        '"order", occasion, personal_capacity, note, review_state, version, created_at) '
        "VALUES (%s, %s, 'x', 'asserts', '', '', 0, '', false, '', 'published', 1, now())",
        claim.pk,
        source.pk,
    )


@pytest.mark.parametrize("write", [by_copy, by_bulk, by_sql])
def test_every_way_in_is_told(write):
    claim, source = make_claim(), make_source()
    with since() as then:
        write(claim, source)

    assert then.told == ["statement x published"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_truncate_removes_is_told():
    make_citation(statement=make_statement(slug="x"))
    with transaction.atomic(), since() as then:
        sql("SET LOCAL claimtracker.may_truncate = 'on'")
        sql("TRUNCATE claims_statement CASCADE")

    assert "statement x retired" in then.told


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_flushed_database_has_an_empty_feed_that_goes_on():
    make_claim()
    before = entries()[-1].place
    call_command("flush", interactive=False, verbosity=0)

    assert entries() == []
    assert not before.is_known
    make_claim(slug="x")
    assert [short(entry) for entry in entries()] == ["claim x published"]


@pytest.mark.parametrize("table", ["claims_change", "claims_changesubject"])
@pytest.mark.parametrize("deed", ["DELETE FROM {}", "UPDATE {} SET kind = 'claim'"])
def test_nobody_writes_the_feed(table, deed):
    make_claim()
    settle()

    with (
        pytest.raises(IntegrityError, match="change_is_written_by_the_database"),
        transaction.atomic(),
    ):
        sql(deed.format(table))


# One order ---------------------------------------------------------------------------------------


def in_thread(deed, *arguments):
    def run():
        try:
            deed(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_follows_misses_nothing_that_is_committed_slowly():
    """The transaction that began first, and wrote first, commits last."""
    wrote, read = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            make_claim(slug="slow")
            wrote.set()
            assert read.wait(20)

    thread = in_thread(slow)
    assert wrote.wait(20)
    make_claim(slug="quick")
    first = entries()
    read.set()
    thread.join(20)
    then = entries(first[-1].place)

    assert [short(entry) for entry in first] == ["claim quick published"]
    assert [short(entry) for entry in then] == ["claim slow published"]
    assert then[0].at < first[0].at


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_follows_misses_nothing_of_many_that_commit_at_once():
    stop, seen, errors = threading.Event(), [], []

    def write(number):
        try:
            for each in range(15):
                with transaction.atomic():
                    make_claim(slug=f"c{number}-{each}")
                    if each % 3 == 0:
                        make_claim(slug=f"d{number}-{each}", review_state="draft")
        except Exception as error:
            errors.append(error)

    def follow():
        place = START
        while True:
            last_round = stop.is_set()
            new = entries(place)
            seen.extend(new)
            place = new[-1].place if new else place
            if last_round and not new:
                return

    follower = in_thread(follow)
    writers = [in_thread(write, number) for number in range(4)]
    for writer in writers:
        writer.join(60)
    stop.set()
    follower.join(60)

    assert not errors
    assert len(seen) == 60
    assert seen == entries()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_publish_both_ends_at_once_tell_of_what_is_between():
    """Neither of the two sees that the other end is public while it writes."""
    a = make_claim(slug="a", review_state="draft")
    b = make_claim(slug="b", review_state="draft")
    make_relation(from_claim=a, to_claim=b)
    both = threading.Barrier(2, timeout=LONG)

    def publish(claim):
        with transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(review_state="published")
            both.wait()

    threads = [in_thread(publish, claim) for claim in (a, b)]
    for thread in threads:
        thread.join(20)

    assert replayed() == shown()
    assert len(entries()) == 3


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_relation_that_is_made_while_its_end_is_published_is_told():
    a, b = make_claim(slug="a", review_state="draft"), make_claim(slug="b")
    wrote, published = threading.Event(), threading.Event()

    def relate():
        with transaction.atomic():
            make_relation(from_claim=a, to_claim=b)
            wrote.set()
            assert published.wait(20)

    thread = in_thread(relate)
    assert wrote.wait(20)
    Claim.objects.filter(pk=a.pk).update(review_state="published")
    published.set()
    thread.join(20)

    assert replayed() == shown()
    assert entries()[-1].kind == "relation"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_sees_an_old_snapshot_tries_again():
    """Under REPEATABLE READ the other end's being public is not seen, so it is not settled on."""
    a = make_claim(slug="a", review_state="draft")
    b = make_claim(slug="b", review_state="draft")
    make_relation(from_claim=a, to_claim=b)
    tries = []

    @atomic_with_retry
    def publish():
        sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tries.append(Claim.objects.count())  # takes the snapshot
        if len(tries) == 1:
            in_thread(lambda: Claim.objects.filter(pk=b.pk).update(review_state="published")).join()
        Claim.objects.filter(pk=a.pk).update(review_state="published")

    publish()

    assert len(tries) == 2
    assert replayed() == shown()


# Places ------------------------------------------------------------------------------------------


def test_a_place_is_read_as_it_was_written():
    place = Place(7, datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC))

    assert Place.read(str(place)) == place
    assert Place.read(str(START)) == START


@pytest.mark.parametrize(
    "token", ["", "x", "MQ", "é", "MS4x=", "MS4x\n", "MDEuMQ", "OTk5OTk5OTk5OTk5OTk5OTk5OS4x"]
)
def test_what_is_no_place_is_refused(token):
    with pytest.raises(ValueError):
        Place.read(token)


def test_a_place_of_another_history_is_not_known():
    make_claim()
    settle()
    place = entries()[-1].place

    assert place.is_known
    assert not Place(place.number, START.at).is_known
    assert not Place(place.number + 1, place.at).is_known
