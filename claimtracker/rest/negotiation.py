from django.http import Http404
from rest_framework.exceptions import NotAcceptable, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.utils.mediatypes import _MediaType, media_type_matches


class NegotiateFormat(DefaultContentNegotiation):
    """What ?format= says, whatever is accepted; else what Accept likes best, by its q.

    Django REST framework looks at Accept in either case, and passes over q. An unknown ?format= is
    a bad parameter.
    """

    def select_renderer(self, request, renderers, format_suffix=None):
        asked = format_suffix or request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        if asked:
            renderer = self.filter_renderers(renderers, asked)[0]
            return renderer, renderer.media_type
        for accepted in accepted_types(request):
            for renderer in renderers:
                if media_type_matches(renderer.media_type, accepted):
                    return renderer, with_parameters(renderer.media_type, accepted)
        raise NotAcceptable(available_renderers=renderers)

    def filter_renderers(self, renderers, format):
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            known = ", ".join(dict.fromkeys(renderer.format for renderer in renderers))
            raise ValidationError(
                {"format": [f"“{format}” is no format that we have. Use one of: {known}."]}
            ) from None


def with_parameters(media_type: str, accepted: str) -> str:
    """Return a media type with what Accept asks of it, such as an indent of JSON."""
    given = _MediaType(accepted).params
    parameters = [f"{name}={value}" for name, value in given.items() if name != "q"]
    return "; ".join([media_type, *parameters])


def accepted_types(request) -> list[str]:
    """Return what Accept names, the best first, without what it refuses (q=0)."""
    try:
        return [str(each) for each in request._request.accepted_types]
    except ValueError:  # too long to be read
        return []
