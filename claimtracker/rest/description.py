"""The addresses at which the API describes itself; schema.py says what they tell."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer

from claimtracker.rest.views import StrictParameters


class Description(StrictParameters):
    def handle_exception(self, exc):
        # Told in JSON, as everywhere: a page would say no more than the status.
        self.tell_in_json()
        return super().handle_exception(exc)

    def options(self, request, *args, **kwargs):
        self.tell_in_json()
        return super().options(request, *args, **kwargs)

    def tell_in_json(self):
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type


class SchemaView(Description, SpectacularAPIView):
    """The description of the API in OpenAPI 3."""


class DocsView(Description, SpectacularSwaggerSplitView):
    """The same description as pages on which to try it."""

    # The page loads its script from its own address.
    bare_parameters = ("script",)

    def known_parameters(self):
        return [*self.bare_parameters]
