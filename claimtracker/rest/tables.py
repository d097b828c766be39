"""Lists as CSV: the rows of a page as JSON has them, each of their values in a cell.

What is nested has a column for each of its fields (``tally`` has ``tally_asserts``); a list of
texts stands in one cell, with ``|`` between them, and a list of objects as its JSON. It is plain,
or with ``for=spreadsheet`` safe to open in one.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.serializers import Serializer

from claimtracker.rest.ready import ReadyPage
from claimtracker.spreadsheets import MARK, PARAMETER, joined, to_cell, unknown_use

Table = tuple[list[str], Iterable[Iterable[Any]]]
# The names that lead to a value of a row: ("tally", "asserts").
Path = tuple[str, ...]


class CSVRenderer(BaseRenderer):
    """Writes the table that a view makes of its answer."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        columns, rows = renderer_context["view"].table(data)
        is_guarded = is_for_spreadsheets(renderer_context["request"])
        written = guarded_cell if is_guarded else cell
        stream = io.StringIO(newline="")
        if is_guarded:
            stream.write(MARK)
        writer = csv.writer(stream)
        writer.writerow(map(written, columns))
        writer.writerows(map(written, row) for row in rows)
        return stream.getvalue().encode()


def is_for_spreadsheets(request: Any) -> bool:
    """Return whether a request asks for a CSV with ``for=spreadsheet``.

    Raises ValidationError where it asks for one for something else.
    """
    use = request.query_params.get(PARAMETER)
    if use is not None and (wrong := unknown_use(use)):
        raise ValidationError({PARAMETER: [wrong]})
    return use is not None


def cell(value: Any) -> str:
    """Return a value of JSON as the text of a cell."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return joined(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def guarded_cell(value: Any) -> str:
    """Return a value of JSON as a cell for spreadsheets. A number stays one."""
    return cell(value) if isinstance(value, int | float) else to_cell(cell(value))


def columns_of(shape: Serializer, above: Path = ()) -> Iterator[Path]:
    """Yield the path to each value of a row."""
    for name, field in shape.fields.items():
        path = (*above, name)
        if isinstance(field, Serializer):
            yield from columns_of(field, path)
        else:
            yield path


def at(path: Path, row: Any) -> Any:
    """Return what stands at a path, None where there is none in this row."""
    for name in path:
        row = row and row.get(name)
    return row


class Tabled:
    """A view that answers with a list, which can also be had as CSV."""

    def has_table(self) -> bool:
        return True

    def row_shape(self) -> Serializer:
        """Return the serializer that describes a row, with the fields that are asked for."""
        raise NotImplementedError

    def columns(self) -> list[Path]:
        """Return the paths to the values of a row."""
        return [*columns_of(self.row_shape())]

    def table(self, answer: dict[str, Any]) -> Table:
        """Return the names of the columns of an answer, and its rows."""
        rows = (answer.parsed() if isinstance(answer, ReadyPage) else answer)["results"]
        paths = self.columns()
        return ["_".join(path) for path in paths], (
            [at(path, row) for path in paths] for row in rows
        )

    def known_parameters(self):
        return [*super().known_parameters(), *([PARAMETER] if self.has_table() else [])]

    def check_parameters(self, request):
        super().check_parameters(request)
        is_table = isinstance(request.accepted_renderer, CSVRenderer)
        if is_for_spreadsheets(request) and not is_table:
            raise ValidationError({PARAMETER: ["It is for tables: add format=csv."]})

    def get_renderers(self):
        json_first, *others = super().get_renderers()
        return [json_first, *([CSVRenderer()] if self.has_table() else []), *others]

    def finalize_response(self, request, response, *args, **kwargs):
        if isinstance(getattr(request, "accepted_renderer", None), CSVRenderer):
            if response.status_code == 200:
                *_, name = filter(None, request.path.split("/"))
                response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
            else:
                # What is wrong is told as everywhere.
                request.accepted_renderer = super().get_renderers()[0]
                request.accepted_media_type = request.accepted_renderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)
