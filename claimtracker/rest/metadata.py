"""What OPTIONS answers: what an address is, which formats it answers in, and which it takes."""

from rest_framework.metadata import BaseMetadata


class WhatItIs(BaseMetadata):
    """Says of an address what its GET and PATCH do; which methods there are, ``Allow`` says."""

    def determine_metadata(self, request, view):
        takes_a_body = "PATCH" in view.allowed_methods
        return {
            "name": view.get_view_name(),
            "description": view.get_view_description(),
            "renders": list(dict.fromkeys(self.formats(view))),
            "parses": [each.media_type for each in view.get_parsers()] if takes_a_body else [],
        }

    def formats(self, view) -> list[str]:
        """Return the media types in which a view answers a GET."""
        if hasattr(view, "media_type"):
            return [view.media_type]
        if not hasattr(view, "action_map"):
            return [each.media_type for each in view.get_renderers()]
        # Of a viewset, which there are may depend on what is done.
        doing, view.action = view.action, view.action_map["get"]
        try:
            return [each.media_type for each in view.get_renderers()]
        finally:
            view.action = doing
