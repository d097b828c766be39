"""The base of every view of the API."""

import re

from django.contrib.auth import get_user_model
from django.http import Http404
from django.urls import reverse
from django.utils.html import linebreaks
from django.utils.safestring import mark_safe
from django_filters.utils import translate_validation
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.routers import APIRootView
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from claimtracker.rest.filters import SLUG, StrictFilterSet, fields_asked, from_a_form
from claimtracker.rest.merges import moved_to, survivor
from claimtracker.rest.tables import Tabled


class StrictParameters:
    """Refuses a query parameter that the view does not know, that comes twice, or that is no text.

    A parameter that is ignored would look like an answer to what was asked.
    """

    # Those that are given without a value.
    bare_parameters: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        # None where the method is not allowed, which is the better answer.
        if getattr(self, "action", "get") is not None and request.method in {"GET", "HEAD"}:
            self.check_parameters(request)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(response, Response):
            response.add_post_render_callback(let_go)
        return response

    def get_view_description(self, html=False):
        """Return the docstring, without the line breaks of our source."""
        text = super().get_view_description(html=False)
        text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
        return mark_safe(linebreaks(text, autoescape=True)) if html else text

    def known_parameters(self) -> list[str]:
        """Return the names of the parameters that this view understands."""
        return ["format"]

    def check_parameters(self, request):
        known = self.known_parameters()
        errors = {}
        for name, values in request.query_params.lists():
            if name not in known:
                errors[name] = (
                    f"There is no such parameter here. Known are: {', '.join(known)}."
                    if known
                    else "There is no such parameter here. It takes none."
                )
            elif len(values) > 1:
                errors[name] = f"It is given {len(values)} times. Give it once."
            elif "\x00" in values[0]:
                errors[name] = "It holds a NUL character, which text cannot have."
            elif not values[0] and name not in self.bare_parameters and not from_a_form(request):
                errors[name] = "It is empty. Give it a value or leave it out."
        if errors:
            raise ValidationError({name: [message] for name, message in errors.items()})


def let_go(response: Response) -> None:
    """Take a response that is written out of its circles with the view, which nobody needs now.

    Else it stays in memory until garbage is looked for, and several large ones with it.
    """
    response.renderer_context.pop("view").response = None
    response.renderer_context.pop("response")


def site(request, name: str, *args: str) -> str:
    """Return an absolute address by its name, the same whichever format is asked for."""
    return request.build_absolute_uri(reverse(name, args=args))


def pages_below(request, kind: str) -> str:
    """Return the absolute address below which the public pages of a kind of row are."""
    return site(request, f"page-{kind}", "-").removesuffix("-/")


PAGE_PARAMETERS = ["fields", "cursor", "page_size"]
LIST_PARAMETERS = ["ordering", *PAGE_PARAMETERS]


class ListViewSet(Tabled, StrictParameters, ListModelMixin, GenericViewSet):
    """Rows that the reader may see. A subclass declares ``queryset``, filters and orderings.

    ``queryset`` holds no rows but says which model; ``get_queryset`` starts at ``visible_to``.
    """

    orderings = {}

    def has_table(self):
        return self.action == "list"

    def row_shape(self):
        return self.get_serializer(many=True).child

    def get_view_name(self):
        names = self.queryset.model._meta
        name = names.verbose_name if self.detail else names.verbose_name_plural
        return name[0].upper() + name[1:]

    def get_queryset(self):
        return self.queryset.model._default_manager.visible_to(self.request.user)

    def reverse_action(self, url_name):
        return site(self.request, f"{self.basename}-{url_name}")

    def pages_at(self):
        """Return the address below which the public pages of these rows are."""
        return pages_below(self.request, self.basename)

    def known_parameters(self):
        if self.action != "list":
            return super().known_parameters()
        return [
            *self.filterset_class.base_filters,
            *LIST_PARAMETERS,
            *super().known_parameters(),
        ]

    def get_serializer(self, *args, **kwargs):
        """Return a serializer; that of a list has only the fields that are asked for."""
        serializer = super().get_serializer(*args, **kwargs)
        if self.action == "list" and "fields" in self.request.query_params:
            each = serializer.child
            for name in each.fields.keys() - set(fields_asked(self.request, each.fields)):
                each.fields.pop(name)
        return serializer


class ReadOnlyViewSet(RetrieveModelMixin, ListViewSet):
    """Rows that the reader may see, and each of them at its own address."""

    lookup_field = "slug"
    lookup_value_regex = SLUG

    def get_object(self):
        try:
            return super().get_object()
        except Http404:
            raise self.not_found() from None

    def not_found(self) -> NotFound:
        """Return one answer for what is not there and what is not public."""
        name = self.queryset.model._meta.verbose_name
        return NotFound(f"There is no {name} “{self.kwargs['slug']}”, or it is not public.")


class FollowsMerges:
    """Sends the reader of a merged row on to its survivor."""

    def retrieve(self, request, *args, **kwargs):
        return self.moved() or super().retrieve(request, *args, **kwargs)

    def moved(self) -> Response | None:
        """Return the answer that sends on from what was merged, None where it was not."""
        rows = self.queryset.model._default_manager.visible_to(self.request.user)
        found = survivor(rows, self.kwargs["slug"])
        return found and moved_to(self.request, found)


class AnswerView(StrictParameters, APIView):
    """Something worked out, with parameters that are declared as filters are."""

    parameters: type[StrictFilterSet]
    # What is described: an answer about one row, that may have been merged, in pages.
    detail = False

    def known_parameters(self):
        paged = PAGE_PARAMETERS if hasattr(self, "pagination_class") else []
        if getattr(self, "orderings", None):
            paged = LIST_PARAMETERS
        return [*self.parameters.base_filters, *paged, *super().known_parameters()]

    def given(self) -> StrictFilterSet:
        """Return the parameters that were given, each read; refuse what cannot be."""
        return read(self.parameters, self.request)


def read(parameters: type[StrictFilterSet], request) -> StrictFilterSet:
    """Return the parameters that a request gives, each read; refuse what cannot be."""
    # They filter no rows: what is worked out is asked for by these.
    nothing = get_user_model().objects.none()
    given = parameters(request.query_params, nothing, request=request)
    if not given.is_valid():
        raise translate_validation(given.errors)
    given.refuse_empty_ranges()
    return given


class RootView(StrictParameters, APIRootView):
    """Who asserts it, who denies it, since when, on what evidence."""

    name = "Claim tracker"


class NothingHere(APIView):
    """An address that the API does not have."""

    schema = None

    def get(self, request, *args, **kwargs):
        raise NotFound("There is nothing at this address. The list of what there is: /api/v1/")

    options = get
