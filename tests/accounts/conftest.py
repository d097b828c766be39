import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def passwords_that_cost_nothing(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    """Forget the wrong tokens of other tests."""
    cache.clear()
