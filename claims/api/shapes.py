"""The shapes of what is worked out, for the description of the API. Answers come as they are."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claims.models import ChangedKind, ChangeKind, Denial, Manner, RelationKind, Stance
from claimtracker.curated import ReviewState
from claimtracker.rest.fields import EdtfText
from sources.models import SourceKind

HELD = [("asserts", "asserts"), ("denies", "denies")]
HELD_OR_DERIVED = [*HELD, ("conflicting", "conflicting")]


def day(**kwargs):
    return serializers.DateField(allow_null=True, **kwargs)


class ClocksSerializer(serializers.Serializer):
    """The clocks as they were asked for, null where they were not."""

    said_by = day()
    public_by = day()
    recorded_by = serializers.CharField(allow_null=True, help_text="A day, or a time in UTC.")


class SaidSerializer(serializers.Serializer):
    said = EdtfText()
    said_from = day()
    said_to = day()


class SinceSerializer(SaidSerializer):
    since = EdtfText(help_text="When the source first said so, without turning round since.")
    since_from = day()
    since_to = day()
    order_uncertain = serializers.BooleanField(
        help_text="Whether it may have said the opposite, or withdrawn it, later."
    )


class EvidenceSerializer(serializers.Serializer):
    """A document in which the statement was read, and how it came there."""

    document = serializers.CharField()
    title = serializers.CharField()
    publisher = serializers.CharField(allow_null=True)
    url = serializers.CharField(
        help_text="Where the document itself is, outside, or blank.",
    )
    published = EdtfText()
    published_from = day()
    published_to = day()
    via = serializers.CharField(
        allow_null=True, help_text="The document that this one took it from, null if not known."
    )
    chain = serializers.ListField(
        child=serializers.CharField(),
        help_text="The documents it came through, origin first, this one last.",
    )
    archived_url = serializers.URLField(help_text="Of an archived copy of the document.")
    retracted = serializers.CharField(
        allow_null=True, help_text="When its publisher took the document back, in EDTF."
    )
    manner = serializers.ChoiceField(Manner.choices, allow_blank=True)
    quote = serializers.CharField()
    prefix = serializers.CharField()
    suffix = serializers.CharField()
    locator = serializers.CharField()
    language = serializers.CharField()
    translation = serializers.CharField()
    as_named = serializers.CharField()
    note = serializers.CharField()


class CitationSerializer(EvidenceSerializer):
    """A document in which the statement was read, and how it came there."""

    review_state = serializers.ChoiceField(ReviewState.choices)

    class Meta:
        for_editors = ["review_state"]


class EvidentStatementSerializer(serializers.Serializer):
    slug = serializers.CharField()
    note = serializers.CharField()
    occasion = serializers.CharField()
    personal_capacity = serializers.BooleanField()
    denies_what = serializers.ChoiceField(Denial.choices, allow_blank=True)
    citations = EvidenceSerializer(many=True)


class ReasonSerializer(serializers.Serializer):
    """A step of a proof, from what follows down to what a source said."""

    relation = serializers.ChoiceField(RelationKind.choices)
    claim = serializers.CharField(help_text="The claim that the relation leads down to.")
    stance = serializers.ChoiceField(HELD, help_text="What the source holds of that claim.")
    statement = serializers.CharField(
        allow_null=True, help_text="On the last step, the statement by which it does."
    )


class LaterSerializer(SaidSerializer):
    stance = serializers.ChoiceField(Stance.choices)
    statement = serializers.CharField()
    sentence = serializers.CharField()


class NamedSerializer(serializers.Serializer):
    source = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(SourceKind.choices)


class OtherSerializer(LaterSerializer, NamedSerializer):
    """A source that spoke of the claim and holds nothing, by the last that it said."""


class HeldPositionSerializer(SinceSerializer, NamedSerializer):
    stance = serializers.ChoiceField(HELD_OR_DERIVED)
    derived = serializers.BooleanField()
    inconsistent = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the opposite follows from another position of the source; null unless "
        "“derived” was asked for.",
    )
    because = ReasonSerializer(many=True)
    later = LaterSerializer(many=True)
    statement = EvidentStatementSerializer(
        allow_null=True, help_text="The statement that decides; null where it is conflicting."
    )
    sentence = serializers.CharField(help_text="Ready to print.")


class SidesSerializer(serializers.Serializer):
    """How many sources hold each stance."""

    asserts = serializers.IntegerField()
    denies = serializers.IntegerField()


class LiveTallySerializer(SidesSerializer):
    derived = SidesSerializer()
    documents = serializers.IntegerField(help_text="In how many the deciding statements stand.")
    origins = serializers.IntegerField(
        help_text="How many documents those go back to, at the most."
    )


class MemberSerializer(SaidSerializer):
    source = serializers.CharField()
    stance = serializers.ChoiceField(HELD)
    path = serializers.ListField(
        child=serializers.CharField(), help_text="From the source up to the body."
    )
    statement = serializers.CharField(help_text="The one that decides.")


class BodySerializer(SidesSerializer):
    """A body, and those that spoke for it."""

    body = serializers.CharField()
    split = serializers.BooleanField(help_text="Whether its members differ.")
    latest = serializers.CharField(help_text="Which of them spoke last.")
    members = MemberSerializer(many=True)


class ClaimPositionsSerializer(serializers.Serializer):
    claim = serializers.CharField()
    clocks = ClocksSerializer()
    contested = serializers.BooleanField()
    tally = LiveTallySerializer()
    positions = HeldPositionSerializer(many=True)
    others = OtherSerializer(many=True)
    bodies = BodySerializer(many=True)
    contested_between_bodies = serializers.BooleanField(
        help_text="Whether a member of one asserts what a member of another denies."
    )
    same_documents = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Groups of documents that count as one origin: they have the same address, or "
        "the same publisher and text. Left out where there are none.",
    )

    class Meta:
        optional = ["same_documents"]


class StandingStatementSerializer(serializers.Serializer):
    slug = serializers.CharField()
    url = serializers.URLField()
    occasion = serializers.CharField()
    note = serializers.CharField()
    personal_capacity = serializers.BooleanField()
    citations = CitationSerializer(many=True)


class StanceSerializer(SaidSerializer):
    stance = serializers.ChoiceField(Stance.choices)
    denies_what = serializers.ChoiceField(Denial.choices, allow_blank=True)


class OtherStatementSerializer(StandingStatementSerializer, StanceSerializer):
    pass


class SpeakerSerializer(StanceSerializer, NamedSerializer):
    """A source, the statement that stands for it, and what else it said of the claim."""

    statement = StandingStatementSerializer()
    other_statements = OtherStatementSerializer(
        many=True, help_text="What else it said of the claim, the first one first."
    )


class HolderSerializer(SpeakerSerializer, SinceSerializer):
    """A source that holds a stance, by the statement that decides it."""

    stance = serializers.ChoiceField(HELD)


class RelatedClaimSerializer(serializers.Serializer):
    """What a claim means for another: both directions are named from the claim that is shown."""

    relation = serializers.ChoiceField([*RelationKind.values, "implied_by"])
    claim = serializers.CharField()
    url = serializers.URLField()
    text = serializers.CharField()
    rationale = serializers.CharField()
    review_state = serializers.ChoiceField(ReviewState.choices, help_text="Of the other claim.")

    class Meta:
        for_editors = ["review_state"]


class EventSerializer(SaidSerializer):
    source = serializers.CharField()
    name = serializers.CharField()
    stance = serializers.ChoiceField(Stance.choices)
    order = serializers.IntegerField()
    public = day(help_text="By which day it was certainly public.")
    statement = serializers.CharField()
    evidence = serializers.ChoiceField(
        ["retracted", "standing"],
        allow_null=True,
        help_text="Whether all documents that have it were retracted, or one still stands.",
    )
    flip = serializers.BooleanField(help_text="Whether its source turned round with it.")


class ClaimTimelineSerializer(serializers.Serializer):
    claim = serializers.CharField()
    clocks = ClocksSerializer()
    events = EventSerializer(many=True)


class SourcePositionSerializer(SinceSerializer):
    claim = serializers.CharField()
    stance = serializers.ChoiceField(HELD_OR_DERIVED)
    statement = serializers.CharField(allow_null=True)
    derived = serializers.BooleanField()
    inconsistent = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the opposite follows from another position of the source; null unless "
        "“derived” was asked for.",
    )
    because = ReasonSerializer(many=True)
    sentence = serializers.CharField()


class AgreementSerializer(serializers.Serializer):
    source = serializers.CharField()
    name = serializers.CharField()
    agree = serializers.IntegerField()
    differ = serializers.IntegerField()
    shared = serializers.IntegerField()
    caution = serializers.CharField(
        allow_null=True,
        help_text="“Based on 2 claims only”, where they share four or fewer; else null.",
    )


class BriefSerializer(SaidSerializer):
    slug = serializers.CharField()
    stance = serializers.ChoiceField(HELD)


class FlipSerializer(serializers.Serializer):
    source = serializers.CharField()
    claim = serializers.CharField()
    # “from” is no name that Python can have.
    locals()["from"] = BriefSerializer()
    to = BriefSerializer()
    order_uncertain = serializers.BooleanField()


class MatrixSerializer(serializers.Serializer):
    topic = serializers.CharField()
    clocks = ClocksSerializer()
    claims = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())
    cells = serializers.ListField(
        child=serializers.ListField(child=serializers.ChoiceField(HELD, allow_null=True)),
        help_text="A row a source, in it a cell a claim, null where it holds nothing.",
    )


class HighlightSerializer(serializers.Serializer):
    """One of the texts of a hit, with what was found in it."""

    field = serializers.CharField(help_text="The field of the hit that has the text.")
    pieces = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        help_text="The text, or a passage of it, cut into pieces: the second, the fourth and so on "
        "were found.",
    )


class FoundSerializer(serializers.Serializer):
    slug = serializers.CharField()
    url = serializers.URLField()
    highlight = HighlightSerializer(many=True)


class FoundSourceSerializer(FoundSerializer):
    kind = serializers.ChoiceField(["source"])
    name = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())


class FoundClaimSerializer(FoundSerializer):
    """A claim, by its own words; else with a quote that has them, and the statement it is of."""

    kind = serializers.ChoiceField(["claim"])
    text = serializers.CharField()
    language = serializers.CharField()
    statement = serializers.CharField(
        allow_null=True, help_text="Of the quote by which it was found, null if by its own words."
    )
    quote = serializers.CharField(allow_null=True)
    translation = serializers.CharField(allow_null=True, help_text="Of that quote.")


class FoundStatementSerializer(FoundSerializer, SaidSerializer):
    """A quote, with the statement that it stands for and the document in which it was read."""

    kind = serializers.ChoiceField(["statement"])
    claim = serializers.CharField()
    claim_text = serializers.CharField()
    source = serializers.CharField()
    name = serializers.CharField(help_text="Of the source.")
    stance = serializers.ChoiceField(Stance.choices)
    document = serializers.CharField()
    title = serializers.CharField(help_text="Of the document.")
    publisher = serializers.CharField(allow_null=True)
    quote = serializers.CharField()
    language = serializers.CharField(help_text="Of the quote.")
    translation = serializers.CharField()


class FoundDocumentSerializer(FoundSerializer):
    kind = serializers.ChoiceField(["document"])
    title = serializers.CharField()
    language = serializers.CharField()
    publisher = serializers.CharField(allow_null=True)
    publisher_name = serializers.CharField(allow_null=True)
    published = EdtfText()
    published_from = day()
    published_to = day()


def texts(*names, **others):
    return {
        "type": "object",
        "required": [*names, *others],
        "properties": {name: {"type": "string"} for name in names} | others,
    }


@extend_schema_field(
    {
        "oneOf": [
            texts("claim", "source"),
            texts(
                *("from_claim", "to_claim"),
                kind={"type": "string", "enum": RelationKind.values},
            ),
            texts("member", "body", "role", since={"type": ["string", "null"]}),
            {"type": "null"},
        ],
    }
)
class AboutField(serializers.Field):
    """What a statement is about, or what names a relation or an affiliation; else null."""


class ChangeSerializer(serializers.Serializer):
    at = serializers.DateTimeField(help_text="When it was recorded, in UTC.")
    change = serializers.ChoiceField(ChangeKind.choices)
    kind = serializers.ChoiceField(ChangedKind.choices)
    slug = serializers.CharField(allow_null=True, help_text="Null where such rows have none.")
    url = serializers.URLField(help_text="Its address here; where it has none, its list.")
    fields = serializers.ListField(
        child=serializers.CharField(), help_text="What was corrected, by its names here."
    )
    into = serializers.CharField(allow_null=True, help_text="The slug of what it was merged into.")
    about = AboutField(
        help_text="The claim and the source of a statement; of a relation or an affiliation, what "
        "names it."
    )
