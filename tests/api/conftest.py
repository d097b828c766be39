import pytest

from tests.factories import make_user


@pytest.fixture
def api(client):
    """Return what an address of the API answers: api("claims/", contested="true")."""

    def get(path, **parameters):
        # A name for the request, so that nothing in its answer is made up.
        return client.get(f"/api/v1/{path}", parameters, headers={"x-request-id": "a-test"})

    return get


@pytest.fixture
def ada(client, db):
    """Log in Ada, an editor."""
    client.force_login(make_user("ada"))


@pytest.fixture
def readers(client, db):
    """Return a function for each of those who read what is public, that makes them the reader."""
    return {
        "nobody": client.logout,
        "ben": lambda: client.force_login(make_user("ben")),
        "cleo": lambda: client.force_login(make_user("cleo")),
    }
