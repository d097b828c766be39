from drf_spectacular.utils import extend_schema, extend_schema_view

from claimtracker.edtf import dated, day_after
from claimtracker.rest.editing import EditableRow
from claimtracker.rest.views import FollowsMerges, ListViewSet, ReadOnlyViewSet
from sources.api.filters import AffiliationFilter, DocumentFilter, SourceFilter
from sources.api.serializers import (
    AffiliationSerializer,
    DocumentSerializer,
    SourceDetailSerializer,
    SourceSerializer,
)
from sources.models import Affiliation, Document, Source


@extend_schema_view(
    partial_update=extend_schema(responses=SourceDetailSerializer),
    retrieve=extend_schema(responses=SourceDetailSerializer),
)
class SourceViewSet(EditableRow, FollowsMerges, ReadOnlyViewSet):
    """Who speaks: persons, states, bodies, organisations, outlets and groups."""

    queryset = Source.objects.none()
    serializer_class = SourceSerializer
    filterset_class = SourceFilter
    editable = ["slug", "kind", "name", "aliases", "wikidata_id", "description", "review_state"]
    orderings = {"slug": ["slug"], "name": ["name", "slug"]}

    def get_queryset(self):
        return super().get_queryset().select_related("merged_into")

    def get_serializer_class(self):
        return SourceSerializer if self.action == "list" else SourceDetailSerializer


class AffiliationViewSet(ListViewSet):
    """Which source belongs to which body, in what role, when, and whether it speaks for it."""

    queryset = Affiliation.objects.none()
    serializer_class = AffiliationSerializer
    filterset_class = AffiliationFilter
    orderings = {
        "member": ["member__slug", "body__slug", "role", "since"],
        "body": ["body__slug", "member__slug", "role", "since"],
    }

    def get_queryset(self):
        return super().get_queryset().select_related("member", "body")


class DocumentViewSet(EditableRow, FollowsMerges, ReadOnlyViewSet):
    """Where words were published: articles, posts, readouts, rulings, transcripts, videos."""

    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    editable = [
        *("slug", "kind", "publisher", "title", "link", "published", "retracted", "language"),
        *("retrieved", "archived_url", "sha256", "review_state"),
    ]
    named = {"link": "url"}
    orderings = {"slug": ["slug"], "published": [dated(day_after("published")), "slug"]}

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related("publisher", "merged_into")
            .defer("text", "merged_into__text")
        )
