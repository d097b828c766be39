"""Kept positions and tallies: exact at every COMMIT, whatever the way in."""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import date
from itertools import groupby

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from claims.models import Claim, Position, Statement, Tally
from claims.positions import kept, lists
from claims.positions.clocks import Clocks
from claimtracker import retry
from claimtracker.retry import atomic_with_retry
from sources.models import Source
from tests.claimtracker.full import IS_FULL, full_or
from tests.factories import make_claim, make_source, make_statement, settle

pytestmark = pytest.mark.django_db


def sql(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else None


def truncate(tables):
    sql("SET LOCAL claimtracker.may_truncate = 'on'")
    sql(f"TRUNCATE {tables}")


def copy(*rows):
    """Write statements by COPY: claim, source, slug, stance, said, order, review state."""
    columns = (
        'claim_id, source_id, slug, stance, said, "order", review_state, version, created_at, '
        "denies_what, occasion, personal_capacity, note"
    )
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY claims_statement ({columns}) FROM STDIN") as lines,
    ):
        for row in rows:
            lines.write_row([*row, 1, "2026-01-01", "", "", False, ""])


def computed():
    """Return the positions and tallies that the statements make, worked out row by row."""
    rows = Statement.objects.filter(
        review_state="published", stance__in=["asserts", "denies", "withdraws"]
    ).values_list("claim_id", "source_id", "said_range", "order", "slug", "stance", "pk")

    def place(row):
        _, _, days, order, slug, *_ = row
        return (days.upper if days and days.upper else date.min), order, slug

    positions = {}
    for pair, said in groupby(sorted(rows, key=lambda row: row[:2]), key=lambda row: row[:2]):
        *_, stance, pk = max(said, key=place)
        if stance != "withdraws":
            positions[pair] = stance, pk
    tallies = {pk: [0, 0] for pk in Claim.objects.values_list("pk", flat=True)}
    for (claim, _), (stance, _) in positions.items():
        tallies[claim][stance == "denies"] += 1
    return positions, tallies


def as_kept():
    positions = Position.objects.values_list("claim_id", "source_id", "stance", "statement_id")
    return (
        {(claim, source): (stance, pk) for claim, source, stance, pk in positions},
        {each.claim_id: [each.asserts, each.denies] for each in Tally.objects.all()},
    )


def notes():
    return (
        sql("SELECT count(*) FROM claims_touched")[0][0]
        + (sql("SELECT count(*) FROM claims_settling")[0][0])
    )


def assert_exact():
    assert as_kept() == computed()
    assert kept.check() == []
    assert notes() == 0


def tally_of(claim):
    kept = Tally.objects.get(claim=claim)
    return kept.asserts, kept.denies


# Ways in -----------------------------------------------------------------------------------------


@pytest.fixture
def disputed():
    """Return a claim that two sources assert and a third denies, after it withdrew."""
    claim = make_claim()
    for slug, stance in [("s1", "asserts"), ("s2", "asserts"), ("s3", "denies")]:
        source = make_source(slug=slug)
        make_statement(slug=f"{slug}-first", claim=claim, source=source, said="2020")
        make_statement(
            slug=f"{slug}-out", claim=claim, source=source, stance="withdraws", said="2021"
        )
        make_statement(slug=slug, claim=claim, source=source, stance=stance, said="2022")
    assert tally_of(claim) == (2, 1)
    return claim


WAYS = {
    "a new statement": (
        lambda claim: make_statement(claim=claim, stance="denies"),
        (2, 2),
    ),
    "an opposite one": (
        lambda claim: Statement.objects.filter(slug="s1").update(stance="denies"),
        (1, 2),
    ),
    "a stance that holds nothing": (
        lambda claim: Statement.objects.filter(slug="s1").update(stance="comments"),
        (1, 1),
    ),
    "an earlier date": (
        lambda claim: Statement.objects.filter(slug="s1").update(said="2019"),
        (1, 1),
    ),
    "no date": (lambda claim: Statement.objects.filter(slug="s1").update(said=""), (1, 1)),
    "an order": (
        lambda claim: sql(
            "UPDATE claims_statement SET said = '2022', \"order\" = 1 WHERE slug = 's1-out'"
        ),
        (1, 1),
    ),
    "a source": (
        lambda claim: sql(
            "UPDATE claims_statement SET source_id = (SELECT id FROM sources_source "
            "WHERE slug = 's1') WHERE slug = 's3'"
        ),
        (1, 1),
    ),
    "a claim": (
        lambda claim: Statement.objects.filter(slug="s3").update(claim=make_claim()),
        (2, 0),
    ),
    "a review": (
        lambda claim: Statement.objects.filter(slug="s2").update(review_state="in_review"),
        (1, 1),
    ),
    "an id": (
        lambda claim: sql("UPDATE claims_statement SET id = id + 1000000 WHERE slug = 's2'"),
        (2, 1),
    ),
    "deleting by Django": (lambda claim: Statement.objects.get(slug="s3").delete(), (2, 0)),
    "deleting by SQL": (
        lambda claim: sql("DELETE FROM claims_statement WHERE slug = 's1'"),
        (1, 1),
    ),
    "bulk_create": (
        lambda claim: Statement.objects.bulk_create(
            Statement(claim=claim, source=make_source(), stance="denies", review_state="published")
            for _ in range(3)
        ),
        (2, 4),
    ),
    "an upsert": (
        lambda claim: Statement.objects.bulk_create(
            [Statement(claim=claim, source=make_source(), stance="denies", slug="s1")],
            update_conflicts=True,
            unique_fields=["slug"],
            update_fields=["stance"],
        ),
        (1, 2),
    ),
    "bulk_update": (
        lambda claim: Statement.objects.bulk_update(
            [
                Statement(pk=each.pk, stance="denies")
                for each in Statement.objects.filter(slug__in=["s1", "s2"])
            ],
            ["stance"],
        ),
        (0, 3),
    ),
    "COPY": (
        lambda claim: copy(
            [claim.pk, make_source().pk, "s4", "denies", "2023", 0, "published"],
            [claim.pk, Source.objects.get(slug="s3").pk, "s5", "asserts", "2023", 0, "published"],
        ),
        (3, 1),
    ),
    "MERGE": (
        lambda claim: sql(
            "MERGE INTO claims_statement t USING (VALUES ('s1'), ('s2')) v(slug) "
            "ON t.slug = v.slug WHEN MATCHED AND t.slug = 's1' THEN DELETE "
            "WHEN MATCHED THEN UPDATE SET stance = 'denies'"
        ),
        (0, 2),
    ),
    "two commands in one": (
        lambda claim: sql(
            "WITH gone AS (DELETE FROM claims_statement WHERE slug = 's1') "
            "UPDATE claims_statement SET stance = 'denies' WHERE slug = 's2'"
        ),
        (0, 2),
    ),
    "retiring the claim": (
        lambda claim: Claim.objects.filter(pk=claim.pk).update(review_state="retired"),
        (0, 0),
    ),
    "retiring a source": (
        lambda claim: Source.objects.filter(slug="s2").update(review_state="retired"),
        (1, 1),
    ),
    "TRUNCATE": (
        lambda claim: truncate("claims_statement, claims_citation"),
        (0, 0),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_tally_follows(disputed, way):
    change, expected = WAYS[way]

    change(disputed)
    settle()

    assert tally_of(disputed) == expected
    assert_exact()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("way", WAYS)
def test_the_tally_follows_at_commit(disputed, way):
    change, expected = WAYS[way]

    with transaction.atomic():
        change(disputed)

    assert tally_of(disputed) == expected
    assert_exact()


def test_merging_a_claim_moves_its_tally(disputed):
    survivor = make_claim()

    Statement.objects.filter(claim=disputed).update(claim=survivor)
    settle()

    assert (tally_of(disputed), tally_of(survivor)) == ((0, 0), (2, 1))


def test_merging_two_sources_leaves_one_position(disputed):
    survivor = Source.objects.get(slug="s1")

    Statement.objects.filter(source__slug="s3").update(source=survivor)
    settle()

    # s1 and s3 spoke on the same day, in the order of the slugs.
    assert tally_of(disputed) == (1, 1)
    assert_exact()


def test_a_claim_has_a_tally_from_the_start():
    assert tally_of(make_claim()) == (0, 0)


def test_a_deleted_claim_leaves_no_tally():
    claim = make_claim(review_state="draft")

    claim.delete()
    settle()

    assert not Tally.objects.exists()


def test_a_deleted_claim_that_comes_back_has_a_tally():
    claim = make_claim()
    key = claim.pk

    claim.delete()
    make_claim(pk=key)
    settle()

    assert_exact()


def test_the_tally_follows_a_claim_to_another_id():
    claim = make_claim()

    sql("UPDATE claims_claim SET id = id + 1000000 WHERE id = %s", claim.pk)
    settle()

    assert_exact()


def test_truncating_everything_leaves_no_tally(disputed):
    truncate("claims_claim CASCADE")

    assert as_kept() == ({}, {})


def test_a_write_that_changes_no_position_leaves_no_note(disputed):
    Statement.objects.update(note="Checked.", occasion="A briefing.", review_state="published")
    make_statement(claim=disputed, stance="comments")
    Statement.objects.create(claim=disputed, source=make_source(), stance="denies", slug="draft")

    assert notes() == 0


def test_a_command_leaves_one_note(disputed):
    Statement.objects.update(said="2023")

    assert sql("SELECT array_length(claims, 1) FROM claims_touched") == [(3,)]


# Transactions ------------------------------------------------------------------------------------


def test_what_a_savepoint_took_back_is_not_tallied(disputed):
    Statement.objects.filter(slug="s1").update(stance="denies")
    with suppress(ZeroDivisionError), transaction.atomic():
        Statement.objects.filter(slug="s2").update(stance="denies")
        raise ZeroDivisionError
    settle()

    assert tally_of(disputed) == (1, 2)
    assert_exact()


def test_only_a_savepoint_that_was_taken_back_leaves_nothing(disputed):
    with suppress(ZeroDivisionError), transaction.atomic():
        Statement.objects.filter(slug="s2").update(stance="denies")
        raise ZeroDivisionError

    assert notes() == 0


def test_what_was_settled_in_a_savepoint_is_taken_back_with_it(disputed):
    Statement.objects.filter(slug="s1").update(stance="denies")
    with suppress(ZeroDivisionError), transaction.atomic():
        Statement.objects.filter(slug="s2").update(stance="denies")
        settle()
        raise ZeroDivisionError
    settle()

    assert tally_of(disputed) == (1, 2)
    assert_exact()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_notes_after_constraints_were_asked_for_are_settled_too(disputed):
    with transaction.atomic():
        Statement.objects.filter(slug="s1").update(stance="denies")
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        Statement.objects.filter(slug="s2").update(stance="denies")
        assert tally_of(disputed) == (0, 3)
        sql("SET CONSTRAINTS ALL DEFERRED")
        Statement.objects.filter(slug="s3").update(stance="asserts")

    assert tally_of(disputed) == (1, 2)
    assert_exact()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_refused_commit_leaves_no_note(disputed):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_statement(claim=disputed)
        Statement.objects.create(
            claim=make_claim(review_state="draft"), source=make_source(), review_state="published"
        )

    assert_exact()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_writer_with_an_old_snapshot_tries_again(disputed):
    """Under REPEATABLE READ another's statement is not seen, so it must not be settled on."""
    source = Source.objects.get(slug="s1")
    tries = []

    @atomic_with_retry
    def deny():
        sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tries.append(Claim.objects.count())  # takes the snapshot
        if len(tries) == 1:
            # A later statement of the same stance: the tally stays as it is.
            other = threading.Thread(
                target=say, args=[{"said": "2024", "claim": disputed, "source": source}]
            )
            other.start()
            other.join()
        Statement.objects.create(
            claim=disputed, source=source, stance="denies", said="2023", review_state="published"
        )

    deny()

    assert len(tries) == 2
    assert_exact()


def say(fields):
    try:
        Statement.objects.create(stance="asserts", review_state="published", **fields)
    finally:
        connection.close()


# Lists -------------------------------------------------------------------------------------------


def test_the_kept_tally_is_that_of_the_live_ledger(disputed):
    kept = Position.objects.values_list("source__slug", "claim__slug", "stance")
    live = lists.matrix(None, Clocks())

    assert set(kept) == {
        (source, claim, stance)
        for source, row in zip(live["sources"], live["cells"], strict=True)
        for claim, stance in zip(live["claims"], row, strict=True)
        if stance
    }


def test_a_contested_list_reads_no_statement(disputed):
    plan = Claim.objects.contested().with_tally().explain()

    assert "claims_statement" not in plan


# Check and rebuild -------------------------------------------------------------------------------


@pytest.fixture
def spoilt(disputed):
    sql("UPDATE claims_tally SET asserts = 7 WHERE claim_id = %s", disputed.pk)
    sql(
        "DELETE FROM claims_position WHERE source_id = (SELECT max(source_id) FROM claims_position)"
    )
    return disputed


def test_check_names_each_difference(spoilt):
    denial = Statement.objects.get(slug="s3")

    assert [str(difference) for difference in kept.check()] == [
        f"{spoilt.slug}: kept asserts 7, denies 1; computed asserts 2, denies 1",
        f"{spoilt.slug} (s3): kept none; computed denies by statement {denial.pk}",
    ]


def test_check_misses_no_claim_without_a_tally():
    claim = make_claim()
    Tally.objects.all().delete()

    assert [difference.claim for difference in kept.check()] == [claim.slug]


def test_check_finds_what_is_kept_of_no_claim():
    Tally.objects.create(claim_id=-1)

    assert [difference.claim for difference in kept.check()] == ["no claim -1"]


def test_rebuild_puts_all_right(spoilt):
    Tally.objects.create(claim_id=-1)
    Position.objects.create(claim_id=-1, source_id=-1, statement_id=-1, stance="asserts")
    Tally.objects.filter(claim=make_claim()).delete()

    kept.rebuild()

    assert_exact()


def test_the_command_fails_where_a_tally_is_wrong(spoilt, capsys):
    with pytest.raises(CommandError, match="--rebuild"):
        call_command("tallies", "--check")

    assert f"{spoilt.slug}: kept" in capsys.readouterr().out


def test_the_command_makes_the_tallies_anew(spoilt, capsys):
    call_command("tallies", "--rebuild")
    call_command("tallies", "--check")

    assert "exact" in capsys.readouterr().out


# Any sequence of commands ------------------------------------------------------------------------

CLAIMS, SOURCES, SLUGS = range(3), range(3), range(8)
PLACES = {
    "claim": st.sampled_from(CLAIMS),
    "source": st.sampled_from(SOURCES),
    "stance": st.sampled_from(["asserts", "denies", "withdraws", "comments"]),
    "said": st.sampled_from(["2020", "2020-12-31", "2020/..", "../2020-06", "2019-05", "2021~"]),
    "order": st.sampled_from([0, 0, 1]),
    "review_state": st.sampled_from(["published", "published", "published", "draft", "retired"]),
}
ROWS = st.fixed_dictionaries({"slug": st.sampled_from(SLUGS)} | PLACES)
CHANGES = st.sampled_from(sorted(PLACES)).flatmap(
    lambda field: st.tuples(st.just(field), PLACES[field])
)
COMMANDS = st.one_of(
    st.tuples(st.just("insert"), st.lists(ROWS, min_size=1, max_size=4)),
    st.tuples(st.just("copy"), st.lists(ROWS, min_size=1, max_size=4)),
    st.tuples(st.just("update"), st.lists(st.sampled_from(SLUGS), min_size=1), CHANGES),
    st.tuples(st.just("delete"), st.lists(st.sampled_from(SLUGS), min_size=1, max_size=3)),
    st.tuples(st.just("merge claims"), st.sampled_from(CLAIMS), st.sampled_from(CLAIMS)),
    st.tuples(st.just("merge sources"), st.sampled_from(SOURCES), st.sampled_from(SOURCES)),
    st.tuples(st.just("retire claim"), st.sampled_from(CLAIMS)),
    st.tuples(st.just("retire source"), st.sampled_from(SOURCES)),
    st.tuples(st.just("settle")),
    st.tuples(st.just("settle at once from now on")),
)
# Of a transaction, the commands that a savepoint takes back are marked.
TRANSACTIONS = st.lists(
    st.lists(st.tuples(COMMANDS, st.sampled_from([False, False, False, True])), max_size=6),
    min_size=1,
    max_size=5,
)


class Play:
    """Runs commands on three claims and three sources."""

    def __init__(self):
        self.claims = [make_claim(slug=f"c{n}") for n in CLAIMS]
        self.sources = [make_source(slug=f"s{n}") for n in SOURCES]

    def begin(self):
        Statement.objects.all().delete()
        for model in (Claim, Source):
            model.objects.update(review_state="published")

    def run(self, name, *arguments):
        getattr(self, name.replace(" ", "_"))(*arguments)

    def row(self, row):
        row = {**row, "claim": self.claims[row["claim"]], "source": self.sources[row["source"]]}
        return Statement(**row)

    def insert(self, rows):
        Statement.objects.bulk_create(map(self.row, rows))

    def copy(self, rows):
        copy(
            *(
                [
                    self.claims[row["claim"]].pk,
                    self.sources[row["source"]].pk,
                    *(row[name] for name in ("slug", "stance", "said", "order", "review_state")),
                ]
                for row in rows
            )
        )

    def update(self, slugs, change):
        field, value = change
        if field in {"claim", "source"}:
            value = {"claim": self.claims, "source": self.sources}[field][value]
        Statement.objects.filter(slug__in=slugs).update(**{field: value})

    def delete(self, slugs):
        Statement.objects.filter(slug__in=slugs).delete()

    def merge_claims(self, loser, survivor):
        Statement.objects.filter(claim=self.claims[loser]).update(claim=self.claims[survivor])

    def merge_sources(self, loser, survivor):
        Statement.objects.filter(source=self.sources[loser]).update(source=self.sources[survivor])

    def retire_claim(self, number):
        Claim.objects.filter(slug=f"c{number}").update(review_state="retired")

    def retire_source(self, number):
        Source.objects.filter(slug=f"s{number}").update(review_state="retired")

    def settle(self):
        settle()

    def settle_at_once_from_now_on(self):
        sql("SET CONSTRAINTS claims_settle IMMEDIATE")


class TakenBackError(Exception):
    pass


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_any_commands_in_any_transactions_leave_exact_tallies():
    play = Play()

    @full_or(40)
    @given(TRANSACTIONS)
    def whatever_was_done(transactions):
        play.begin()
        for commands in transactions:
            with suppress(IntegrityError), transaction.atomic():
                for command, is_taken_back in commands:
                    # What is refused (a slug that is there, a retired claim) is taken back too.
                    with suppress(TakenBackError, IntegrityError), transaction.atomic():
                        play.run(*command)
                        if is_taken_back:
                            raise TakenBackError
            assert_exact()

    whatever_was_done()


# Eight writers at once ---------------------------------------------------------------------------

WRITERS, HOT_CLAIMS, HOT_SOURCES = 8, 10, 12
SECONDS = 60 if IS_FULL else 5
INSERTS = ["insert", "copy"]
CHANGES_OF_ONE = ["delete", "stance", "said", "review", "move"]
CHANGES_OF_MANY = ["many", "merge_claims", "merge_sources", "retire_claim", "retire_source"]
KINDS = [*INSERTS, *CHANGES_OF_ONE, *CHANGES_OF_MANY, "publish"]
WEIGHTS = dict(zip(KINDS, [8, 8, *[4] * 5, *[1] * 5, 6], strict=True))
# A statement on its way to a claim that is being retired: their foreign keys may meet, in rare
# cycles of three commands or more, and did so before there were tallies.
MOVES = {"move", "merge_claims", "merge_sources"}


class Writer(threading.Thread):
    """Writes transactions until the time is over: of one command, of inserts, of up to four."""

    def __init__(self, number, stop, claims, sources, *, only_simple):
        super().__init__()
        self.number, self.stop, self.claims, self.sources = number, stop, claims, sources
        self.only_simple = only_simple
        self.kinds = [kind for kind in KINDS if not (only_simple and kind in MOVES)]
        self.random = random.Random(number)
        self.count = 0
        self.committed = Counter()
        self.errors = []

    def run(self):
        try:
            with suppress(ProgrammingError):  # a superuser's: deadlocks are found sooner
                sql("SET deadlock_timeout = '50ms'")
            while not self.stop.is_set():
                self.write_a_transaction()
        except Exception as error:  # whatever it is, the test shows it
            self.errors.append(error)
        finally:
            connection.close()

    def commands(self):
        if self.random.random() < 0.3:
            return self.random.choices(INSERTS, k=self.random.randint(2, 4))
        length = 1 if self.only_simple else self.random.randint(1, 4)
        return self.random.choices(self.kinds, [WEIGHTS[kind] for kind in self.kinds], k=length)

    def write_a_transaction(self):
        commands = self.commands()
        deeds = [getattr(self, f"make_{name}")() for name in commands]

        @atomic_with_retry
        def write():
            for deed in deeds:
                deed()

        with suppress(IntegrityError):  # another has retired the claim or the source meanwhile
            write()
            self.committed.update(commands)

    # Each returns a command; what it is about is looked up before the transaction begins.

    def one(self, ids):
        return self.random.choice(ids)

    def rows(self):
        rows = []
        for _ in range(self.random.randint(1, 3)):
            self.count += 1
            rows.append(
                [
                    self.one(self.claims),
                    self.one(self.sources),
                    f"w{self.number}-{self.only_simple}-{self.count}",
                    self.random.choice(["asserts", "denies", "denies", "withdraws", "comments"]),
                    self.random.choice(["2020", "2021-05", "2022-01-01", "2020/.."]),
                    self.random.choice([0, 1]),
                    self.random.choice(["published", "published", "draft"]),
                ]
            )
        return rows

    def make_insert(self):
        names = ["claim_id", "source_id", "slug", "stance", "said", "order", "review_state"]
        rows = [dict(zip(names, row, strict=True)) for row in self.rows()]
        return lambda: Statement.objects.bulk_create(Statement(**row) for row in rows)

    def make_copy(self):
        rows = self.rows()
        return lambda: copy(*rows)

    def a_statement(self):
        found = Statement.objects.filter(claim=self.one(self.claims)).order_by("?").first()
        return Statement.objects.filter(pk=found.pk if found else None)

    def make_delete(self):
        pks = [each.pk for each in self.a_statement()]
        return lambda: sql("DELETE FROM claims_statement WHERE id = ANY(%s)", pks)

    def change(self, **change):
        statement = self.a_statement()
        return lambda: statement.update(**change)

    def make_stance(self):
        return self.change(stance=self.one(["asserts", "denies", "comments"]))

    def make_said(self):
        return self.change(said=self.one(["2020", "2023", "2020/.."]), order=self.one([0, 1]))

    def make_review(self):
        return self.change(review_state=self.one(["published", "draft", "in_review"]))

    def make_move(self):
        return self.change(claim=self.one(self.claims))

    def change_many(self, change, which, *parameters):
        """Who locks many rows locks them in one order, as the retiring of a claim does."""
        return lambda: sql(
            f"UPDATE claims_statement SET {change} WHERE id IN ("
            f"SELECT id FROM claims_statement WHERE {which} ORDER BY id FOR NO KEY UPDATE)",
            *parameters,
        )

    def make_many(self):
        return self.change_many("stance = 'asserts'", "source_id = %s", self.one(self.sources))

    def make_merge_claims(self):
        into, loser = sorted(self.random.sample(self.claims, 2))
        return self.change_many("claim_id = %s", "claim_id = %s", into, loser)

    def make_merge_sources(self):
        into, loser = sorted(self.random.sample(self.sources, 2))
        return self.change_many("source_id = %s", "source_id = %s", into, loser)

    def make_retire_claim(self):
        claim = Claim.objects.filter(pk=self.one(self.claims))
        return lambda: claim.update(review_state="retired")

    def make_retire_source(self):
        source = Source.objects.filter(pk=self.one(self.sources))
        return lambda: source.update(review_state="retired")

    def make_publish(self):
        model = self.one([Claim, Source])
        retired = model.objects.filter(review_state="retired").order_by("?").first()
        row = model.objects.filter(pk=retired.pk if retired else None)
        return lambda: row.update(review_state="published")


@pytest.fixture
def conflicts(monkeypatch):
    """Return a list that fills with the conflicts after which a writer tried again."""
    seen, is_conflict = [], retry.is_conflict

    def listen(error):
        if is_conflict(error):
            seen.append(str(error))
        return is_conflict(error)

    monkeypatch.setattr(retry, "is_conflict", listen)
    return seen


def let_them_write(*, only_simple):
    """Let eight writers work on ten claims, and look at the tallies meanwhile and at the end."""
    claims = [make_claim().pk for _ in range(HOT_CLAIMS)]
    sources = [make_source().pk for _ in range(HOT_SOURCES)]
    stop = threading.Event()
    writers = [
        Writer(number, stop, claims, sources, only_simple=only_simple) for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    samples, until = [], time.monotonic() + SECONDS
    # A slow machine is given longer, for each kind of write to have its turn.
    while (now := time.monotonic()) < until or (
        now < until + 60 and any(kind not in committed_by(writers) for kind in writers[0].kinds)
    ):
        samples.append(kept.check())
        time.sleep(0.02)
    stop.set()
    for writer in writers:
        writer.join(60)

    assert [writer.errors for writer in writers] == [[]] * WRITERS, "no error is seen"
    assert samples == [[]] * len(samples), "exact at every moment that was looked at"
    assert_exact()
    assert committed_by(writers) == set(writers[0].kinds), "each kind of write was committed"


def committed_by(writers):
    """Return the kinds of writes that were committed so far."""
    return {kind for writer in writers for kind in list(writer.committed)}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_writers_of_one_command_or_of_inserts_meet_no_deadlock(conflicts):
    let_them_write(only_simple=True)

    assert conflicts == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_writers_of_up_to_four_commands_never_wait_in_a_circle_for_tallies(conflicts):
    let_them_write(only_simple=False)

    assert not [each for each in conflicts if "claims_tally" in each or "claims_pos" in each]
