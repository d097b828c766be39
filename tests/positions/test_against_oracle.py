"""The SQL and the plain second implementation say the same of random worlds and histories."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from claims.positions import answers, lists
from claims.positions.claims_then import FIELDS, Asked, ClaimsThen
from claims.positions.clocks import Clocks
from claims.positions.sides import claim_with_sides
from tests.claimtracker.full import full_or
from tests.factories import settle
from tests.oracle import positions as oracle
from tests.oracle.strategies import apply_changes, clocks, histories, load_world, worlds

pytestmark = pytest.mark.django_db

EVENTS = [model for model in apps.get_models() if hasattr(model, "pgh_tracked_model")]


@contextmanager
def an_empty_database():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def only_what(theirs, ours):
    """Return of our answer what theirs has too: it has no sentences, titles and links."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {key: only_what(theirs[key], ours[key]) for key in theirs if key in ours}
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [only_what(*both) for both in zip(theirs, ours, strict=True)]
    return ours


def same(theirs, ours):
    assert only_what(theirs, ours) == theirs


def check_everything(world, ours: Clocks, days):
    """Compare every answer about a world; ``days`` are the clocks as the oracle takes them."""
    printed = ours.recorded_by
    for claim in world.claims:
        for derived, roll_up in [(False, False), (True, True)]:
            theirs = oracle.claim_positions(
                world, claim.slug, derived=derived, roll_up=roll_up, **days
            )
            answer = answers.claim_positions(claim.slug, ours, derived=derived, roll_up=roll_up)
            if printed and theirs:
                theirs["clocks"] = ours.as_json()
            same(theirs, answer)
        same(
            oracle.claim_timeline(world, claim.slug, **days), lists.claim_timeline(claim.slug, ours)
        )
    for ordering in ("slug", "first_said", "last_said", "contest"):
        check_list_of_claims(world, ours, days, ordering)
    for source in world.sources:
        theirs = oracle.source_positions(world, source.slug, **days)
        same(theirs or [], lists.source_positions(source.slug, ours).page(limit=1000))
        theirs = oracle.source_positions(world, source.slug, derived=True, **days)
        same(theirs or [], answers.source_positions_derived(source.slug, ours))
        theirs = oracle.agreement(world, source.slug, **days)
        same(theirs or [], lists.agreement(source.slug, ours).page(limit=1000))
        assert lists.is_public("sources_source", source.slug, ours) == (theirs is not None)
    theirs = oracle.flips(world, **days)
    same(theirs, lists.flips(ours).page(limit=1000))
    same(theirs, read_in_pages(lists.flips(ours)))
    same(theirs[::-1], read_in_pages(lists.flips(ours), descending=True))
    for topic in [None, "roads"]:
        same(oracle.matrix(world, topic, **days), lists.matrix(topic, ours))


def check_list_of_claims(world, ours: Clocks, days, ordering):
    """Compare the list of claims, read three at a time, and what is sifted out of it."""

    def measure(row):
        if ordering == "contest":
            return min(row["tally"].values())
        return ordering != "slug" and row[ordering] or ""

    found = (oracle.claim_in_list(world, claim.slug, **days) for claim in world.claims)
    theirs = sorted(
        (row for row in found if row is not None),
        key=lambda row: (measure(row), row["slug"]),
    )
    for asked, answers_to in [
        (Asked(), lambda row: True),
        (Asked(contested=True), lambda row: row["contested"]),
        (Asked(contested=False), lambda row: not row["contested"]),
        (Asked(topic="roads"), lambda row: "roads" in row["topics"]),
    ]:
        then = ClaimsThen(ours, asked, ordering=ordering, site="", pages="", fields=[*FIELDS])
        found = [json.loads(text) for text in read_in_pages(then)]
        same([row for row in theirs if answers_to(row)], found)


def read_in_pages(rows, size=3, *, descending=False):
    read, after = [], None
    while page := rows.keyed(after=after, descending=descending, limit=size):
        read += [row for row, _ in page]
        after = page[-1][1]
    return read


HELD = ("source", "stance", "since", "said", "order_uncertain")


def check_sides(world):
    """Compare the sides of each claim with what is held of it now."""
    for claim in world.claims:
        theirs = oracle.claim_positions(world, claim.slug)
        text = claim_with_sides(claim.slug, claims_at="/", pages_at="/", statements_at="/")
        if theirs is None:
            assert text is None
            continue
        ours = json.loads(text)
        held = sorted(ours["asserts"], key=by_source) + sorted(ours["denies"], key=by_source)
        assert [[one[name] for name in HELD] for one in held] == [
            [one[name] for name in HELD] for one in theirs["positions"]
        ]
        for one, other in zip(theirs["positions"], held, strict=True):
            assert other["statement"]["slug"] == one["statement"]["slug"]
            same(one["statement"]["citations"], other["statement"]["citations"])
        assert [
            (one["source"], one["statement"]["slug"])
            for one in sorted(ours["others"], key=by_source)
        ] == [(one["source"], one["statement"]) for one in theirs["others"]]
        assert ours["tally"] == {name: theirs["tally"][name] for name in ("asserts", "denies")}
        assert ours["contested"] == theirs["contested"]


def by_source(one):
    return one["source"]


@full_or(20)
@given(worlds())
def test_the_sides_of_a_claim_are_the_plain_ones(world):
    with an_empty_database():
        load_world(world)

        check_sides(world)


@full_or(30)
@given(worlds(), clocks())
def test_every_answer_about_a_world_is_the_plain_one(world, days):
    with an_empty_database():
        load_world(world)
        settle()

        check_everything(world, Clocks(**days), days)


@full_or(20)
@given(histories(), clocks(), st.data())
def test_every_answer_as_of_a_moment_is_the_plain_one(history, days, data):
    with an_empty_database():
        for entry in history.entries:
            apply_changes(entry.changes)
            connection.check_constraints()
            date_events(entry.recorded_at)
        entry = data.draw(st.sampled_from(history.entries))
        moment = data.draw(
            st.sampled_from(
                [
                    entry.recorded_at,
                    entry.recorded_at - timedelta(seconds=1),
                    entry.recorded_at.date(),
                ]
            )
        )

        check_everything(history.as_of(moment), Clocks(**days, recorded_by=moment), days)


def date_events(moment):
    """Give the events written since the last call a time: all are of this one transaction."""
    with connection.cursor() as cursor:
        # History is append-only; this is a test's way round it, for a superuser.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in EVENTS:
            table = model._meta.db_table
            cursor.execute(
                f"UPDATE {table} SET pgh_created_at = %s WHERE pgh_created_at = now()", [moment]
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
