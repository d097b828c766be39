"""Views that answer with a file, which is sent while it is made, however long it is."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from rest_framework.exceptions import APIException
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer

from claimtracker.rest.filters import StrictFilterBackend
from claimtracker.rest.views import StrictParameters

NOT_WHOLE = "This file is not whole: it could not be finished. Ask for it again."


class TooManyAtOnce(APIException):
    status_code = 503
    default_detail = "Others are being sent such files just now. Try again in a minute."
    default_code = "busy"
    wait = 60  # for Retry-After


class Places:
    """How many such answers a process sends at once: each keeps a thread and a connection."""

    def __init__(self):
        self.taken = []

    @contextmanager
    def one(self):
        """Take a place. Raises TooManyAtOnce where none is free."""
        # No lock: an answer that nobody closed ends in the middle of whatever its thread does.
        self.taken.append(None)
        try:
            if len(self.taken) > settings.EXPORTS_AT_ONCE:
                raise TooManyAtOnce
            yield
        finally:
            self.taken.pop()


PLACES = Places()
# In bytes.
BEGINNING = 64 * 1024


def in_its_place(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what an iterator does, while one of the places is taken."""
    with PLACES.one():
        yield from blocks


class Begun:
    """The blocks of a file, of which the first are there already; of a small one, all.

    So what fails at once is answered as any other error. What fails later cannot be, and not every
    server lets the reader see that an answer broke off: ``broken`` then ends the file so that no
    program takes it for whole.
    """

    def __init__(self, blocks: Iterator[bytes], broken: bytes):
        self.blocks, self.broken = in_its_place(blocks), broken
        self.first = deque()
        self.error = None
        for block in self.blocks:
            self.first.append(block)
            if sum(map(len, self.first)) >= BEGINNING:
                break

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        if self.first:
            return self.first.popleft()
        if self.error:
            raise self.error
        try:
            return next(self.blocks)
        except StopIteration:
            raise
        except Exception as error:
            if not self.broken:
                raise
            self.error = error
            return self.broken

    def close(self):
        """End it, wherever it is. A server calls this, too, when the reader goes away."""
        self.blocks.close()


class FilesMiddleware:
    """Ends a file that is not what is answered: on the way out, something failed or refused it.

    Until then it keeps the connection of its thread, on which the next question would wait for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        file = getattr(request, "file", None)
        if isinstance(file, Begun) and getattr(response, "file", None) is not file:
            file.close()
        return response


class TheAddressSays(BaseContentNegotiation):
    """Asks no ``Accept``: which format a file has stands in its address. Errors are JSON."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class FileView(StrictParameters, GenericAPIView):
    """A file of what is public. It is the same for everybody: nobody gets drafts in it.

    The view declares its name and media type, and the blocks that it consists of.
    """

    content_negotiation_class = TheAddressSays
    renderer_classes = [JSONRenderer]
    pagination_class = None
    file_name: str
    media_type: str
    # With which the file ends where it could not be finished. None: its format has an end.
    broken = b""
    # Whether nothing makes it smaller.
    is_compressed = False
    filter_backends = [StrictFilterBackend]
    filterset_class = None

    def known_parameters(self):
        return [*self.filterset_class.base_filters] if self.filterset_class else []

    def get(self, request):
        blocks = self.blocks()
        file = [] if request.method == "HEAD" else Begun(blocks, self.broken)
        response = StreamingHttpResponse(
            file,
            content_type=self.media_type,
            headers={"Content-Disposition": f'attachment; filename="{self.file_name}"'},
        )
        response.is_compressed = self.is_compressed
        response.file = request._request.file = file
        return response

    def blocks(self) -> Iterator[bytes]:
        """Refuse what cannot be answered; return the blocks of the file, of which none is made."""
        raise NotImplementedError
