"""Takes back a merge: every row that it wrote is as it was before."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils import timezone
from django.utils.text import capfirst

from claims.merging.doing import SEEN_OTHERWISE, check_may_merge
from claims.models import Merge
from claimtracker.batches import rows_written
from claimtracker.events import as_of, events_of, written_fields
from claimtracker.history import names_of
from claimtracker.retry import atomic_with_retry
from claimtracker.stamps import stamp_of
from claimtracker.triggers import expect_many_rows
from sources.models import Source

SHOWN = 5  # of the rows that are in the way


@dataclass
class Undoing:
    """What undoing a merge would do: rows to make again, and values to set back.

    With ``problems`` it is refused.
    """

    made_again: list[models.Model] = field(default_factory=list)
    # Of a model and the values to set, the rows.
    set_back: dict[tuple[type[models.Model], tuple], list[Any]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # The aliases that the merge gave to the source that stayed.
    names: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def undoing(merge: Merge) -> Undoing:
    """Return what undoing a merge would do, and what stands in its way; nothing is written."""
    plan = Undoing()
    if merge.undone_at:
        plan.problems.append(f"It was undone already, by {merge.undone_by}.")
        return plan
    changed: list[tuple[type[models.Model], Any]] = []
    for label, (first, last) in merge.written.items():
        model = apps.get_model(label)
        changed += _undo_rows(plan, model, merge, first, last)
    if later := _merged_since(merge, changed):
        plan.problems += [
            f"Undo the merge into “{each.survivor}” first: it came later, and moved the same rows."
            for each in later[:SHOWN]
        ]
    elif changed:
        shown = [_described(model, pk) for model, pk in changed[:SHOWN]]
        more = f" … and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        plan.problems.append(
            f"Changed since: {'; '.join(shown)}{more}. What a merge moved goes back only as it is."
        )
    else:
        plan.problems += _gone(plan) + _slugs_taken(plan)
    return plan


def _merged_since(merge: Merge, changed: list[tuple[type[models.Model], Any]]) -> list[Merge]:
    """Return the later merges, the last one first, that rows were changed by and that stand."""
    contexts: set[Any] = set()
    for model in {model for model, _ in changed}:
        keys = [pk for each, pk in changed if each is model]
        events = events_of(model).objects.filter(pgh_obj_id__in=keys)
        contexts |= set(events.values_list("pgh_context_id", flat=True))
    later = Merge.objects.filter(pk__gt=merge.pk, undone_at=None, context__in=contexts - {None})
    return list(later.select_related("target_type").order_by("-pk"))


def _gone(plan: Undoing) -> list[str]:
    """Return in sentences which rows are gone to which others would refer again."""
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    again = {(type(row), row.pk) for row in plan.made_again}
    said = [(type(row), vars(row)) for row in plan.made_again]
    said += [(model, dict(values)) for model, values in plan.set_back]
    for model, says in said:
        for each in written_fields(model):
            key = says.get(each.attname)
            if each.is_relation and key is not None and (each.related_model, key) not in again:
                wanted[each.related_model].add(key)
    gone = [
        (model, key) for model, keys in wanted.items() for key in sorted(keys - _there(model, keys))
    ]
    named = names_of(gone[:SHOWN])
    return [
        f"{capfirst(model._meta.verbose_name)} “{name}” was deleted since: restore that first."
        for (model, _), name in named.items()
    ]


def _there(model: type[models.Model], keys: set[Any]) -> set[Any]:
    return set(model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))


def _slugs_taken(plan: Undoing) -> list[str]:
    """Return in sentences which addresses of rows that come back others have by now."""
    slugs: dict[type[models.Model], list[str]] = defaultdict(list)
    for row in plan.made_again:
        if hasattr(row, "slug"):
            slugs[type(row)].append(row.slug)
    return [
        f"{capfirst(model._meta.verbose_name)} “{row}” has the slug “{row.slug}” by now, which one "
        "that comes back had: give it another, or delete it."
        for model, taken in slugs.items()
        for row in model._base_manager.filter(slug__in=taken)[:SHOWN]
    ]


def _undo_rows(
    plan: Undoing, model: type[models.Model], merge: Merge, first: int, last: int
) -> list[tuple[type[models.Model], Any]]:
    """Add to a plan what undoes the events of a model; return the rows that were changed since."""
    changed, gone = [], []
    for row in rows_written(model, merge.context, first, last):
        if model is Source and row.pk == merge.survivor_id and row.was and row.became:
            # It may have been changed since: only the names go that came with the merge.
            plan.names = _names_to_remove(merge, row.was["aliases"], row.became["aliases"])
            continue
        moved = tuple(row.changes.items())
        if row.became is not None and not moved:
            continue  # only its version, as what belongs to it counts
        if row.was_changed_since:
            changed.append((model, row.pk))
        elif row.became is None:
            gone.append(row.before)
        else:
            plan.set_back[model, moved].append(row.pk)
    events = events_of(model).objects
    plan.made_again += map(as_of, events.filter(pgh_id__in=gone).order_by("pgh_obj_id"))
    return changed


def _names_to_remove(merge: Merge, before: list[str], after: list[str]) -> list[str]:
    """Return the aliases that a merge added, but for those of others that were merged too."""
    standing = Merge.objects.filter(
        target_type=merge.target_type, survivor_id=merge.survivor_id, undone_at=None
    )
    others = Source.objects.filter(pk__in=standing.exclude(pk=merge.pk).values("loser_id"))
    kept = {name for other in others for name in (other.name, *other.aliases)}
    return [name for name in after if name not in before and name not in kept]


def _described(model: type[models.Model], pk: Any) -> str:
    row = model._base_manager.filter(pk=pk).first()
    name = f"“{row}”" if row else "one that is gone"
    return f"{model._meta.verbose_name} {name}"


def stamp_of_merged(merge: Merge) -> str:
    """Return what is another once the rows of a merge, or what belongs to them, are others."""
    rows = merge.target_type.model_class()._base_manager.in_bulk(
        [merge.loser_id, merge.survivor_id]
    )
    return "+".join(str(stamp_of(row)) for _, row in sorted(rows.items()))


@atomic_with_retry
def undo(*, merge: Merge, user: Any, reason: str, seen: str | None = None) -> Merge:
    """Take back a merge: every row that it wrote is as it was before, or nothing is.

    ``seen`` is the ``stamp_of_merged`` when the editor looked at it, where that was some time ago.
    Raises ValidationError where one of them was changed since, or the database's error where the
    rules of now forbid it; PermissionDenied where the user may not publish rows of this kind.
    """
    merge = Merge.objects.select_for_update(no_key=True).get(pk=merge.pk)
    model = merge.target_type.model_class()
    check_may_merge(model, user)
    if not reason.strip():
        raise ValidationError("Say why they are not the same: the history keeps it.")
    held = model._base_manager.filter(pk__in=[merge.loser_id, merge.survivor_id])
    list(held.order_by("pk").select_for_update().values_list("pk"))
    plan = undoing(merge)
    if plan.problems:
        raise ValidationError(plan.problems)
    if seen is not None and seen != stamp_of_merged(merge):
        raise ValidationError(SEEN_OTHERWISE)
    with pghistory.context(user=user.pk, reason=reason, deed=f"undid the merge of {merge}"):
        for (changed, values), keys in plan.set_back.items():
            expect_many_rows()
            changed._base_manager.filter(pk__in=keys).update(**dict(values))
        if plan.names:
            stayed = Source.objects.get(pk=merge.survivor_id)
            aliases = [name for name in stayed.aliases if name not in plan.names]
            Source.objects.filter(pk=stayed.pk).update(aliases=aliases)
        by_model = defaultdict(list)
        for row in plan.made_again:
            by_model[type(row)].append(row)
        for gone, rows in by_model.items():
            gone._base_manager.bulk_create(rows)
        connection.check_constraints()
        merge.undone_by, merge.undone_at, merge.undone_because = user, timezone.now(), reason
        merge.full_clean()
        merge.save()
    return merge
