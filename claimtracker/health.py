"""Whether the service works: /healthz, and `python -m claimtracker.health`, which asks it."""

import logging
import os
import sys
import urllib.error
import urllib.request

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


# ATOMIC_REQUESTS would open the transaction before the view, where nothing catches a lost database.
@transaction.non_atomic_requests
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, 503 otherwise, and no detail of why."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        logger.warning("The database does not answer.", exc_info=True)
        # That a connection broke shows only when it is used: let the next request open its own.
        connection.close()
        return HttpResponse("unavailable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def ask(*, port: str, allowed_hosts: str, timeout: float = 4) -> bool:
    """Return whether the server at this port says that it is well."""
    # Asked from inside its container, the server still answers to its public names only.
    name = allowed_hosts.split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/healthz",
        headers={"Host": name if name not in ("", "*") else "localhost"},
    )
    # A proxy set for the container is for the world outside; it must not be asked for ourselves.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(
        not ask(
            port=os.environ.get("GRANIAN_PORT", "8000"),
            allowed_hosts=os.environ.get("ALLOWED_HOSTS", ""),
        )
    )
