"""Every address at which the project answers, asked of the URL resolver."""

from django.contrib.admindocs.views import extract_views_from_urlpatterns, simplify_regex
from django.urls import get_resolver


def addresses() -> list[str]:
    """Return every address that the project answers at, with its parameters in <>."""
    found = extract_views_from_urlpatterns(get_resolver().url_patterns)
    return [simplify_regex(pattern) for _, pattern, _, _ in found]
