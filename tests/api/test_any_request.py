"""Requests that schemathesis makes up from the description: each answer is one that it tells of."""

import hypothesis
import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from claimtracker.accounts.actions import make_token
from tests.api.rows import make_world
from tests.claimtracker.full import IS_FULL
from tests.factories import make_user

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
# Over all operations; with FULL=1 the whole of it, which takes a minute for each reader.
CASES = 2000 if IS_FULL else 200
# So many operations apart that several processes have a share in them.
PARTS = CASES // 500 or 1


@pytest.fixture
def one_connection():
    """Keep the connection, in whose transaction the test is, from one request to the next."""
    ends = [signals.request_started, signals.request_finished]
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ["cleo", "ben", "ada"])
def test_whatever_is_asked_the_answer_is_as_described(one_connection, name, part):
    make_world()
    headers = {"Accept-Encoding": "identity"}  # an answer is read as it came
    if name != "cleo":
        secret = make_token(user=make_user(name), name="a test", days=1)[1]
        headers["Authorization"] = f"Bearer {secret}"
    # Not wsgi.py's: that is a server's, and limits the statements of all that this process asks.
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/", app=get_wsgi_application(), headers={"Accept": "application/json"}
    )
    operations = [found.ok() for found in schema.get_all_operations()]

    for operation in operations[part::PARTS]:
        ask(operation, headers, times=CASES // len(operations) + 1)


def ask(operation, headers, *, times):
    @hypothesis.seed(20230907)
    @hypothesis.settings(
        max_examples=times,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        # A failure is found again by the seed; shrinking it would take long.
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy())
    def each(case):
        case.validate_response(case.call(headers=headers), checks=CHECKS, headers=headers)

    each()
