"""The description of the API in OpenAPI: what drf-spectacular cannot see by itself."""

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.drainage import get_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from claimtracker.rest.views import AnswerView, FollowsMerges, ListViewSet


def says(description, schema) -> dict:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


DETAIL = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
BY_PARAMETER = {
    "type": "object",
    "description": "For each parameter that is wrong, what is wrong with it.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
MOVED = {
    "type": "object",
    "required": ["detail", "url"],
    "properties": {"detail": {"type": "string"}, "url": {"type": "string", "format": "uri"}},
}


class StrictFilterExtension(DjangoFilterExtension):
    """Describes each filter in our own words, whichever type it has."""

    target_class = "claimtracker.rest.filters.StrictFilterBackend"
    priority = 1

    def resolve_filter_field(self, auto_schema, model, filterset_class, field_name, filter_field):
        parameters = super().resolve_filter_field(
            auto_schema, model, filterset_class, field_name, filter_field
        )
        words = filter_field.extra.get("help_text")
        return [each | ({"description": words} if words else {}) for each in parameters]


class Schema(AutoSchema):
    def get_override_parameters(self):
        filters = getattr(self.view, "parameters", None)
        return [
            *super().get_override_parameters(),
            *(
                OpenApiParameter(
                    name,
                    type=get_override(each, "field"),
                    description=each.extra["help_text"],
                    required=each.extra["required"],
                )
                for name, each in (filters.base_filters.items() if filters else [])
            ),
            OpenApiParameter(
                "format",
                enum=["json", "api"],
                description="`json`, or `api` for a page to look at; else as `Accept` says.",
            ),
        ]

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        if not isinstance(self.view, ListViewSet | AnswerView):
            return bodies
        bodies["400"] = says("A parameter, or its value, is unknown.", BY_PARAMETER)
        bodies["403"] = says("Reading needs an account here, and you are not logged in.", DETAIL)
        if self.view.detail:
            bodies["404"] = says("There is no such row, or it is not public.", DETAIL)
            if isinstance(self.view, FollowsMerges | AnswerView):
                moved = says("It was merged into another, whose address this is.", MOVED)
                moved["headers"] = {
                    "Location": {"schema": {"type": "string", "format": "uri"}},
                }
                bodies["308"] = moved
        bodies["406"] = says("We have none of the formats that `Accept` asks for.", DETAIL)
        return bodies

    def _map_basic_serializer(self, serializer, direction):
        """An answer has all of its fields, but those for editors only for them."""
        schema = super()._map_basic_serializer(serializer, direction)
        for_editors = getattr(getattr(serializer, "Meta", None), "for_editors", [])
        if direction == "response":
            schema["required"] = sorted(schema["properties"].keys() - set(for_editors))
            for name in for_editors:
                schema["properties"][name] = {
                    "allOf": [schema["properties"][name]],
                    "description": "Shown to those who may edit it.",
                }
        return schema
