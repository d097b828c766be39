from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.response import Response

from claims import rewording
from claims.actions import propose
from claims.api.filters import (
    ClaimFilter,
    RelationFilter,
    StatementFilter,
    TopicFilter,
)
from claims.api.linked_data import ANNOTATIONS_OF_A_STATEMENT, CLAIM, InLinkedData, in_both
from claims.api.positions import ListsClaimsThen
from claims.api.serializers import (
    ClaimDetailSerializer,
    ClaimSerializer,
    RelationSerializer,
    StatementSerializer,
    TopicSerializer,
)
from claims.exchange.linked_data import claim_as_linked_data, statement_as_linked_data
from claims.models import Claim, Relation, Statement, Topic
from claims.models.rewording import Reworded
from claims.positions.acts import acts_by_slug, all_acts_on_claim, statements_told
from claims.positions.clocks import NOW, World
from claims.positions.ledger import CONTEST, LATEST_POSSIBLE, span
from claims.positions.readers import drafts_seen_by
from claims.positions.sides import claim_with_sides
from claimtracker.edtf import dated
from claimtracker.moments import utc_in_sql
from claimtracker.rest.editing import EditableRow
from claimtracker.rest.ready import Ready, ReadyList, ReadyRow
from claimtracker.rest.views import (
    FollowsMerges,
    ListViewSet,
    ReadOnlyViewSet,
    site,
)

# What a client sends where a text that statements stand on comes to say something else.
HOW_TO_ANSWER = (
    'Send "reworded": "reverse" to reverse their stances, or "reworded": "still_hold" if they hold '
    "for the new text too. If it is another claim, add a new one."
)
EditableRow.propose = staticmethod(propose)
SPAN = span(Statement.objects.filter(claim=OuterRef("pk")))


class TopicViewSet(ReadOnlyViewSet):
    """The subjects that claims are filed under."""

    queryset = Topic.objects.none()
    serializer_class = TopicSerializer
    filterset_class = TopicFilter
    orderings = {"slug": ["slug"], "name": ["name", "slug"]}


@extend_schema_view(
    partial_update=extend_schema(responses=ClaimDetailSerializer),
    retrieve=extend_schema(responses=in_both(ClaimDetailSerializer, CLAIM)),
)
class ClaimViewSet(
    InLinkedData, ListsClaimsThen, EditableRow, ReadyList, FollowsMerges, ReadOnlyViewSet
):
    """What is said: each claim with how many sources assert it and how many deny it.

    At its own address a claim shows both sides: every source with the statement that decides what
    it holds, and the documents in which that was read. Below that address, “positions/” works out
    how it stood on a day and what follows from other claims, and “timeline/” has all that was said.
    """

    queryset = Claim.objects.none()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    editable = ["slug", "kind", "text", "language", "topics", "review_state"]
    questions = {rewording.CODE: Reworded.values}
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

    def by_name(self, error):
        refused = super().by_name(error)
        if rewording.is_asked(error):
            refused["text"] = [f"{message} {HOW_TO_ANSWER}" for message in refused["text"]]
        return refused

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

    def retrieve(self, request, slug):
        if self.wants_linked_data():
            if (found := all_acts_on_claim(slug)) is not None:
                return Response(claim_as_linked_data(slug, *found, site(request, "api-root")))
            return self.moved_or_not_found()
        answer = claim_with_sides(
            slug,
            drafts=drafts_seen_by(request.user),
            claims_at=self.reverse_action("list"),
            pages_at=self.pages_at(),
            statements_at=site(request, "statement-list"),
        )
        if answer is not None:
            return Response(Ready(answer))
        return self.moved_or_not_found()

    def moved_or_not_found(self):
        if (moved := self.moved()) is not None:
            return moved
        raise self.not_found()


@extend_schema_view(
    partial_update=extend_schema(responses=StatementSerializer),
    retrieve=extend_schema(responses=in_both(StatementSerializer, ANNOTATIONS_OF_A_STATEMENT)),
)
class StatementViewSet(InLinkedData, EditableRow, ReadyRow, ReadOnlyViewSet):
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

    def retrieve(self, request, slug):
        if not self.wants_linked_data():
            return super().retrieve(request, slug)
        acts = acts_by_slug([slug], NOW)
        if not acts.statements:
            raise self.not_found()
        return Response(statement_as_linked_data(slug, acts, site(request, "api-root")))

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
