"""The description of the API in OpenAPI: what drf-spectacular cannot see by itself."""

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.drainage import get_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter

from claimtracker.rest.editing import LONGEST_REASON, EditableRow
from claimtracker.rest.views import AnswerView, FollowsMerges, ListViewSet


def says(description, schema) -> dict:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def every(properties) -> dict:
    """Return the schema of an object that has all of these."""
    return {"type": "object", "required": [*properties], "properties": properties}


DETAIL = every({"detail": {"type": "string"}})
BY_NAME = {
    "type": "object",
    "description": "For each parameter or field that is wrong, what is wrong with it.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
MOVED = every({"detail": {"type": "string"}, "url": {"type": "string", "format": "uri"}})
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    required=True,
    description="The version that you saw, in quotation marks, or the ETag that came with it.",
)
ETAG = OpenApiParameter(
    "ETag",
    location=OpenApiParameter.HEADER,
    response=[200],
    description="For those who may edit it: the version, and a digest of the answer.",
)


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
            *([ETAG] if isinstance(self.view, EditableRow) and self.view.detail else []),
            *([IF_MATCH] if self.changes_a_row else []),
        ]

    @property
    def changes_a_row(self):
        return self.method == "PATCH" and isinstance(self.view, EditableRow)

    def get_request_serializer(self):
        """Return what PATCH takes: some of the fields that the answer has, and the reason."""
        if not self.changes_a_row:
            return super().get_request_serializer()
        answered = type(force_instance(self.get_response_serializers()))
        shown = answered(context={"view": self.view}).fields
        fields = {
            name: {
                key: value
                for key, value in self._map_serializer_field(shown[name], "request").items()
                if key != "readOnly"
            }
            for name in self.view.editable
        }
        fields["reason"] = {
            "type": "string",
            "maxLength": LONGEST_REASON,
            "description": "Why; the history keeps it.",
        }
        taken = {"minProperties": 1, "additionalProperties": False, "properties": fields}
        return {"application/json": {"type": "object", **taken}}

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        if not isinstance(self.view, ListViewSet | AnswerView):
            return bodies
        bodies["400"] = says("A parameter, or its value, is unknown.", BY_NAME)
        bodies["401"] = says("The token opens nothing, or reading needs an account here.", DETAIL)
        if self.view.detail:
            bodies["404"] = says("There is no such row, or it is not public.", DETAIL)
            if isinstance(self.view, FollowsMerges | AnswerView):
                moved = says("It was merged into another, whose address this is.", MOVED)
                moved["headers"] = {
                    "Location": {"schema": {"type": "string", "format": "uri"}},
                }
                bodies["308"] = moved
        bodies["406"] = says("We have none of the formats that `Accept` asks for.", DETAIL)
        if self.changes_a_row:
            bodies |= self._other_answers_to_a_change(bodies["200"]["content"])
        return bodies

    def _other_answers_to_a_change(self, content):
        waits = {
            "detail": {"type": "string"},
            "proposal": {"type": "integer"},
            "waits": {"type": "object", "description": "The fields that will change, as given."},
        }
        stale = {
            "detail": {"type": "string"},
            "version": {"type": "integer"},
            "current": content["application/json"]["schema"],
        }
        return {
            "202": says("It waits for an editor's review.", every(waits)),
            "400": says(
                "A field, a parameter or If-Match is wrong, or it is no JSON.",
                {"oneOf": [BY_NAME, DETAIL]},
            ),
            "403": says("You may not change it; it says who may.", DETAIL),
            "412": says("Somebody changed it since: how it is now.", every(stale)),
            "413": says("It is too large.", DETAIL),
            "415": says("It is not sent as JSON.", DETAIL),
            "428": says("If-Match is missing.", DETAIL),
            "503": says("Others are writing here all the time: try again.", DETAIL),
        }

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
