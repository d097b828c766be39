"""Lists whose rows the database writes as JSON: the view passes them on as they are.

A queryset still says which rows, in which order and page; its SQL is wrapped into one that writes
each row. A page costs one query, and nothing here for each row.
"""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Func, Value
from django.db.models.functions import Concat
from django.urls import reverse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from claimtracker.curated import may_edit
from claimtracker.rest.pagination import InOrder, beyond

# Text may hold them, and in a script they would end a line. JSONRenderer escapes them likewise.
LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})


class ReadyInOrder(InOrder):
    """The rows of a queryset, each as the text of its JSON.

    ``fields`` are those of the JSON, each with its SQL, where ``r`` is a row of the queryset.
    """

    def __init__(self, queryset, columns, fields: dict[str, str]):
        super().__init__(queryset, columns)
        self.fields = fields

    def keyed(self, *, after, descending, limit):
        queryset = self.queryset
        if after is not None:
            values = [Value(value) for value in after]
            queryset = queryset.filter(beyond(self.key, values, descending=descending))
        order = (f"-{name}" if descending else name for name in self.key)
        rows = queryset.order_by(*order)[:limit].values()
        try:
            query, parameters = rows.query.sql_with_params()
        except EmptyResultSet:
            return []
        fields = ", ".join(f'{value} AS "{name}"' for name, value in self.fields.items())
        key = ", ".join(f'r."{name}"' for name in self.key)
        with connections[rows.db].cursor() as cursor:
            cursor.execute(
                f"SELECT (SELECT row_to_json(j)::text FROM (SELECT {fields}) j), {key} "
                f"FROM ({query}) r",
                parameters,
            )
            return [(text.translate(LINE_ENDS), key) for text, *key in cursor]


class ReadyPage(dict):
    """A page whose ``results`` are texts of JSON."""

    def parsed(self) -> dict[str, Any]:
        return {**self, "results": [json.loads(text) for text in self["results"]]}


class ReadyJSONRenderer(JSONRenderer):
    """Writes JSON, and takes that of a ReadyPage as it is."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if not isinstance(data, ReadyPage):
            return super().render(data, accepted_media_type, renderer_context)
        # Asked for with an indent, as the browsable pages do.
        if self.get_indent(accepted_media_type or "", renderer_context or {}) is not None:
            return super().render(data.parsed(), accepted_media_type, renderer_context)
        links = super().render({name: data[name] for name in ("next", "previous")})
        return b'%b,"results":[%b]}' % (links[:-1], ",".join(data["results"]).encode())


def address(request, view_name: str) -> Func:
    """Return the expression of the absolute address of a row, by its slug."""
    before, after = request.build_absolute_uri(reverse(view_name, args=["-"])).rsplit("-", 1)
    return Concat(Value(before), "slug", Value(after))


class ReadyList:
    """A list whose rows are ready.

    The view declares ``ready_fields``, and ``ready_for_editors`` for who may edit such rows.
    """

    def ready(self) -> dict[str, str]:
        sees_all = may_edit(self.request.user, self.queryset.model)
        return self.ready_fields | (self.ready_for_editors if sees_all else {})

    def list(self, request, *args, **kwargs):
        queryset = self.filter_queryset(self.get_queryset())
        ordering = self.paginator.ordering(request, self)
        rows = ReadyInOrder(queryset, self.orderings[ordering.lstrip("-")], self.ready())
        page = self.paginator.paginate(rows, request, ordering=ordering)
        answer = self.paginator.get_paginated_response(page)
        return Response(ReadyPage(answer.data))
