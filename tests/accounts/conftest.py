import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    """Forget the wrong tokens of other tests."""
    cache.clear()
