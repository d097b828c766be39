from django.db.models import Prefetch

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
from claims.positions.ledger import LATEST_POSSIBLE
from claims.positions.related import related
from claims.positions.sides import sides
from claimtracker.rest.pagination import dated
from claimtracker.rest.views import FollowsMerges, ListViewSet, ReadOnlyViewSet

# A document's stored text is long, and nobody reads it here.
CITATIONS = Prefetch(
    "citations",
    Citation.objects.select_related("document__publisher").defer("document__text"),
)


class TopicViewSet(ReadOnlyViewSet):
    """The subjects that claims are filed under."""

    queryset = Topic.objects.none()
    serializer_class = TopicSerializer
    filterset_class = TopicFilter
    orderings = {"slug": ["slug"], "name": ["name", "slug"]}


class ClaimViewSet(FollowsMerges, ReadOnlyViewSet):
    """What is said: each claim with how many sources assert it and how many deny it.

    At its own address a claim shows both sides: every source with the statement that decides what
    it holds, and the documents in which that was read.
    """

    queryset = Claim.objects.none()
    filterset_class = ClaimFilter
    orderings = {
        "slug": ["slug"],
        "first_said": [dated("first_said"), "slug"],
        "last_said": [dated("last_said"), "slug"],
    }

    def get_queryset(self):
        topics = Prefetch("topics", Topic.objects.order_by("slug"))
        return (
            super()
            .get_queryset()
            .with_tally()
            .with_span()
            .select_related("merged_into")
            .prefetch_related(topics)
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
