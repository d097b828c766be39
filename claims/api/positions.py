"""Who holds what, as the API answers it: worked out for the clocks that are asked for."""

from collections.abc import Collection
from functools import cache
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from claims.api.filters import (
    AgreementParameters,
    ClaimPositionsParameters,
    ClaimsThenParameters,
    Clocked,
    FlipsParameters,
    MatrixParameters,
    SourcePositionsParameters,
)
from claims.api.shapes import (
    AgreementSerializer,
    ClaimPositionsSerializer,
    ClaimTimelineSerializer,
    FlipSerializer,
    MatrixSerializer,
    SourcePositionSerializer,
)
from claims.models import Claim, Statement, Topic
from claims.positions import answers, lists
from claims.positions.claims_then import FIELDS, MEASURED, Asked, ClaimsThen
from claims.positions.clocks import Clocks
from claimtracker.rest.filters import UNKNOWN, fields_asked
from claimtracker.rest.merges import moved_to, survivor
from claimtracker.rest.pagination import Keyed, KeysetPagination
from claimtracker.rest.ready import ready_page
from claimtracker.rest.tables import Table, Tabled
from claimtracker.rest.views import AnswerView, read
from sources.models import Source

WITH_WHAT_FOLLOWS = "It is worked out only with what follows: add derived=true, or derived=only."
FIGURES = [f"{name}_{end}" for name in ("agree", "differ", "shared") for end in ("min", "max")]


class ListsClaimsThen:
    """A list of claims that takes the clocks: with one, it is worked out as of them."""

    def list(self, request, *args, **kwargs):
        if not Clocked.is_asked(request):
            return super().list(request, *args, **kwargs)
        given = read(ClaimsThenParameters, request)
        ordering = self.paginator.ordering(request, self)
        asked = {
            name: given.form.cleaned_data.get(name)
            for name in ("kind", "text", "stance", "language", "said_from", "said_to")
        }
        claims = ClaimsThen(
            given.clocks,
            Asked(
                **{name: value or None for name, value in asked.items()},
                topic=public_then(given, "topic", Topic),
                source=public_then(given, "source", Source),
                body=public_then(given, "body", Source),
                contested=given.yes_or_no("contested"),
                **{name: given.form.cleaned_data.get(name) for name in MEASURED},
                recorded_from=given.form.cleaned_data.get("recorded_from"),
                recorded_to=given.form.cleaned_data.get("recorded_to"),
            ),
            ordering=ordering.lstrip("-"),
            site=self.reverse_action("list"),
            pages=self.pages_at(),
            fields=fields_asked(request, FIELDS),
        )
        return ready_page(self.paginator, claims, request, ordering)

    def row_shape(self):
        shape = super().row_shape()
        if Clocked.is_asked(self.request):
            for name in shape.fields.keys() - set(FIELDS):
                shape.fields.pop(name)
        return shape


class AboutRow(AnswerView):
    """An answer about one row, at an address below that of the row."""

    detail = True
    model: type[Model]

    def nothing(self, slug: str, clocks: Clocks) -> Response:
        """Answer for a row that was not public: send on to its survivor, or say so."""
        if clocks.recorded_by is None and hasattr(self.model, "merged_into"):
            found = survivor(self.model._default_manager.public(), slug)
            if found is not None:
                return moved_to(self.request, found)
        name = self.model._meta.verbose_name
        there_is = "There is" if clocks.recorded_by is None else "At that time there was"
        it_is = "it is" if clocks.recorded_by is None else "it was"
        raise NotFound(f"{there_is} no {name} “{slug}”, or {it_is} not public.")


@cache
def names_of(*shapes: type[Serializer[Any]]) -> list[str]:
    """Return the names of the fields of shapes, each once: to make a serializer takes a while."""
    return [*dict.fromkeys(name for shape in shapes for name in shape().fields)]


class Paged(Tabled, AnswerView):
    """An answer that comes in pages, of rows of one shape."""

    pagination_class = KeysetPagination
    # By which its rows can be ordered, the first unless another is the default; else the only one.
    orderings: Collection[str] = ()
    default_ordering: str | None = None
    only_ordering: str
    # What a row is.
    shape: type[Serializer[Any]]

    def row_shape(self) -> Serializer[Any]:
        shape = self.shape()
        for name in shape.fields.keys() - set(self.fields):
            shape.fields.pop(name)
        return shape

    def ordering(self) -> str:
        """Return the ordering that is asked for, with its sign."""
        if not self.orderings:
            return self.only_ordering
        return self.pagination_class().ordering(self.request, self)

    def by(self) -> str:
        """Return what it is asked to be ordered by."""
        return self.ordering().lstrip("-")

    def page(self, rows: Keyed, *, falling: bool = False) -> list[dict[str, Any]]:
        """Return the page that is asked for; ``falling`` as KeysetPagination.paginate has it."""
        self.fields = fields_asked(self.request, self.known_fields())
        self.paginator = self.pagination_class()
        return self.paginator.paginate(
            rows, self.request, ordering=self.ordering(), falling=falling
        )

    def known_fields(self) -> Collection[str]:
        return names_of(self.shape)

    def paged(self, page: list[dict[str, Any]]) -> Response:
        if "fields" in self.request.query_params:
            page = [{name: row[name] for name in self.fields} for row in page]
        return self.paginator.get_paginated_response(page)


class ClaimPositions(AboutRow):
    """Who holds what of a claim, since when and on what evidence.

    Each position has the statement that decides it, with the documents in which it was read, and a
    sentence that is ready to print. What a source said later, without changing sides, stands under
    “later”; those that spoke of the claim and hold nothing under “others”.
    """

    model = Claim
    parameters = ClaimPositionsParameters

    @extend_schema(responses=ClaimPositionsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        given = self.given()
        answer = answers.claim_positions(
            slug,
            given.clocks,
            derived=given.asked_for("derived"),
            roll_up=given.asked_for("roll_up"),
        )
        return Response(answer) if answer else self.nothing(slug, given.clocks)


class ClaimTimeline(AboutRow):
    """Every statement on a claim, the earliest first, and where a source turned round."""

    model = Claim
    parameters = Clocked

    @extend_schema(responses=ClaimTimelineSerializer)
    def get(self, request: Request, slug: str) -> Response:
        clocks = self.given().clocks
        answer = lists.claim_timeline(slug, clocks)
        return Response(answer) if answer else self.nothing(slug, clocks)


class SourcePositions(Paged, AboutRow):
    """What a source holds, claim by claim."""

    model = Source
    parameters = SourcePositionsParameters
    orderings = lists.POSITIONS_BY
    shape = SourcePositionSerializer

    @extend_schema(responses=shape(many=True))
    def get(self, request: Request, slug: str) -> Response:
        given = self.given()
        clocks, asked = given.clocks, given.form.cleaned_data
        days = ("since_from", "since_to", "said_from", "said_to")
        wanted = lists.Wanted(
            claim=public_then(given, "claim", Claim),
            topic=public_then(given, "topic", Topic),
            statement=public_then(given, "statement", Statement),
            order_uncertain=given.yes_or_no("order_uncertain"),
            inconsistent=given.yes_or_no("inconsistent"),
            derived=True if asked.get("derived") == "only" else None,
            **{name: asked.get(name) or None for name in ("kind", "stance", *days)},
        )
        if asked.get("derived") in {"true", "only"}:
            found = wanted.sift(answers.source_positions_derived(slug, clocks), clocks)
            page = answers.with_sentences(self.page(lists.in_memory(found, by=self.by())), clocks)
        elif wanted.inconsistent is not None:
            raise ValidationError({"inconsistent": [WITH_WHAT_FOLLOWS]})
        else:
            page = self.page(answers.SourcePositions(slug, clocks, wanted, by=self.by()))
        if not page and not lists.is_public(Source._meta.db_table, slug, clocks):
            return self.nothing(slug, clocks)
        return self.paged(page)


class Agreement(Paged, AboutRow):
    """With whom a source agrees and differs, over the claims that both hold something of.

    Those with whom it shares most claims come first, unless another order is asked for. Where they
    share four claims or fewer, “caution” says so.
    """

    model = Source
    parameters = AgreementParameters
    orderings = lists.AGREEMENT_BY
    default_ordering = "-shared"
    shape = AgreementSerializer

    @extend_schema(responses=shape(many=True))
    def get(self, request: Request, slug: str) -> Response:
        given = self.given()
        other = public_then(given, "with", Source)
        topic = public_then(given, "topic", Topic)
        asked = given.form.cleaned_data
        rows = lists.agreement(
            slug,
            given.clocks,
            other=other,
            topic=topic,
            name=asked.get("name"),
            figures={name: asked[name] for name in FIGURES if asked.get(name) is not None},
            by=self.by(),
        )
        page = self.page(rows, falling=True)
        if not page and not lists.is_public(Source._meta.db_table, slug, given.clocks):
            return self.nothing(slug, given.clocks)
        return self.paged([row | {"caution": lists.caution(row["shared"])} for row in page])


class Flips(Paged):
    """Where sources turned round: two dated statements in a row that are opposite.

    Where the two may have been made in either order, “order_uncertain” is true, and which is
    “from” and which is “to” means nothing.
    """

    parameters = FlipsParameters
    orderings = lists.FLIPS_BY
    shape = FlipSerializer

    @extend_schema(responses=shape(many=True))
    def get(self, request: Request) -> Response:
        given = self.given()
        rows = lists.flips(
            given.clocks,
            claim=public_then(given, "claim", Claim),
            source=public_then(given, "source", Source),
            topic=public_then(given, "topic", Topic),
            body=public_then(given, "body", Source),
            statement=public_then(given, "statement", Statement),
            stance=given.form.cleaned_data.get("stance") or None,
            order_uncertain=given.yes_or_no("order_uncertain"),
            **{
                name: given.form.cleaned_data.get(name)
                for name in ("said_from", "said_to", "before_from", "before_to")
            },
            by=self.by(),
        )
        return self.paged(self.page(rows))


class Matrix(Tabled, AnswerView):
    """Who holds what on the claims of a topic: a row a source, a cell a claim."""

    parameters = MatrixParameters

    def table(self, answer: dict[str, Any]) -> Table:
        rows = zip(answer["sources"], answer["cells"], strict=True)
        return ["source", *answer["claims"]], ([source, *cells] for source, cells in rows)

    @extend_schema(responses=MatrixSerializer)
    def get(self, request: Request) -> Response:
        given = self.given()
        return Response(lists.matrix(public_then(given, "topic", Topic), given.clocks))


def public_then(given: Clocked, name: str, model: type[Model]) -> str | None:
    """Return the slug that a parameter gives of a row, refused where it was not public then.

    Without ``recorded_by`` that of a merged row means its survivor; with it, itself.
    """
    slug, clocks = given.form.cleaned_data.get(name), given.clocks
    if slug is None:
        return None
    if model is Topic:
        known = lists.is_public_topic(slug, clocks)
    else:
        known = lists.is_public(model._meta.db_table, slug, clocks)
    if known:
        return slug
    if clocks.recorded_by is None and hasattr(model, "merged_into"):
        found = survivor(model._default_manager.public(), slug)
        if found is not None:
            return found.slug
    noun = model._meta.verbose_name
    raise ValidationError({name: [UNKNOWN.format(noun=noun) % {"value": slug}]})
