from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch

from claims.api.filters import (
    ClaimFilter,
    RelationFilter,
    StatementFilter,
    TopicFilter,
)
from claims.api.serializers import (
    ClaimDetailSerializer,
    ClaimSerializer,
    RelationSerializer,
    StatementSerializer,
    TopicSerializer,
)
from claims.models import Citation, Claim, Relation, Statement, Topic
from claims.positions.ledger import LATEST_POSSIBLE, span
from claims.positions.related import related
from claims.positions.sides import sides
from claimtracker.rest.pagination import dated
from claimtracker.rest.ready import ReadyList
from claimtracker.rest.views import FollowsMerges, ListViewSet, ReadOnlyViewSet

# A document's stored text is long, and nobody reads it here.
CITATIONS = Prefetch(
    "citations",
    Citation.objects.select_related("document__publisher").defer("document__text"),
)
SPAN = span(Statement.objects.filter(claim=OuterRef("pk")))


class TopicViewSet(ReadOnlyViewSet):
    """The subjects that claims are filed under."""

    queryset = Topic.objects.none()
    serializer_class = TopicSerializer
    filterset_class = TopicFilter
    orderings = {"slug": ["slug"], "name": ["name", "slug"]}


class ClaimViewSet(ReadyList, FollowsMerges, ReadOnlyViewSet):
    """What is said: each claim with how many sources assert it and how many deny it.

    At its own address a claim shows both sides: every source with the statement that decides what
    it holds, and the documents in which that was read. Below that address, “positions/” works out
    how it stood on a day and what follows from other claims, and “timeline/” has all that was said.
    """

    queryset = Claim.objects.none()
    filterset_class = ClaimFilter
    orderings = {
        "slug": ["slug"],
        "first_said": [dated(SPAN["first_said"]), "slug"],
        "last_said": [dated(SPAN["last_said"]), "slug"],
    }
    # As ClaimSerializer has them.
    ready_fields = {
        "kind": "r.kind",
        "text": "r.text",
        "topics": "r.topic_slugs",
        "contested": "r.asserts_count > 0 AND r.denies_count > 0",
        "tally": "(SELECT t FROM (SELECT r.asserts_count AS asserts, r.denies_count AS denies) t)",
        "statements": "r.statements_count",
        "first_said": "r.first_said",
        "last_said": "r.last_said",
    }
    ready_for_editors = {
        "review_state": "r.review_state",
        "version": "r.version",
        "merged_into": "r.merged_into_slug",
    }

    @staticmethod
    def told():
        topics = Topic.objects.filter(claims=OuterRef("pk")).order_by("slug")
        return (
            Claim.objects.with_tally()
            .with_span()
            .annotate(
                topic_slugs=ArraySubquery(topics.values("slug")),
                merged_into_slug=F("merged_into__slug"),
            )
        )

    def get_queryset(self):
        claims = super().get_queryset()
        if self.action == "list":
            return claims
        topics = Prefetch("topics", Topic.objects.order_by("slug"))
        return (
            claims.with_tally().with_span().select_related("merged_into").prefetch_related(topics)
        )

    def get_serializer_class(self):
        return ClaimSerializer if self.action == "list" else ClaimDetailSerializer

    def get_object(self):
        claim = super().get_object()
        statements = claim.statements.select_related("source").prefetch_related(CITATIONS)
        claim.sides = sides(statements)
        claim.related_claims = related(Relation.objects.public(), claim)
        return claim


class StatementViewSet(ReadOnlyViewSet):
    """Who took which stance on a claim, when, and in which documents we read it."""

    queryset = Statement.objects.none()
    serializer_class = StatementSerializer
    filterset_class = StatementFilter
    orderings = {"slug": ["slug"], "said": [LATEST_POSSIBLE, "order", "slug"]}

    def get_queryset(self):
        return super().get_queryset().select_related("claim", "source").prefetch_related(CITATIONS)


class RelationViewSet(ListViewSet):
    """What one claim means for another: contradicts, negates or implies it."""

    queryset = Relation.objects.none()
    serializer_class = RelationSerializer
    filterset_class = RelationFilter
    orderings = {"claim": ["from_claim__slug", "kind", "to_claim__slug"]}

    def get_queryset(self):
        return super().get_queryset().select_related("from_claim", "to_claim")
