import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
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
    Manner,
    RelationKind,
    Stance,
    Statement,
    Topic,
)
from claims.positions.clocks import Clocks
from claims.search.hits import KINDS
from claimtracker.rest.filters import (
    ClockDayFilter,
    DayFilter,
    LanguageFilter,
    MomentFilter,
    RecordedFrom,
    RecordedTo,
    ReferenceFilter,
    SlugFilter,
    SomeOfFilter,
    StrictFilterSet,
    WordFilter,
    YesNoFilter,
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
    name = WordFilter(lookup_expr="icontains", help_text="Part of the name, in any case.")


def body_that_it_was_said_for() -> ReferenceFilter:
    return ReferenceFilter(
        Source,
        method="spoken_for",
        help_text="The slug of a body: what it said itself, and what was said for it on that day.",
    )


class ClaimFilter(Clocked):
    """The claims of a list. With a clock, ClaimsThenParameters are read instead."""

    kind = one_of(ClaimKind)
    text = WordFilter(lookup_expr="icontains", help_text="Part of the claim's text, in any case.")
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
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()

    of_one = {"statements": ["source", "body", "stance", "said_from", "said_to"]}

    def statements(self):
        return self.visible(Statement).filter(claim=OuterRef("pk"))

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
    personal_capacity = YesNoFilter(
        help_text="Whether it was said for oneself, not for the body one belongs to."
    )
    occasion = WordFilter(
        lookup_expr="icontains", help_text="Part of the occasion on which it was said, in any case."
    )
    note = WordFilter(lookup_expr="icontains", help_text="Part of the note on it, in any case.")
    has_citation = YesNoFilter(
        method="is_cited", help_text="Whether there is a document in which it was read."
    )
    document = ReferenceFilter(Document, help_text="The slug of a document in which it was read.")
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
    as_named = WordFilter(
        lookup_expr="icontains",
        help_text="Part of what such a document calls the source, in any case.",
    )
    language = WordFilter(
        lookup_expr="iexact", help_text="A language tag, of the words quoted: en, az, hy, ru."
    )

    of_one = {
        "citations": [
            *("document", "publisher", "published_from", "published_to", "manner", "via"),
            *("quote", "as_named", "language"),
        ]
    }

    def citations(self):
        return self.visible(Citation).filter(statement=OuterRef("pk"))

    def is_contested(self, queryset, name, value):
        claims = Claim.objects.contested() if value else Claim.objects.uncontested()
        return queryset.filter(claim__in=claims.order_by())

    def spoken_for(self, statements, name, body):
        return statements.spoken_for(body)

    def passed_on(self, citations, name, document):
        return citations.filter(via__document=document)

    def quoted(self, citations, name, part):
        return citations.filter(Q(quote__icontains=part) | Q(translation__icontains=part))

    def is_cited(self, queryset, name, value):
        cited = Exists(self.citations())
        return queryset.filter(cited if value else ~cited)


class RelationFilter(StrictFilterSet):
    claim = ReferenceFilter(
        Claim, method="either_end", help_text="The slug of the claim at either end."
    )
    from_claim = ReferenceFilter(Claim, help_text="The slug of the claim that it goes from.")
    kind = one_of(RelationKind)
    to_claim = ReferenceFilter(Claim, help_text="The slug of the claim that it goes to.")
    rationale = WordFilter(
        lookup_expr="icontains", help_text="Part of what it rests on, in any case."
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
    recorded_from = RecordedFrom()
    recorded_to = RecordedTo()


class ClaimPositionsParameters(Clocked):
    derived = YesNoFilter(help_text="Whether to add what follows from positions on other claims.")
    roll_up = YesNoFilter(help_text="Whether to add the bodies that sources spoke for.")


class SourcePositionsParameters(Clocked):
    derived = YesNoFilter(help_text="Whether to add what follows for other claims.")
    claim = SlugFilter(noun="claim", help_text="The slug of a claim.")
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


class FlipsParameters(Clocked):
    claim = SlugFilter(noun="claim", help_text="The slug of a claim.")
    source = SlugFilter(noun="source", help_text="The slug of the source that turned round.")
    topic = SlugFilter(noun="topic", help_text="The slug of a topic that the claim has.")
    body = SlugFilter(
        noun="source", help_text="The slug of a body: it turned round, or who spoke for it did."
    )
    stance = one_of(HELD, help_text="What it says since it turned round.")
    order_uncertain = YesNoFilter(help_text="Whether the dates leave open which came first.")
    said_from = DayFilter(help_text="A day: it turned round then or later, or possibly so.")
    said_to = DayFilter(help_text="A day: it turned round then or earlier, or possibly so.")


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
