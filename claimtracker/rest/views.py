"""The base of every view of the API."""

import re

from django.http import Http404
from django.urls import reverse
from django.utils.html import linebreaks
from django.utils.safestring import mark_safe
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.routers import APIRootView
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from claimtracker.rest.merges import survivor

# What may stand in an address. Anything else is not found, and never gets as far as the database.
SLUG = "[A-Za-z0-9_-]{1,200}"


class StrictParameters:
    """Refuses a query parameter that the view does not know, that comes twice, or that is no text.

    A parameter that is ignored would look like an answer to what was asked.
    """

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        # None where the method is not allowed, which is the better answer.
        if getattr(self, "action", "get") is not None and request.method in {"GET", "HEAD"}:
            self.check_parameters(request)

    def get_view_description(self, html=False):
        """Return the docstring, in HTML without the line breaks of our source."""
        text = super().get_view_description(html=False)
        if not html:
            return text
        return mark_safe(linebreaks(re.sub(r"(?<!\n)\n(?!\n)", " ", text), autoescape=True))

    def known_parameters(self) -> list[str]:
        """Return the names of the parameters that this view understands."""
        return ["format"]

    def check_parameters(self, request):
        known = self.known_parameters()
        errors = {}
        for name, values in request.query_params.lists():
            if name not in known:
                errors[name] = f"There is no such parameter here. Known are: {', '.join(known)}."
            elif len(values) > 1:
                errors[name] = f"It is given {len(values)} times. Give it once."
            elif "\x00" in values[0]:
                errors[name] = "It holds a NUL character, which text cannot have."
            elif not values[0] and not from_a_form(request):
                errors[name] = "It is empty. Give it a value or leave it out."
        if errors:
            raise ValidationError({name: [message] for name, message in errors.items()})


def from_a_form(request) -> bool:
    """Return whether a request comes from the browsable pages, whose forms send empty fields."""
    return request.accepted_renderer.format == "api"


class ListViewSet(StrictParameters, ListModelMixin, GenericViewSet):
    """Rows that the reader may see. A subclass declares ``queryset``, filters and orderings.

    ``queryset`` holds no rows but says which model; ``get_queryset`` starts at ``visible_to``.
    """

    orderings = {}

    def get_view_name(self):
        names = self.queryset.model._meta
        name = names.verbose_name if self.detail else names.verbose_name_plural
        return name[0].upper() + name[1:]

    def get_queryset(self):
        return self.queryset.model._default_manager.visible_to(self.request.user)

    def known_parameters(self):
        if self.action != "list":
            return super().known_parameters()
        return [
            *self.filterset_class.base_filters,
            "ordering",
            "cursor",
            "page_size",
            *super().known_parameters(),
        ]


class ReadOnlyViewSet(RetrieveModelMixin, ListViewSet):
    """Rows that the reader may see, and each of them at its own address."""

    lookup_field = "slug"
    lookup_value_regex = SLUG

    def get_object(self):
        try:
            return super().get_object()
        except Http404:
            # One answer for what is not there and what is not public.
            name = self.queryset.model._meta.verbose_name
            slug = self.kwargs["slug"]
            raise NotFound(f"There is no {name} “{slug}”, or it is not public.") from None


class FollowsMerges:
    """Sends the reader of a merged row on to its survivor."""

    def retrieve(self, request, *args, **kwargs):
        rows = self.queryset.model._default_manager.visible_to(request.user)
        found = survivor(rows, kwargs["slug"])
        if found is None:
            return super().retrieve(request, *args, **kwargs)
        address = reverse(f"{self.basename}-detail", args=[found.slug])
        address = request.build_absolute_uri(address)
        query = request.META.get("QUERY_STRING")
        return Response(
            {"detail": f"It was merged into “{found.slug}”.", "url": address},
            status=308,
            headers={"Location": f"{address}?{query}" if query else address},
        )


class RootView(StrictParameters, APIRootView):
    """Who asserts it, who denies it, since when, on what evidence."""

    name = "Claim tracker"


class NothingHere(APIView):
    """An address that the API does not have."""

    schema = None

    def get(self, request, *args, **kwargs):
        raise NotFound("There is nothing at this address. The list of what there is: /api/v1/")
