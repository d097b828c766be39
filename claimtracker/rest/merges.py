from django.urls import reverse
from rest_framework.response import Response


def survivor(rows, slug):
    """Return which of these rows the row with a slug was merged into, None where there is none.

    An address that was never public is not one that anybody could have kept.
    """
    known = rows.model._default_manager.filter(slug=slug, was_public=True)
    merged = known.values("merged_into")
    return rows.filter(pk__in=merged).first()


def moved_to(request, row) -> Response:
    """Send the reader of a merged row on to the same address of its survivor."""
    asked = request.resolver_match
    address = reverse(asked.view_name, kwargs=asked.kwargs | {"slug": row.slug})
    address = request.build_absolute_uri(address)
    query = request.META.get("QUERY_STRING")
    return Response(
        {"detail": f"It was merged into “{row.slug}”.", "url": address},
        status=308,
        headers={"Location": f"{address}?{query}" if query else address},
    )
