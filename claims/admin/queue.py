"""The queue: what waits for review, the oldest submission first, with the difference it makes."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from claims import proposals
from claims.admin.proposing import Told, what_of, with_targets
from claims.models import Citation, Proposal, Statement
from claims.waiting import KINDS, Mark, waiting
from claimtracker.admin_site import Desk, Page, label
from claimtracker.desk import change_url, is_an_id
from claimtracker.desk.values import Words
from claimtracker.differences import differences
from claimtracker.events import events_of, written_fields
from claimtracker.review import submissions
from sources.models import Document

SHOWN = 25
CITATIONS_SHOWN = 3
# What is not for a list: what the row is called already says it, or it is too long.
LEFT_OUT = {"review_state", "merged_into", "slug"}
WHOSE = {"": "Everybody's", "me": "Mine", "others": "Others'"}


@require_safe
def review(request):
    """Show what waits for review to those who may edit it."""
    kinds = {model._meta.model_name: model for model in KINDS}
    asked = {name: request.GET.get(name, "") for name in ("kind", "by", "after")}
    after = mark_of(asked["after"])
    if (
        asked["kind"] not in {"", *kinds}
        or asked["by"] not in WHOSE
        or (asked["after"] and not after)
    ):
        return HttpResponseRedirect(reverse("admin:review"))
    found = waiting(
        request.user,
        kinds=[kinds[asked["kind"]]] if asked["kind"] else KINDS,
        by=asked["by"],
        after=after,
        limit=SHOWN + 1,
    )
    shown = found[:SHOWN]
    kept = {name: value for name, value in asked.items() if value and name != "after"}
    more = urlencode(kept | {"after": in_address(shown[-1].mark)}) if len(found) > SHOWN else ""
    context = {
        **admin.site.each_context(request),
        "title": "What waits for review",
        "items": told(shown),
        "more": more,
        "first": urlencode(kept),
        "is_first": after is None,
        "kinds": {name: capfirst(model._meta.verbose_name_plural) for name, model in kinds.items()},
        "kind": asked["kind"],
        "whose": WHOSE,
        "by": asked["by"],
    }
    return TemplateResponse(request, "admin/review.html", context)


Desk.pages.append(Page("review/", review, "review"))


def in_address(mark: Mark) -> str:
    return f"{mark.since.timestamp() * 1_000_000:.0f}-{mark.kind}-{mark.pk}"


def mark_of(text: str) -> Mark | None:
    """Return the place in the queue that an address names, None where it is none."""
    parts = text.split("-")
    if len(parts) != 3 or not all(map(is_an_id, parts)):
        return None
    since, kind, pk = map(int, parts)
    try:
        moment = datetime.fromtimestamp(since // 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Mark(moment.replace(microsecond=since % 1_000_000), kind, pk)


def told(found) -> list[dict]:
    """Return what waits in words; the number of queries does not grow with the rows."""
    rows = {}
    for each in found:
        rows.setdefault(type(each.row), []).append(each.row)
    said = {}
    for model, of_model in rows.items():
        said |= _proposals(of_model) if model is Proposal else _rows(model, of_model)
    return [said[type(each.row), each.row.pk] | {"since": each.since} for each in found]


def _proposals(found) -> dict:
    found = list(with_targets(Proposal.objects.filter(pk__in=[row.pk for row in found])))
    loaded = proposals.load_parts(found)
    edits = {row.pk: proposals.read(row, row.target, loaded) for row in found}
    words = Words()
    words.learn(pair for each in edits.values() for pair in proposals.named_in(each))
    return {
        (Proposal, row.pk): {
            "kind": "Proposal",
            "name": what_of(row),
            "address": change_url(row),
            "who": str(row.author),
            "note": row.note,
            "rows": Told(row, edits[row.pk], words).rows,
        }
        for row in found
    }


def _rows(model, found) -> dict:
    row_admin = admin.site.get_model_admin(model)
    related = row_admin.label_related
    keys = [row.pk for row in found]
    queryset = model._default_manager.filter(pk__in=keys).select_related(*related)
    if model is Document:
        queryset = queryset.defer("text")
    if model is Statement:
        cited = Citation.objects.select_related("document").order_by("pk")[:CITATIONS_SHOWN]
        queryset = queryset.prefetch_related(Prefetch("citations", cited, to_attr="cited"))
    rows = list(queryset)
    fields = [field for field in written_fields(model) if not left_out(field)]
    names = [field.attname for field in fields]
    before = {
        each.pop("pgh_obj_id"): each
        for each in events_of(model)
        .objects.filter(pgh_obj_id__in=[row.pk for row in rows if row.was_public])
        .filter(review_state="published")
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
        .values("pgh_obj_id", *names)
    }
    now = {row.pk: {name: getattr(row, name) for name in names} for row in rows}
    words = Words()
    words.learn(
        (field, says[field.attname])
        for says in (*before.values(), *now.values())
        for field in fields
    )
    submitted = submissions(rows)
    return {
        (model, row.pk): {
            "kind": capfirst(model._meta.verbose_name),
            "name": label(admin.site, row),
            "address": change_url(row),
            "who": submitted[row.pk].who if row.pk in submitted else "",
            "note": submitted[row.pk].reason if row.pk in submitted else "",
            "was_public": row.was_public,
            "rows": [
                {
                    "fields": differences(
                        model,
                        before.get(row.pk),
                        now[row.pk],
                        words.by_key,
                        without=[f.name for f in written_fields(model) if left_out(f)],
                    )
                }
            ],
            "cited": getattr(row, "cited", []),
        }
        for row in rows
    }


def left_out(field) -> bool:
    """Return whether a field is not shown in the queue."""
    return field.name in LEFT_OUT or (field.model is Document and field.name == "text")
