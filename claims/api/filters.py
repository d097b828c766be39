import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from claims.api.shapes import HELD, HELD_OR_DERIVED
from claims.feed import Place
from claims.models import (
    ChangedKind,
    ChangeKind,
    Citation,
    Claim,
    ClaimKind,
    Denial,
    Evidence,
    Manner,
    RelationKind,
    Stance,
    Statement,
    Topic,
)
from claims.positions.clocks import Clocks
from claims.positions.ledger import span
from claims.search.hits import KINDS
from claimtracker.rest.filters import (
    ClockDayFilter,
    DayFilter,
    LanguageFilter,
    MomentFilter,
    NumberFilter,
    RecordedFrom,
    RecordedTo,
    ReferenceFilter,
    SlugFilter,
    SomeOfFilter,
    StrictFilterSet,
    WordFilter,
    YesNoFilter,
    at_least,
    at_most,
    may_fall_on_or_after,
    may_fall_on_or_before,
    one_of,
)
from sources.models import Document, Source


class Clocked(StrictFilterSet):
    """The three clocks; what else is asked for is answered as of them."""

    said_by = ClockDayFilter(
        help_text="A day: only what was said by then, taking the latest day that a date may mean."
    )
    public_by = ClockDayFilter(
        help_text="A day: only what was read in a document that was published by then."
    )
    recorded_by = MomentFilter(
        help_text="A day, or a time with its zone: what was recorded here and public by then."
    )

    @property
    def clocks(self) -> Clocks:
        given = self.form.cleaned_data
        return Clocks(given.get("said_by"), given.get("public_by"), given.get("recorded_by"))

    @classmethod
    def is_asked(cls, request) -> bool:
        """Return whether a request gives any of the clocks."""
        return any(request.query_params.get(name) for name in Clocked.base_filters)

    def asked_for(self, name: str) -> bool:
        """Return whether one of the parameters that are true or false is true."""
        return self.yes_or_no(name) is True

    def yes_or_no(self, name: str) -> bool | None:
        """Return one of the parameters that are true or false, None where it is not given."""
        given = self.form.cleaned_data.get(name)
        return None if given in ("", None) else given


class TopicFilter(StrictFilterSet):
    claim = ReferenceFilter(Claim, "claims", help_text="The slug of a claim: the topics it has.")
    name = WordFilter(lookup_expr="contains_folded", help_text="Part of the name, in any case.")


def body_that_it_was_said_for() -> ReferenceFilter:
    return ReferenceFilter(
        Source,
        method="spoken_for",
        help_text="The slug of a body: what it said itself, and what was said for it on that day.",
    )


# What a list shows of the statements on a claim, and can be asked for.
MEASURES = {
    "asserts": Coalesce("kept_tally__asserts", 0),
    "denies": Coalesce("kept_tally__denies", 0),
    **span(Statement.objects.filter(claim=OuterRef("pk"))),
}


def measure(kind: type[django_filters.Filter], lookup: str, help_text: str):
    """Return a filter on one of the MEASURES."""
    return kind(lookup, method="measured", help_text=help_text)


class ClaimFilter(Clocked):
    """The claims of a list. With a clock, ClaimsThenParameters are read instead."""

    kind = one_of(ClaimKind)
    text = WordFilter(
        lookup_expr="contains_folded", help_text="Part of the claim's text, in any case."
    )
    topic = ReferenceFilter(Topic, "topics", help_text="The slug of a topic.")
    contested = YesNoFilter(
        method="is_contested", help_text="Whether one source holds it true and another denies it."
    )
    source = ReferenceFilter(Source, help_text="The slug of a source that made a statement on it.")
    body = body_that_it_was_said_for()
    stance = one_of(
        Stance,
        help_text="That a statement on it took; with “source”, a statement of that source.",
    )
    said_from = may_fall_on_or_after(
        "said_range", help_text="A day: a statement on it was said then or later, or possibly so."
    )
    said_to = may_fall_on_or_before(
        "said_range", help_text="A day: a statement on it was said then or earlier, or possibly so."
    )
    language = WordFilter(lookup_expr="iexact", help_text="A language tag: en, az, hy, ru.")
    asserts_min = measure(NumberFilter, "asserts__gte", "So many sources assert it, or more.")
    asserts_max = measure(NumberFilter, "asserts__lte", "So many sources assert it, or fewer.")
    denies_min = measure(NumberFilter, "denies__gte", "So many sources deny it, or more.")
    denies_max = measure(NumberFilter, "denies__lte", "So many sources deny it, or fewer.")
    statements_min = measure(
        NumberFilter, "statements_count__gte", "So many statements are on it, or more."
    )
    statements_max = measure(
        NumberFilter, "statements_count__lte", "So many statements are on it, or fewer."
    )
    first_said_from = measure(DayFilter, "first_said__gte", "A day: “first_said” is it, or later.")
    first_said_to = measure(DayFilter, "first_said__lte", "A day: “first_said” is it, or earlier.")
    last_said_from = measure(DayFilter, "last_said__gte", "A day: “last_said” is it, or later.")
    last_said_to = measure(DayFilter, "last_said__lte", "A day: “last_said” is it, or earlier.")
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()

    of_one = {"statements": ("claim", ["source", "body", "stance", "said_from", "said_to"])}

    def measured(self, claims, name, value):
        expression = MEASURES[name.partition("__")[0]]
        return claims.alias(measure=expression).filter(**{f"measure__{name[-3:]}": value})

    def statements(self):
        return self.visible(Statement)

    def is_contested(self, queryset, name, value):
        return queryset.contested() if value else queryset.uncontested()

    def spoken_for(self, statements, name, body):
        return statements.spoken_for(body)


class StatementFilter(StrictFilterSet):
    claim = ReferenceFilter(Claim, help_text="The slug of a claim.")
    kind = one_of(ClaimKind, field_name="claim__kind")
    contested = YesNoFilter(
        method="is_contested",
        help_text="Whether one source holds the claim true and another denies it.",
    )
    topic = ReferenceFilter(
        Topic, "claim__topics", help_text="The slug of a topic that the claim has."
    )
    source = ReferenceFilter(Source, help_text="The slug of a source.")
    body = body_that_it_was_said_for()
    stance = one_of(Stance)
    denies_what = one_of(Denial)
    said_from = may_fall_on_or_after(
        "said_range", help_text="A day: said then or later, or possibly so."
    )
    said_to = may_fall_on_or_before(
        "said_range", help_text="A day: said then or earlier, or possibly so."
    )
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()
    order_min = at_least("order", help_text="Its “order” among those of its day, or more.")
    order_max = at_most("order", help_text="Its “order” among those of its day, or less.")
    personal_capacity = YesNoFilter(
        help_text="Whether it was said for oneself, not for the body one belongs to."
    )
    occasion = WordFilter(
        lookup_expr="contains_folded",
        help_text="Part of the occasion on which it was said, in any case.",
    )
    note = WordFilter(
        lookup_expr="contains_folded", help_text="Part of the note on it, in any case."
    )
    has_citation = YesNoFilter(
        method="is_cited", help_text="Whether there is a document in which it was read."
    )
    evidence = one_of(
        Evidence,
        method="rests_on",
        help_text="Whether it rests on retracted documents only, or on one that still stands.",
    )
    document = ReferenceFilter(Document, help_text="The slug of a document in which it was read.")
    title = WordFilter(
        "document__title",
        lookup_expr="contains_folded",
        help_text="Part of the title of such a document, in any case.",
    )
    link = WordFilter(
        "document__url", help_text="The address of such a document itself, outside, whole."
    )
    publisher = ReferenceFilter(
        Source, "document__publisher", help_text="The slug of who published such a document."
    )
    published_from = may_fall_on_or_after(
        "document__published_range",
        help_text="A day: read in a document published then or later, or possibly so.",
    )
    published_to = may_fall_on_or_before(
        "document__published_range",
        help_text="A day: read in a document published then or earlier, or possibly so.",
    )
    manner = one_of(Manner)
    via = ReferenceFilter(
        Document,
        method="passed_on",
        help_text="The slug of the document that such a document took the words from.",
    )
    quote = WordFilter(
        method="quoted", help_text="Part of the quote or of its translation, in any case."
    )
    prefix = WordFilter(
        lookup_expr="contains_folded",
        help_text="Part of what stands before the quote, in any case.",
    )
    suffix = WordFilter(
        lookup_expr="contains_folded", help_text="Part of what stands after the quote, in any case."
    )
    locator = WordFilter(
        lookup_expr="contains_folded",
        help_text="Part of the place in such a document, in any case.",
    )
    as_named = WordFilter(
        lookup_expr="contains_folded",
        help_text="Part of what such a document calls the source, in any case.",
    )
    language = WordFilter(
        lookup_expr="iexact", help_text="A language tag, of the words quoted: en, az, hy, ru."
    )
    citation_note = WordFilter(
        "note", lookup_expr="contains_folded", help_text="Part of the note on such a citation."
    )

    of_one = {
        "citations": (
            "statement",
            [
                *("document", "title", "link", "publisher", "published_from", "published_to"),
                *("manner", "via", "quote", "prefix", "suffix", "locator", "as_named", "language"),
                "citation_note",
            ],
        )
    }

    def citations(self):
        return self.visible(Citation)

    def is_contested(self, queryset, name, value):
        claims = Claim.objects.contested() if value else Claim.objects.uncontested()
        return queryset.filter(claim__in=claims.order_by())

    def spoken_for(self, statements, name, body):
        return statements.spoken_for(body)

    def passed_on(self, citations, name, document):
        return citations.filter(via__document=document)

    def quoted(self, citations, name, part):
        return citations.filter(
            Q(quote__contains_folded=part) | Q(translation__contains_folded=part)
        )

    def rests_on(self, queryset, name, evidence):
        return queryset.with_evidence(evidence, self.citations())

    def is_cited(self, queryset, name, value):
        cited = Exists(self.citations().filter(statement=OuterRef("pk")))
        return queryset.filter(cited if value else ~cited)


class RelationFilter(StrictFilterSet):
    claim = ReferenceFilter(
        Claim, method="either_end", help_text="The slug of the claim at either end."
    )
    from_claim = ReferenceFilter(Claim, help_text="The slug of the claim that it goes from.")
    kind = one_of(RelationKind)
    to_claim = ReferenceFilter(Claim, help_text="The slug of the claim that it goes to.")
    rationale = WordFilter(
        lookup_expr="contains_folded", help_text="Part of what it rests on, in any case."
    )
    topic = ReferenceFilter(
        Topic, method="of_either_end", help_text="The slug of a topic that either claim has."
    )

    def either_end(self, queryset, name, claim):
        return queryset.filter(Q(from_claim=claim) | Q(to_claim=claim))

    def of_either_end(self, queryset, name, topic):
        claims = Claim.objects.filter(topics=topic)
        return queryset.filter(Q(from_claim__in=claims) | Q(to_claim__in=claims))


class ClaimsThenParameters(Clocked):
    """The same as ClaimFilter's, of rows as they were then."""

    kind = one_of(ClaimKind)
    text = WordFilter()
    topic = SlugFilter(noun="topic")
    contested = YesNoFilter()
    source = SlugFilter(noun="source")
    body = SlugFilter(noun="source")
    stance = one_of(Stance)
    said_from = DayFilter()
    said_to = DayFilter()
    language = WordFilter()
    asserts_min, asserts_max = NumberFilter(), NumberFilter()
    denies_min, denies_max = NumberFilter(), NumberFilter()
    statements_min, statements_max = NumberFilter(), NumberFilter()
    first_said_from, first_said_to = DayFilter(), DayFilter()
    last_said_from, last_said_to = DayFilter(), DayFilter()
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()


class ClaimPositionsParameters(Clocked):
    derived = YesNoFilter(help_text="Whether to add what follows from positions on other claims.")
    roll_up = YesNoFilter(help_text="Whether to add the bodies that sources spoke for.")


DERIVED = [("true", "true"), ("false", "false"), ("only", "only")]


class SourcePositionsParameters(Clocked):
    derived = one_of(
        DERIVED, help_text="Whether to add what follows for other claims, or to tell only that."
    )
    inconsistent = YesNoFilter(
        help_text="With “derived”: whether the opposite follows from another of its positions."
    )
    claim = SlugFilter(noun="claim", help_text="The slug of a claim.")
    statement = SlugFilter(noun="statement", help_text="The slug of the statement that decides.")
    kind = one_of(ClaimKind, help_text="The kind of the claim.")
    topic = SlugFilter(noun="topic", help_text="The slug of a topic that the claim has.")
    stance = one_of(HELD_OR_DERIVED, help_text="What it holds.")
    order_uncertain = YesNoFilter(
        help_text="Whether it may have said the opposite, or taken it back, later."
    )
    since_from = DayFilter(help_text="A day: held since then or later, or possibly so.")
    since_to = DayFilter(help_text="A day: held since then or earlier, or possibly so.")
    said_from = DayFilter(help_text="A day: last said then or later, or possibly so.")
    said_to = DayFilter(help_text="A day: last said then or earlier, or possibly so.")


class AgreementParameters(Clocked):
    # “with” is no name that Python can have.
    locals()["with"] = SlugFilter(
        noun="source", help_text="The slug of another source: only the row of that one."
    )
    topic = SlugFilter(
        noun="topic", help_text="The slug of a topic: only over claims that have it."
    )
    name = WordFilter(help_text="Part of the name of the other source, in any case.")
    agree_min = NumberFilter(help_text="Of so many claims or more both hold the same.")
    agree_max = NumberFilter(help_text="Of so many claims or fewer both hold the same.")
    differ_min = NumberFilter(help_text="Of so many claims or more they hold the opposite.")
    differ_max = NumberFilter(help_text="Of so many claims or fewer they hold the opposite.")
    shared_min = NumberFilter(help_text="Of so many claims or more both hold something.")
    shared_max = NumberFilter(help_text="Of so many claims or fewer both hold something.")


class FlipsParameters(Clocked):
    claim = SlugFilter(noun="claim", help_text="The slug of a claim.")
    source = SlugFilter(noun="source", help_text="The slug of the source that turned round.")
    topic = SlugFilter(noun="topic", help_text="The slug of a topic that the claim has.")
    body = SlugFilter(
        noun="source", help_text="The slug of a body: it turned round, or who spoke for it did."
    )
    statement = SlugFilter(noun="statement", help_text="The slug of one of the two statements.")
    stance = one_of(HELD, help_text="What it says since it turned round.")
    order_uncertain = YesNoFilter(help_text="Whether the dates leave open which came first.")
    said_from = DayFilter(help_text="A day: it turned round then or later, or possibly so.")
    said_to = DayFilter(help_text="A day: it turned round then or earlier, or possibly so.")
    before_from = DayFilter(help_text="A day: the first of the two was said then or later.")
    before_to = DayFilter(help_text="A day: the first of the two was said then or earlier.")


class MatrixParameters(Clocked):
    topic = SlugFilter(
        noun="topic",
        required=True,
        error_messages={"required": "Say of which topic. They are listed at /api/v1/topics/."},
        help_text="The slug of a topic.",
    )


class SearchParameters(StrictFilterSet):
    q = WordFilter(
        required=True,
        max_length=None,
        error_messages={"required": "Say what to look for: q=corridor."},
        help_text="Words; “phrases in quotation marks”; -what is left out; one or the other.",
    )
    kind = SomeOfFilter(
        KINDS, help_text="What to look for: one of these, or several with commas between them."
    )
    language = LanguageFilter(
        help_text="A language tag: only claims, quotes and documents in it; sources have none."
    )


class PlaceField(forms.CharField):
    """A place in the feed of changes, as the feed itself gave it."""

    def clean(self, value):
        token = super().clean(value)
        if not token:
            return None
        try:
            place = Place.read(token)
        except ValueError:
            raise forms.ValidationError(
                "“%(value)s” is no place in the feed. Take it from “after” as it is given, or "
                "leave it out to start at the beginning.",
                params={"value": value},
            ) from None
        if not place.is_known:
            raise forms.ValidationError(
                "“%(value)s” is a place that the feed does not have: the database was put back to "
                "an earlier state since. Leave it out to start at the beginning.",
                params={"value": value},
            )
        return place


@extend_schema_field(OpenApiTypes.STR)
class PlaceFilter(django_filters.Filter):
    field_class = PlaceField


class ChangesParameters(StrictFilterSet):
    after = PlaceFilter(help_text="Where you stopped: “after” as an earlier answer has it.")
    kind = one_of(ChangedKind, help_text="Only changes of rows of this kind.")
    change = one_of(ChangeKind, help_text="Only what was changed in this way.")
    claim = SlugFilter(noun="claim", help_text="The slug of a claim that they concern.")
    source = SlugFilter(noun="source", help_text="The slug of a source that they concern.")
    topic = SlugFilter(noun="topic", help_text="The slug of a topic that a claim had then.")
