from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claimtracker.rest.fields import Address, RowSerializer, recorded_at
from sources.models import Affiliation, Document, Source

AFFILIATIONS_SHOWN = 200  # of a source, at its own address


class SourceSerializer(RowSerializer):
    url = Address("source-detail")
    page_url = Address("page-source")
    recorded_at = recorded_at()

    class Meta:
        model = Source
        for_editors = ["review_state", "version", "merged_into"]
        fields = [
            "slug",
            "url",
            "page_url",
            "kind",
            "name",
            "aliases",
            "wikidata_id",
            "description",
            "recorded_at",
            *for_editors,
        ]


class AffiliationSerializer(RowSerializer):
    class Meta:
        model = Affiliation
        fields = [
            "member",
            "body",
            "role",
            "since",
            "since_from",
            "since_to",
            "until",
            "until_from",
            "until_to",
            "speaks_for",
        ]


class SourceDetailSerializer(SourceSerializer):
    affiliations = serializers.SerializerMethodField(
        help_text="The newest affiliations of the source, drafts too: publishing it publishes them."
    )

    class Meta(SourceSerializer.Meta):
        for_editors = [*SourceSerializer.Meta.for_editors, "affiliations"]
        fields = [*SourceSerializer.Meta.fields, "affiliations"]

    @extend_schema_field(AffiliationSerializer(many=True))
    def get_affiliations(self, source) -> list:
        of_it = Affiliation.objects.filter(Q(member=source) | Q(body=source))
        newest = of_it.select_related("member", "body").order_by("-pk")[:AFFILIATIONS_SHOWN]
        return AffiliationSerializer(newest, many=True, context=self.context).data


class DocumentSerializer(RowSerializer):
    """A document. Its stored text is shown to nobody."""

    url = Address("document-detail")
    page_url = Address("page-document")
    link = serializers.CharField(
        source="url", read_only=True, help_text="Where the document itself is, outside, or blank."
    )
    archived_url = serializers.CharField(
        read_only=True, help_text="Where a copy of it is kept, or blank."
    )
    recorded_at = recorded_at()

    class Meta:
        model = Document
        for_editors = ["review_state", "version", "merged_into"]
        fields = [
            "slug",
            "url",
            "page_url",
            "kind",
            "publisher",
            "title",
            "link",
            "published",
            "published_from",
            "published_to",
            "retracted",
            "retracted_from",
            "retracted_to",
            "language",
            "retrieved",
            "archived_url",
            "sha256",
            "recorded_at",
            *for_editors,
        ]
