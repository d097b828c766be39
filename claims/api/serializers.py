from rest_framework import serializers

from claims.api.shapes import (
    CitationSerializer,
    HolderSerializer,
    RelatedClaimSerializer,
    SpeakerSerializer,
)
from claims.models import Claim, Relation, Statement, Topic
from claimtracker.rest.fields import Address, RowSerializer, recorded_at


class TopicSerializer(RowSerializer):
    url = Address("topic-detail")
    page_url = Address("page-topic")

    class Meta:
        model = Topic
        fields = ["slug", "url", "page_url", "name"]


class StatementSerializer(RowSerializer):
    url = Address("statement-detail")
    page_url = Address("page-statement")
    citations = CitationSerializer(many=True, read_only=True)
    recorded_at = recorded_at()

    class Meta:
        model = Statement
        for_editors = ["review_state", "version"]
        fields = [
            "slug",
            "url",
            "page_url",
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
            "recorded_at",
            *for_editors,
        ]


class RelationSerializer(RowSerializer):
    class Meta:
        model = Relation
        fields = ["from_claim", "kind", "to_claim", "rationale"]


class TallySerializer(serializers.Serializer):
    """How many sources hold each stance."""

    asserts = serializers.IntegerField(source="asserts_count", read_only=True)
    denies = serializers.IntegerField(source="denies_count", read_only=True)


class ClaimSerializer(RowSerializer):
    url = Address("claim-detail")
    page_url = Address("page-claim")
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
    recorded_at = recorded_at()

    class Meta:
        model = Claim
        for_editors = ["review_state", "version", "merged_into"]
        fields = [
            "slug",
            "url",
            "page_url",
            "kind",
            "text",
            "topics",
            "contested",
            "tally",
            "statements",
            "first_said",
            "last_said",
            "recorded_at",
            *for_editors,
        ]

    def get_contested(self, claim) -> bool:
        return claim.asserts_count > 0 and claim.denies_count > 0


class WordingSerializer(serializers.Serializer):
    """How a claim was worded before."""

    text = serializers.CharField()
    until = serializers.DateTimeField(help_text="When readers last saw it so.")


class ClaimDetailSerializer(ClaimSerializer):
    wordings = WordingSerializer(
        many=True, read_only=True, help_text="Earlier texts of the claim, the latest first."
    )
    relations = RelatedClaimSerializer(many=True, read_only=True)
    asserts = HolderSerializer(many=True, read_only=True)
    denies = HolderSerializer(many=True, read_only=True)
    others = SpeakerSerializer(
        many=True,
        read_only=True,
        help_text="Sources that spoke of it and hold nothing, by the last that they said.",
    )

    class Meta(ClaimSerializer.Meta):
        fields = [
            *ClaimSerializer.Meta.fields,
            "language",
            "relations",
            "wordings",
            "asserts",
            "denies",
            "others",
        ]
