from rest_framework import serializers

from claims.models import Citation, Claim, Relation, Statement, Topic
from claims.positions.chains import chained
from claimtracker.rest.fields import (
    Address,
    EdtfText,
    FirstDay,
    LastDay,
    Reference,
    RowSerializer,
    reader_may_edit,
)
from sources.models import SourceKind


class TopicSerializer(RowSerializer):
    url = Address("topic-detail")

    class Meta:
        model = Topic
        fields = ["slug", "url", "name"]


class ReadableCitations(serializers.ListSerializer):
    """The citations whose documents the reader may see, each with its chain."""

    def to_representation(self, citations):
        sees_drafts = reader_may_edit(self, Citation)
        return super().to_representation(
            chained(citations.all(), shown=lambda each: sees_drafts or each.document.is_public)
        )


class CitationSerializer(RowSerializer):
    """A document in which we read the statement, and the documents through which it came there."""

    document = serializers.SlugRelatedField("slug", read_only=True)
    title = serializers.CharField(source="document.title", read_only=True)
    publisher = Reference(source="document.publisher", allow_null=True)
    url = serializers.CharField(
        source="document.url",
        read_only=True,
        help_text="Where the document itself is, outside, or blank.",
    )
    published = EdtfText(source="document.published", read_only=True)
    published_from = FirstDay(source="document.published_range", read_only=True, allow_null=True)
    published_to = LastDay(source="document.published_range", read_only=True, allow_null=True)
    via = serializers.CharField(
        source="taken_from.slug",
        read_only=True,
        allow_null=True,
        help_text="The document that this one took it from, null where none is known.",
    )
    chain = serializers.SerializerMethodField(
        help_text="The documents it came through, origin first, this one last."
    )
    review_state = serializers.CharField(source="document.review_state", read_only=True)

    class Meta:
        model = Citation
        list_serializer_class = ReadableCitations
        for_editors = ["review_state"]
        fields = [
            "document",
            "title",
            "publisher",
            "url",
            "published",
            "published_from",
            "published_to",
            "via",
            "chain",
            "manner",
            "quote",
            "prefix",
            "suffix",
            "locator",
            "language",
            "translation",
            "as_named",
            "note",
            *for_editors,
        ]

    def get_chain(self, citation) -> list[str]:
        return [document.slug for document in citation.chain]


class StatementSerializer(RowSerializer):
    url = Address("statement-detail")
    citations = CitationSerializer(many=True, read_only=True)

    class Meta:
        model = Statement
        for_editors = ["review_state", "version"]
        fields = [
            "slug",
            "url",
            "claim",
            "source",
            "stance",
            "denies_what",
            "said",
            "said_from",
            "said_to",
            "order",
            "occasion",
            "personal_capacity",
            "note",
            "citations",
            *for_editors,
        ]


class DecidingStatementSerializer(RowSerializer):
    url = Address("statement-detail")
    citations = CitationSerializer(many=True, read_only=True)

    class Meta:
        model = Statement
        fields = ["slug", "url", "occasion", "note", "personal_capacity", "citations"]


class OtherStatementSerializer(DecidingStatementSerializer):
    class Meta(DecidingStatementSerializer.Meta):
        fields = [
            "stance",
            "said",
            "said_from",
            "said_to",
            "denies_what",
            *DecidingStatementSerializer.Meta.fields,
        ]


class PositionSerializer(RowSerializer):
    """A source, the stance that it takes, the statement that says so, and what else it said."""

    name = serializers.CharField(source="source.name", read_only=True)
    kind = serializers.ChoiceField(SourceKind.choices, source="source.kind", read_only=True)
    statement = DecidingStatementSerializer(source="*", read_only=True)
    other_statements = OtherStatementSerializer(
        many=True, read_only=True, help_text="What else it said of the claim, the first one first."
    )

    class Meta:
        model = Statement
        fields = [
            "source",
            "name",
            "kind",
            "stance",
            "said",
            "said_from",
            "said_to",
            "denies_what",
            "statement",
            "other_statements",
        ]


class RelationSerializer(RowSerializer):
    class Meta:
        model = Relation
        fields = ["from_claim", "kind", "to_claim", "rationale"]


class RelatedClaimSerializer(serializers.Serializer):
    """What a claim means for another: both directions are named from the claim that is shown."""

    relation = serializers.ChoiceField(
        ["contradicts", "negates", "implies", "implied_by"], read_only=True
    )
    claim = serializers.CharField(source="claim.slug", read_only=True)
    url = Address("claim-detail", source="claim")
    text = serializers.CharField(source="claim.text", read_only=True)
    rationale = serializers.CharField(read_only=True)


class TallySerializer(serializers.Serializer):
    """How many sources hold each stance."""

    asserts = serializers.IntegerField(source="asserts_count", read_only=True)
    denies = serializers.IntegerField(source="denies_count", read_only=True)


class ClaimSerializer(RowSerializer):
    url = Address("claim-detail")
    topics = serializers.SlugRelatedField("slug", many=True, read_only=True)
    contested = serializers.SerializerMethodField(
        help_text="Whether one source holds it true and another denies it."
    )
    tally = TallySerializer(source="*", read_only=True)
    statements = serializers.IntegerField(source="statements_count", read_only=True)
    first_said = serializers.DateField(
        read_only=True,
        allow_null=True,
        help_text="The earliest day on which it may have been said.",
    )
    last_said = serializers.DateField(
        read_only=True, allow_null=True, help_text="The latest day on which it may have been said."
    )

    class Meta:
        model = Claim
        for_editors = ["review_state", "version", "merged_into"]
        fields = [
            "slug",
            "url",
            "kind",
            "text",
            "topics",
            "contested",
            "tally",
            "statements",
            "first_said",
            "last_said",
            *for_editors,
        ]

    def get_contested(self, claim) -> bool:
        return claim.asserts_count > 0 and claim.denies_count > 0


class ClaimDetailSerializer(ClaimSerializer):
    relations = RelatedClaimSerializer(many=True, read_only=True, source="related_claims")
    asserts = PositionSerializer(many=True, read_only=True, source="sides.asserts")
    denies = PositionSerializer(many=True, read_only=True, source="sides.denies")
    others = PositionSerializer(
        many=True,
        read_only=True,
        source="sides.others",
        help_text="Sources that spoke of it and hold nothing, by the last that they said.",
    )

    class Meta(ClaimSerializer.Meta):
        fields = [
            *ClaimSerializer.Meta.fields,
            "language",
            "relations",
            "asserts",
            "denies",
            "others",
        ]
