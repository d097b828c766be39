from django.db.models import Q

from claimtracker.rest.filters import (
    DayFilter,
    RecordedFrom,
    RecordedTo,
    ReferenceFilter,
    StrictFilterSet,
    WordFilter,
    YesNoFilter,
    may_fall_on_or_after,
    may_fall_on_or_before,
    one_of,
)
from sources.models import DocumentKind, Source, SourceKind


class SourceFilter(StrictFilterSet):
    kind = one_of(SourceKind)
    name = WordFilter(method="named", help_text="Part of the name or of an alias, in any case.")
    wikidata_id = WordFilter(help_text="The identifier in Wikidata: Q2378196.")
    description = WordFilter(
        lookup_expr="contains_folded", help_text="Part of the description, in any case."
    )
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()

    def named(self, queryset, name, value):
        return queryset.filter(Q(name__contains_folded=value) | Q(aliases__contains_folded=value))


class AffiliationFilter(StrictFilterSet):
    member = ReferenceFilter(Source, help_text="The slug of the source that belongs to a body.")
    body = ReferenceFilter(Source, help_text="The slug of the body.")
    role = WordFilter(lookup_expr="contains_folded", help_text="Part of the role, in any case.")
    speaks_for = YesNoFilter(help_text="Whether what it says counts as said by the body.")
    on = DayFilter(
        method="holding_on",
        help_text="A day: leaves out what had certainly not begun or had certainly ended.",
    )

    since_from = may_fall_on_or_after(
        "since_range", help_text="A day: it began then or later, or possibly so."
    )
    since_to = may_fall_on_or_before(
        "since_range", help_text="A day: it began then or earlier, or possibly so."
    )
    until_from = may_fall_on_or_after(
        "until_range", help_text="A day: it ended then or later, or possibly so."
    )
    until_to = may_fall_on_or_before(
        "until_range", help_text="A day: it ended then or earlier, or possibly so."
    )

    def holding_on(self, queryset, name, day):
        return queryset.holding_on(day)


class DocumentFilter(StrictFilterSet):
    kind = one_of(DocumentKind)
    publisher = ReferenceFilter(Source, help_text="The slug of the source that published it.")
    title = WordFilter(lookup_expr="contains_folded", help_text="Part of the title, in any case.")
    link = WordFilter("url", help_text="The address of the document itself, outside.")
    sha256 = WordFilter(lookup_expr="iexact", help_text="The SHA-256 of what was read, in hex.")
    retracted = YesNoFilter(method="was_retracted", help_text="Whether it was taken back since.")
    retracted_from = may_fall_on_or_after(
        "retracted_range", help_text="A day: taken back then or later, or possibly so."
    )
    retracted_to = may_fall_on_or_before(
        "retracted_range", help_text="A day: taken back then or earlier, or possibly so."
    )
    retrieved_from = DayFilter(
        "retrieved", lookup_expr="gte", help_text="A day: we read it then or later."
    )
    retrieved_to = DayFilter(
        "retrieved", lookup_expr="lte", help_text="A day: we read it then or earlier."
    )
    archived_url = WordFilter(help_text="The address of the copy that is kept of it, whole.")
    language = WordFilter(lookup_expr="iexact", help_text="A language tag: en, az, hy, ru.")
    published_from = may_fall_on_or_after(
        "published_range", help_text="A day: published then or later, or possibly so."
    )
    published_to = may_fall_on_or_before(
        "published_range", help_text="A day: published then or earlier, or possibly so."
    )
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()

    def was_retracted(self, queryset, name, value):
        return queryset.exclude(retracted="") if value else queryset.filter(retracted="")
