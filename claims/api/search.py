"""Search, as the API answers it."""

from collections.abc import Collection
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api.filters import SearchParameters
from claims.api.positions import Paged, names_of
from claims.api.shapes import (
    FoundClaimSerializer,
    FoundDocumentSerializer,
    FoundSourceSerializer,
    FoundStatementSerializer,
)
from claims.search.asked import NothingAskedError, asked
from claims.search.hits import KINDS, Hits
from claimtracker.rest.pagination import KeysetPagination
from claimtracker.rest.tables import Path, columns_of
from claimtracker.rest.views import site

SHAPES = {
    "source": FoundSourceSerializer,
    "claim": FoundClaimSerializer,
    "statement": FoundStatementSerializer,
    "document": FoundDocumentSerializer,
}


class SearchPagination(KeysetPagination):
    """The same, with ``more``: of which kinds there are more rows than are put in order."""

    more: dict[str, bool]

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        response.data = {
            "next": response.data["next"],
            "previous": response.data["previous"],
            "more": self.more,
            "results": data,
        }
        return response

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)
        described["required"].append("more")
        described["properties"]["more"] = {
            "type": "object",
            "description": (
                "Of each kind that is asked for, whether older rows have these words too: they "
                "are on no page. Add a word to find them."
            ),
            "properties": {kind: {"type": "boolean"} for kind in KINDS},
        }
        return described


FOUND = PolymorphicProxySerializer(
    component_name="Found", serializers=SHAPES, resource_type_field_name="kind", many=True
)


class Search(Paged):
    """Claims, quotes, sources and documents by their words, the most relevant first.

    A quote is found with the statement that it stands for; a claim by its own words or by those of
    a quote, which is then told with it; a document by its title and publisher,
    never by its text. Names are also found as they sound in another alphabet, and with a slip of
    the pen. Only what is public is found, whoever asks.
    """

    parameters = SearchParameters
    pagination_class = SearchPagination
    only_ordering = "relevance"

    @extend_schema(responses=FOUND)
    def get(self, request: Request) -> Response:
        given = self.given().form.cleaned_data
        try:
            wanted = asked(given["q"])
        except NothingAskedError as error:
            raise ValidationError({"q": [str(error)]}) from error
        hits = Hits(
            wanted,
            kinds=given.get("kind") or KINDS,
            language=given.get("language") or None,
            sites={kind: site(request, f"{kind}-list") for kind in KINDS},
        )
        page = self.page(hits)
        self.paginator.more = hits.more
        return self.paged(page)

    def columns(self) -> list[Path]:
        every = dict.fromkeys(path for shape in SHAPES.values() for path in columns_of(shape()))
        return [path for path in every if path[0] in self.fields]

    def known_fields(self) -> Collection[str]:
        return names_of(*SHAPES.values())

    def paged(self, page: list[dict[str, Any]]) -> Response:
        if "fields" in self.request.query_params:
            # A row of a table: null where its kind has no such field.
            page = [dict.fromkeys(self.fields) | hit for hit in page]
        return super().paged(page)
