"""The pages of the browsable API."""

from rest_framework.renderers import BrowsableAPIRenderer

from claimtracker.rest.pagination import address


class PagesToLookAt(BrowsableAPIRenderer):
    def get_raw_data_form(self, data, view, method, request):
        """Show no form to write with: a page cannot send If-Match, and editors have the admin."""

    def get_context(self, data, accepted_media_type, renderer_context):
        context = super().get_context(data, accepted_media_type, renderer_context)
        return context | {"as_json": address(renderer_context["request"], format="json")}
