"""Review: which state follows which, who may bring it about, and whose words wait to be read.

The content of a row is what editors write of it: its columns, what it is tied to and the rows that
are reviewed with it (``parts``); its review state is none.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pghistory
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models

from claimtracker.curated import Curated, ReviewState, may_edit, may_publish
from claimtracker.events import Change, changes, events_of, written_fields
from claimtracker.retry import atomic_with_retry

Row = TypeVar("Row", bound=models.Model)
Reviewed = TypeVar("Reviewed", bound=Curated)

# Columns that say where a row stands, not what it says.
STANDING = {
    *("review_state", "merged_into"),
    *("state", "decided_by", "decided_at", "answer"),  # of a proposal
}
OWN_WORDS = (
    "You made its last change: with a second pair of eyes asked for, another editor publishes it."
)


@dataclass(frozen=True)
class Transition:
    """A step from one review state to another, and what it takes."""

    name: str
    label: str
    begins: frozenset[Any]
    to: Any
    done: str  # what is said of a row once it is
    for_publishers: bool = True
    needs_reason: bool = False


TRANSITIONS = {
    step.name: step
    for step in (
        Transition(
            "submit",
            "Submit for review",
            frozenset({ReviewState.DRAFT}),
            ReviewState.IN_REVIEW,
            "It waits for an editor.",
            for_publishers=False,
        ),
        Transition(
            "publish",
            "Publish",
            frozenset({ReviewState.DRAFT, ReviewState.IN_REVIEW, ReviewState.RETIRED}),
            ReviewState.PUBLISHED,
            "Readers see it.",
        ),
        Transition(
            "take_back",
            "Back to draft",
            frozenset({ReviewState.IN_REVIEW}),
            ReviewState.DRAFT,
            "It is a draft again.",
            for_publishers=False,
        ),
        Transition(
            "send_back",
            "Send back",
            frozenset({ReviewState.IN_REVIEW}),
            ReviewState.DRAFT,
            "It is a draft again.",
            needs_reason=True,
        ),
        Transition(
            "retire",
            "Retire",
            frozenset({ReviewState.DRAFT, ReviewState.IN_REVIEW, ReviewState.PUBLISHED}),
            ReviewState.RETIRED,
            "Readers do not see it any more.",
            needs_reason=True,
        ),
        Transition(
            "reopen",
            "Back to draft",
            frozenset({ReviewState.PUBLISHED, ReviewState.RETIRED}),
            ReviewState.DRAFT,
            "It is a draft again: readers do not see it.",
            needs_reason=True,
        ),
    )
}


def writes_at_once(user: Any, model: type[models.Model]) -> bool:
    """Return whether what a user writes into rows that readers see is seen by them at once."""
    return may_publish(user, model) and not settings.SECOND_PAIR_OF_EYES


def open_to(user: Any, row: Curated) -> list[Transition]:
    """Return the steps that a user may take with a row as it stands, saved or not."""
    model = type(row)
    if not may_edit(user, model):
        return []
    publishes = may_publish(user, model)
    return [
        step
        for step in TRANSITIONS.values()
        if row.review_state in step.begins
        and (publishes or not step.for_publishers)
        # Who may publish sends back, and says why.
        and not (publishes and step.name == "take_back")
    ]


def step_to(state: str, *, row: Curated, user: Any) -> Transition:
    """Return the step that brings a row to a review state: the user's own, where there are two.

    Raises ValidationError where none does.
    """
    steps = [step for step in TRANSITIONS.values() if row.review_state in step.begins]
    for step in [*open_to(user, row), *steps]:
        if step.to == state:
            return step
    ends = ", ".join(sorted({step.to for step in steps}))
    raise ValidationError({"review_state": f"It is {row.review_state}, and goes to: {ends}."})


def check(*, row: Curated, step: Transition, user: Any, reason: str) -> None:
    """Raise PermissionDenied or ValidationError where a user may not take a step with a row.

    Whose words they are is asked apart: ``check_own_words``, once all is written.
    """
    model = type(row)
    if not may_edit(user, model) or (step.for_publishers and not may_publish(user, model)):
        raise PermissionDenied("Publishing and retiring are for editors: submit it for review.")
    if row.review_state not in step.begins:
        state = row.get_review_state_display().lower()
        raise ValidationError(f"It is {state} by now: look at it again.")
    if step.needs_reason and not reason:
        raise ValidationError({"reason": f"Say why: {step.label.lower()} needs a reason."})


class OwnWordsError(PermissionDenied):
    """Somebody would publish what he himself wrote last."""


def own_words(*, rows: Collection[Row], user: Any) -> list[Row]:
    """Return the rows that a user may not publish as he himself wrote them last.

    None but where SECOND_PAIR_OF_EYES asks for it; then of superusers too.
    """
    if not settings.SECOND_PAIR_OF_EYES:
        return []
    authors = last_authors(rows)
    return [row for row in rows if authors.get(row.pk) == user.pk]


def check_own_words(*, row: models.Model, user: Any) -> None:
    """Raise OwnWordsError where a user would publish what he himself wrote last."""
    if own_words(rows=[row], user=user):
        raise OwnWordsError(OWN_WORDS)


@atomic_with_retry
def move(*, row: Reviewed, step: str, user: Any, reason: str = "") -> Reviewed:
    """Take a step of review with a row, by the name of the step, and return the row as it is then.

    Raises PermissionDenied where the user may not, ValidationError where the row cannot or the
    reason is missing; then nothing is changed. The reason is kept in the history.
    """
    model = type(row)
    row = model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
    taken = TRANSITIONS[step]
    check(row=row, step=taken, user=user, reason=reason)
    if taken.to == ReviewState.PUBLISHED:
        check_own_words(row=row, user=user)
    row.review_state = taken.to
    row.full_clean()
    with pghistory.context(user=user.pk, **because(reason)):
        row.save(update_fields=["review_state"])
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
    row.refresh_from_db()
    return row


def because(reason: str) -> dict[str, str]:
    """Return what history keeps of a reason: nothing where there is none."""
    return {"reason": reason} if reason else {}


# Whose words --------------------------------------------------------------------------------------

# Who wrote an event: of an accepted proposal the one who made it, not the one who accepted it.
AUTHOR = "coalesce(c.metadata->>'proposed_by', c.metadata->>'user')::bigint"


def last_authors(rows: Iterable[models.Model]) -> dict[Any, int | None]:
    """Return by key who last changed the content of rows of one model, as history has it.

    None stands for a command or an import. The number of queries does not grow with the rows.
    """
    by_key = {row.pk: row for row in rows}
    if not by_key:
        return {}
    model = type(next(iter(by_key.values())))
    keys = list(by_key)
    found = _last_own(model, keys)
    for events, column in _kept_apart(model):
        found += _last_of_part(events, column, keys)
    # One page is written by one transaction at a time, so that the later one began later.
    return {key: author for key, _, author in sorted(found, key=lambda each: each[1])}


def _last_own(model: Any, keys: list) -> list[tuple]:
    columns = ", ".join(
        f'e."{field.column}"' for field in written_fields(model) if field.name not in STANDING
    )
    return _asked(
        f"""
        SELECT DISTINCT ON (obj) obj, at, author
        FROM (
          SELECT e.pgh_obj_id AS obj, e.pgh_id AS id, e.pgh_created_at AS at,
            e.pgh_label = 'insert' AS is_new, {AUTHOR} AS author, ROW({columns})::text AS says,
            lag(ROW({columns})::text) OVER (PARTITION BY e.pgh_obj_id ORDER BY e.pgh_id) AS said
          FROM "{events_of(model)._meta.db_table}" e
          LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
          WHERE e.pgh_obj_id = ANY(%s)
        ) versions
        WHERE is_new OR says IS DISTINCT FROM said
        ORDER BY obj, id DESC
        """,
        keys,
    )


def _last_of_part(events: Any, column: str, keys: list) -> list[tuple]:
    return _asked(
        f"""
        SELECT DISTINCT ON (e."{column}") e."{column}", e.pgh_created_at, {AUTHOR}
        FROM "{events._meta.db_table}" e
        LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
        WHERE e."{column}" = ANY(%s)
        ORDER BY e."{column}", e.pgh_id DESC
        """,
        keys,
    )


def _asked(query: str, keys: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, [keys])
        return cursor.fetchall()


def _kept_apart(model: Any) -> list[tuple[type[models.Model], str]]:
    """Return the events of what belongs to a row and is kept in other tables, with the column."""
    parts = [model._meta.get_field(name) for name in model.parts]
    tied = [
        (events_of(f.remote_field.through), f.m2m_column_name()) for f in model._meta.many_to_many
    ]
    return tied + [(events_of(part.related_model), part.field.column) for part in parts]


# Since when it waits ------------------------------------------------------------------------------


def submissions(rows: Collection[Curated]) -> dict[Any, Change]:
    """Return by key who submitted rows of one model that wait for review, when and with what note.

    The number of queries does not grow with the rows.
    """
    if not rows:
        return {}
    events = events_of(type(next(iter(rows))))
    ids = _asked(
        f"""
        SELECT DISTINCT ON (obj) id
        FROM (
          SELECT e.pgh_obj_id AS obj, e.pgh_id AS id, e.review_state AS state,
            lag(e.review_state) OVER (PARTITION BY e.pgh_obj_id ORDER BY e.pgh_id) AS before
          FROM "{events._meta.db_table}" e WHERE e.pgh_obj_id = ANY(%s)
        ) versions
        WHERE state = 'in_review' AND before IS DISTINCT FROM state
        ORDER BY obj, id DESC
        """,
        [row.pk for row in rows],
    )
    found = list(events.objects.filter(pgh_id__in=[each for (each,) in ids]))
    return {e.pgh_obj_id: told for e, told in zip(found, changes(found), strict=True)}
