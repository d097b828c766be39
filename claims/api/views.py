from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims.actions import propose
from claims.api.filters import (
    ClaimFilter,
    RelationFilter,
    StatementFilter,
    TopicFilter,
)
from claims.api.positions import ListsClaimsThen
from claims.api.serializers import (
    ClaimDetailSerializer,
    ClaimSerializer,
    RelationSerializer,
    StatementSerializer,
    TopicSerializer,
)
from claims.models import Claim, Relation, Statement, Topic
from claims.positions.acts import statements_told
from claims.positions.clocks import World
from claims.positions.ledger import CONTEST, LATEST_POSSIBLE, span
from claims.positions.readers import drafts_seen_by
from claims.positions.sides import claim_with_sides
from claimtracker.edtf import dated
from claimtracker.moments import utc_in_sql
from claimtracker.rest.editing import EditableRow
from claimtracker.rest.ready import Ready, ReadyList, ReadyRow
from claimtracker.rest.views import FollowsMerges, ListViewSet, ReadOnlyViewSet

EditableRow.propose = staticmethod(propose)
SPAN = span(Statement.objects.filter(claim=OuterRef("pk")))


class TopicViewSet(ReadOnlyViewSet):
    """The subjects that claims are filed under."""

    queryset = Topic.objects.none()
    serializer_class = TopicSerializer
    filterset_class = TopicFilter
    orderings = {"slug": ["slug"], "name": ["name", "slug"]}


@extend_schema_view(partial_update=extend_schema(responses=ClaimDetailSerializer))
class ClaimViewSet(ListsClaimsThen, EditableRow, ReadyList, FollowsMerges, ReadOnlyViewSet):
    """What is said: each claim with how many sources assert it and how many deny it.

    At its own address a claim shows both sides: every source with the statement that decides what
    it holds, and the documents in which that was read. Below that address, “positions/” works out
    how it stood on a day and what follows from other claims, and “timeline/” has all that was said.
    """

    queryset = Claim.objects.none()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    editable = ["slug", "kind", "text", "language", "topics", "review_state"]
    orderings = {
        "slug": ["slug"],
        "first_said": [dated(SPAN["first_said"]), "slug"],
        "last_said": [dated(SPAN["last_said"]), "slug"],
        "contest": [CONTEST, "slug"],
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
        "recorded_at": utc_in_sql("r.first_public_at"),
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

    @extend_schema(responses=ClaimDetailSerializer)
    def retrieve(self, request, slug):
        answer = claim_with_sides(
            slug,
            drafts=drafts_seen_by(request.user),
            claims_at=self.reverse_action("list"),
            statements_at=reverse("statement-list", request=request),
        )
        if answer is not None:
            return Response(Ready(answer))
        if (moved := self.moved()) is not None:
            return moved
        raise self.not_found()


class StatementViewSet(EditableRow, ReadyRow, ReadOnlyViewSet):
    """Who took which stance on a claim, when, and in which documents we read it."""

    queryset = Statement.objects.none()
    serializer_class = StatementSerializer
    filterset_class = StatementFilter
    editable = [
        *("slug", "claim", "source", "stance", "denies_what", "said", "order"),
        *("occasion", "personal_capacity", "note", "review_state"),
    ]
    orderings = {"slug": ["slug"], "said": [LATEST_POSSIBLE, "order", "slug"]}

    # As StatementSerializer has them.
    ready_fields = {
        "claim": "r.claim",
        "source": "r.source",
        "stance": "r.stance",
        "denies_what": "r.denies_what",
        "said": "nullif(r.said, '')",
        "said_from": "lower(r.said_range)",
        "said_to": "upper(r.said_range) - 1",
        "order": 'r."order"',
        "occasion": "r.occasion",
        "personal_capacity": "r.personal_capacity",
        "note": "r.note",
        "citations": "r.citations",
        "recorded_at": utc_in_sql("r.first_public_at"),
    }
    ready_for_editors = {"review_state": "r.review_state", "version": "r.version"}

    def told_in_sql(self):
        return statements_told(World(drafts=drafts_seen_by(self.request.user))), []


class RelationViewSet(ListViewSet):
    """What one claim means for another: contradicts, negates or implies it."""

    queryset = Relation.objects.none()
    serializer_class = RelationSerializer
    filterset_class = RelationFilter
    orderings = {"claim": ["from_claim__slug", "kind", "to_claim__slug"]}

    def get_queryset(self):
        return super().get_queryset().select_related("from_claim", "to_claim")
