"""What is public as files, to take away."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.backends.utils import CursorWrapper
from django_filters.utils import translate_validation
from rest_framework.exceptions import APIException

from claims.api.filters import StatementFilter
from claims.exchange import citing, parquet
from claims.exchange.copying import one_moment
from claims.exchange.exporting import zipped_bundle
from claims.models import Statement
from claimtracker.rest.files import NOT_WHOLE, FileView
from claimtracker.rest.filters import is_filtered
from claimtracker.rest.tables import is_for_spreadsheets
from claimtracker.rest.views import pages_below
from claimtracker.spreadsheets import PARAMETER


class NoParquet(APIException):
    status_code = 501
    default_detail = (
        "No Parquet is written here: for that, the operator installs requirements-parquet.txt. "
        "Take statements.csv or statements.jsonl."
    )
    default_code = "not_implemented"


class FromAnybody:
    """A request, as if nobody had logged in."""

    user = AnonymousUser()

    def __init__(self, request):
        self.request = request

    def __getattr__(self, name):
        return getattr(self.request, name)


def made(write: Callable[[CursorWrapper], Iterator[bytes]]) -> Iterator[bytes]:
    """Yield the blocks that are written of what is public at this moment."""
    with one_moment(seconds=settings.EXPORT_TIMEOUT) as cursor:
        yield from write(cursor)


class StatementsExport(FileView):
    """Statements to cite: a row for each document in which one was read, as they were recorded.

    They are filtered as their list is. Everybody gets the same, editors too: no drafts.
    """

    queryset = Statement.objects.none()
    filterset_class = StatementFilter
    write: Callable[..., Iterator[bytes]]

    def blocks(self):
        statements = self.chosen()
        below = pages_below(self.request, "statement")
        return made(lambda cursor: self.write(cursor, statements, below))

    def chosen(self):
        """Return the public statements that are asked for."""
        rows, asked = Statement.objects.public(), self.request.query_params
        if not is_filtered(self.request, self):
            return rows
        given = self.filterset_class(asked, rows, request=FromAnybody(self.request))
        if not given.is_valid():
            raise translate_validation(given.errors)
        return given.qs


class StatementsCSV(StatementsExport):
    __doc__ = StatementsExport.__doc__
    file_name = "statements.csv"
    media_type = "text/csv; charset=utf-8; header=present"
    # A quotation mark that is not closed: no program reads past it.
    broken = f'"{NOT_WHOLE}'.encode()

    def known_parameters(self):
        return [*super().known_parameters(), PARAMETER]

    def write(self, cursor, statements, below):
        is_guarded = is_for_spreadsheets(self.request)
        return citing.as_csv(cursor, statements, below, is_guarded=is_guarded)

    def blocks(self):
        is_for_spreadsheets(self.request)  # refuse it before the file begins
        return super().blocks()


class StatementsJSONL(StatementsExport):
    file_name = "statements.jsonl"
    media_type = "application/jsonl"
    write = staticmethod(citing.as_json_lines)
    broken = f'{{"error": "{NOT_WHOLE}'.encode()


class StatementsParquet(StatementsExport):
    file_name = "statements.parquet"
    media_type = "application/vnd.apache.parquet"
    is_compressed = True
    write = staticmethod(parquet.as_parquet)
    other_answers = {"501": "No Parquet is written here."}

    def blocks(self):
        if not parquet.is_there():
            raise NoParquet
        return super().blocks()


class BundleExport(FileView):
    """All that is public as a zipped bundle: the files that ``manage.py export_bundle`` writes.

    Everybody gets the same, editors too: no drafts.
    """

    queryset = Statement.objects.none()
    file_name = "bundle.zip"
    media_type = "application/zip"
    is_compressed = True

    def blocks(self):
        return made(zipped_bundle)
