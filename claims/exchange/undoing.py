"""Undoes an import: what it added goes, what it changed is as it was before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import connection, models
from django.utils import timezone

from claims.exchange.difference import CURATED
from claims.exchange.format import ALL
from claims.exchange.importing import LOCK
from claims.models import (
    Citation,
    Claim,
    ClaimTopic,
    Import,
    Proposal,
    ProposalState,
    Relation,
    Rewording,
    Statement,
    Topic,
)
from claimtracker.batches import WrittenRow, rows_written
from claimtracker.curated import may_publish
from claimtracker.events import as_of, event_models, events_of, written_fields
from claimtracker.history import names_of
from claimtracker.retry import atomic_with_retry
from claimtracker.reverting import self_references
from claimtracker.triggers import expect_many_rows
from sources.models import Affiliation, Document, Source

SHOWN = 5  # of the rows that are in the way
AT_ONCE = 2000  # rows in one command

# The table between claims and topics.
FILED = ClaimTopic._meta.concrete_model
# What an import writes, each after what refers to it.
ORDER: tuple[type[models.Model], ...] = (
    *(Citation, FILED, Relation, Statement, Claim, Document, Affiliation, Source, Topic),
)

Model = type[models.Model]


@dataclass
class Undoing:
    """What undoing an import would do. With ``problems`` it is refused."""

    # The ids of the rows that go.
    remove: dict[Model, list[Any]] = field(default_factory=dict)
    # Of rows that stay, the columns that are written back, and their values.
    set_back: dict[Model, dict[Any, dict[str, Any]]] = field(default_factory=dict)
    made_again: list[models.Model] = field(default_factory=list)
    # The ids of the proposals that still wait.
    proposals: list[int] = field(default_factory=list)
    # The ids of what was noted of claims that it reworded.
    rewordings: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def does_nothing(self) -> bool:
        return not (
            any(self.remove.values())
            or any(self.set_back.values())
            or self.made_again
            or self.proposals
        )


def may_undo(user: Any) -> bool:
    """Return whether a user may undo imports: who publishes and deletes all that they bring."""
    opts = [file.model._meta for file in ALL]
    return all(may_publish(user, file.model) for file in CURATED) and all(
        user.has_perm(f"{each.app_label}.delete_{each.model_name}") for each in opts
    )


def undoing(done: Import) -> Undoing:
    """Return what undoing an import would do, and what stands in its way; nothing is written."""
    plan = Undoing(rewordings=done.rewordings)
    if done.undone_at:
        plan.problems.append(f"It was undone already, by {done.undone_by}.")
        return plan
    changed: list[tuple[Model, Any]] = []
    for label, (first, last) in done.written.items():
        model = apps.get_model(label)
        rows = rows_written(model, done.context, first, last)
        if model is Proposal:
            _plan_proposals(plan, rows)
        else:
            changed += _plan_rows(plan, model, rows)
    if changed:
        plan.problems.append(
            f"Changed since: {_listed(changed)}. An import is undone only where its rows are as "
            "it left them: revert or delete those first."
        )
        return plan
    _keep_topics_in_use(plan)
    in_use = [key for model in ORDER for key in _refer_to(plan, model)]
    if in_use := in_use + list(_proposed_about(plan)):
        plan.problems.append(
            f"These refer to rows that would go: {_listed(in_use)}. Change, decide on or delete "
            "them first."
        )
    elif plan.does_nothing:
        plan.problems.append("Nothing is left of it: what it brought is gone already.")
    return plan


def _plan_proposals(plan: Undoing, rows: Iterable[WrittenRow]) -> None:
    """Plan to close the proposals that still wait; those that were decided stay."""
    keys = [row.pk for row in rows]
    waiting = Proposal.objects.waiting().filter(pk__in=keys).order_by("pk")
    plan.proposals = list(waiting.values_list("pk", flat=True))
    accepted = Proposal.objects.filter(pk__in=keys, state=ProposalState.ACCEPTED).count()
    if accepted:
        what = "1 proposal" if accepted == 1 else f"{accepted} proposals"
        plan.notes.append(f"{what} of it an editor accepted: that stays. Revert it by hand.")


def _plan_rows(plan: Undoing, model: Model, rows: Iterable[WrittenRow]) -> list[tuple[Model, Any]]:
    """Add to a plan what undoes the rows of a model; return those that were changed since."""
    remove, set_back, again, changed = [], {}, [], []
    for row in rows:
        if row.was is None and row.is_now is None:
            continue  # added by the import, and gone since
        if row.became is not None and row.was is not None and not row.changes:
            continue  # only its version, as what belongs to it counts
        if row.was_changed_since:
            changed.append((model, row.pk))
        elif row.was is None:
            remove.append(row.pk)
        elif row.became is None:
            again.append(row.before)
        else:
            set_back[row.pk] = row.changes
    plan.remove[model], plan.set_back[model] = remove, set_back
    events = events_of(model).objects.filter(pgh_id__in=again)
    plan.made_again += map(as_of, events.order_by("pgh_obj_id"))
    return changed


def _keep_topics_in_use(plan: Undoing) -> None:
    """Leave topics that the import made where other claims are filed under them by now."""
    made = plan.remove.get(Topic)
    if not made:
        return
    files = FILED.objects.filter(topic__in=made)
    used = set(files.exclude(pk__in=plan.remove.get(FILED, [])).values_list("topic", flat=True))
    plan.remove[Topic] = [key for key in made if key not in used]
    if used:
        names = ", ".join(sorted(Topic.objects.filter(pk__in=used).values_list("name", flat=True)))
        plan.notes.append(f"Topics that other claims are filed under stay: {names}.")


def _refer_to(plan: Undoing, gone: Model) -> Iterator[tuple[Model, Any]]:
    """Yield the rows that would still refer to rows of a model that go."""
    keys = plan.remove.get(gone)
    if not keys:
        return
    for model in event_models():
        for each in written_fields(model):
            if each.related_model is not gone:
                continue
            leave = {
                *plan.remove.get(model, ()),
                *(
                    key
                    for key, says in plan.set_back.get(model, {}).items()
                    if each.attname in says
                ),
            }
            for some in _parts(keys):
                rows = model._base_manager.filter(**{f"{each.name}__in": some}).order_by("pk")
                for key in rows.values_list("pk", flat=True).iterator():
                    if key not in leave:
                        yield model, key


def _proposed_about(plan: Undoing) -> Iterator[tuple[Model, Any]]:
    """Yield the proposals of others that wait, and are about rows that go or name one."""
    gone = {(model, key) for model, keys in plan.remove.items() for key in keys}
    waiting = Proposal.objects.waiting().exclude(pk__in=plan.proposals).order_by("pk")
    for proposal in waiting.select_related("target_type"):
        model = proposal.target_type.model_class()
        named = {(model, proposal.target_id), *_named(model, proposal.fields)}
        if not named.isdisjoint(gone):
            yield Proposal, proposal.pk


def _named(model: Model, fields: dict[str, Any]) -> Iterator[tuple[Model, Any]]:
    """Yield the rows that proposed values of a model's fields name."""
    for name, value in fields.items():
        try:
            each = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if not each.is_relation:
            continue
        of = each.related_model
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield of, one.get("id")
                yield from _named(of, one)
            else:
                yield of, one


def _listed(keys: list[tuple[Model, Any]]) -> str:
    """Return the names of the first rows of a list, and how many more there are."""
    keys = list(dict.fromkeys(keys))
    shown = names_of(keys[:SHOWN])
    told = "; ".join(
        f"{model._meta.verbose_name} “{shown.get((model, pk), pk)}”" for model, pk in keys[:SHOWN]
    )
    return told + (f" … and {len(keys) - SHOWN:,} more" if len(keys) > SHOWN else "")


def _parts(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


@atomic_with_retry
def undo(*, done: Import, user: Any, reason: str) -> Import:
    """Undo an import: every row that it wrote is as it was before, or nothing is.

    Raises ValidationError where one of them was changed since or is referred to, or the
    database's error where the rules of now forbid it; PermissionDenied where the user may not.
    """
    if not may_undo(user):
        raise PermissionDenied("Undoing an import is for those who may publish and delete.")
    if not reason.strip():
        raise ValidationError("Say why: the history shows it.")
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    done = Import.objects.select_for_update(no_key=True).get(pk=done.pk)
    _hold(done)
    plan = undoing(done)
    if plan.problems:
        raise ValidationError(plan.problems)
    with pghistory.context(user=user.pk, reason=reason, deed=f"undid the import of {done.name}"):
        _write(plan, user, reason)
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
        done.undone_by, done.undone_at, done.undone_because = user, timezone.now(), reason
        done.full_clean()
        done.save()
    return done


def _hold(done: Import) -> None:
    """Lock the rows that an import wrote, so that nobody changes them meanwhile."""
    for label, (first, last) in done.written.items():
        model = apps.get_model(label)
        written = events_of(model).objects.filter(
            pgh_context_id=done.context, pgh_id__range=(first, last)
        )
        rows = model._base_manager.filter(pk__in=written.values("pgh_obj_id")).order_by("pk")
        for _ in rows.select_for_update(no_key=True).values_list("pk").iterator():
            pass


def _write(plan: Undoing, user: Any, reason: str) -> None:
    for key in plan.proposals:
        _close(Proposal.objects.get(pk=key), user, reason)
    for model, rows in plan.set_back.items():
        expect_many_rows()
        for columns, keys in _alike(rows).items():
            for some in _parts(keys):
                model._base_manager.bulk_update(
                    [model(pk=key, **rows[key]) for key in some], columns
                )
    Rewording.objects.filter(pk__in=plan.rewordings).delete()
    for model in ORDER:
        keys = plan.remove.get(model, [])
        for each in self_references(model):
            for some in _parts(keys):
                model._base_manager.filter(pk__in=some).update(**{each.name: None})
        for some in _parts(keys):
            expect_many_rows()
            model._base_manager.filter(pk__in=some).delete()
    again = defaultdict(list)
    for row in plan.made_again:
        again[type(row)].append(row)
    for model, rows_again in again.items():
        model._base_manager.bulk_create(rows_again, ignore_conflicts=True)


def _alike(rows: dict[Any, dict[str, Any]]) -> dict[tuple[str, ...], list[Any]]:
    """Return the ids of rows by the names of the fields that are written back."""
    alike = defaultdict(list)
    for key, says in rows.items():
        alike[tuple(sorted(says))].append(key)
    return alike


def _close(proposal: Proposal, user: Any, reason: str) -> None:
    own = proposal.author_id == user.pk
    proposal.state = ProposalState.WITHDRAWN if own else ProposalState.REFUSED
    proposal.decided_by, proposal.decided_at = user, timezone.now()
    proposal.answer = f"The import was undone: {reason}"
    proposal.full_clean()
    proposal.save()
