from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation


class NegotiateFormat(DefaultContentNegotiation):
    """As Django REST framework does it, but an unknown ?format= is a bad parameter."""

    def filter_renderers(self, renderers, format):
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            known = ", ".join(dict.fromkeys(renderer.format for renderer in renderers))
            raise ValidationError(
                {"format": [f"“{format}” is no format that we have. Use one of: {known}."]}
            ) from None
