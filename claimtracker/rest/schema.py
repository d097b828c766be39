"""The description of the API in OpenAPI: what drf-spectacular cannot see by itself."""

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.drainage import get_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from claimtracker.questions import ANSWERS
from claimtracker.rest import problems
from claimtracker.rest.atom import AnswersInAtom
from claimtracker.rest.browsable import PagesToLookAt
from claimtracker.rest.editing import LONGEST_REASON, EditableRow
from claimtracker.rest.files import FileView
from claimtracker.rest.tables import CSVRenderer, Tabled
from claimtracker.rest.views import AnswerView, FollowsMerges
from claimtracker.spreadsheets import PARAMETER, USE_WORDS, USES


def says(description, schema, media_type="application/json") -> dict:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def every(properties) -> dict:
    """Return the schema of an object that has all of these."""
    return {"type": "object", "required": [*properties], "properties": properties}


def refuses(description, *, headers=(), **extensions) -> dict:
    """Return the description of a problem (RFC 9457), with members of its own."""
    schema = {"$ref": "#/components/schemas/Problem"}
    if extensions:
        schema = {"allOf": [schema, every(extensions)]}
    described = says(description, schema, problems.MEDIA_TYPE)
    if headers:
        described["headers"] = {name: HEADERS[name] for name in headers}
    return described


PROBLEM = {
    "type": {"type": "string", "const": "about:blank"},
    "title": {"type": "string", "description": "What the status is called."},
    "status": {"type": "integer"},
    "detail": {"type": "string", "description": "What is wrong, and what to do about it."},
}
BY_NAME = {
    "type": "object",
    "description": "For each parameter or field that is wrong, what is wrong with it.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
BY_NAME_THERE = {"$ref": "#/components/schemas/ErrorsByName"}


def with_problems(result, generator, request, public):
    """Give the description, when it is done, the parts that its answers refer to."""
    result["components"]["schemas"] |= {"Problem": every(PROBLEM), "ErrorsByName": BY_NAME}
    return result


HEADERS = {
    "Location": {
        "description": "The address of the one that stayed.",
        "schema": {"type": "string", "format": "uri"},
    },
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {
        "description": "How to show a token, and what is wrong with the one shown (RFC 6750).",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "A digest of the answer, for If-None-Match.",
        "schema": {"type": "string"},
    },
    "X-Request-ID": {
        "description": "The name of this request: as you sent it, or made here.",
        "schema": {"type": "string"},
    },
}
FORMATS = {
    "csv": "`csv` for a table of the page",
    "api": "`api` for a page to look at",
    "jsonld": "`jsonld` for JSON-LD",
}
MOVED = every({"detail": {"type": "string"}, "url": {"type": "string", "format": "uri"}})
PAGE = {"type": "string", "description": "The same as a page to look at: `format=api`."}
AS_CSV = {"type": "string", "description": "The rows of the page, a line each, below their names."}
FILE = {"type": "string", "format": "binary"}
LINK = {
    "description": 'Where the next page is and the one before, with rel="next" and rel="prev".',
    "schema": {"type": "string"},
}
FOR_SPREADSHEETS = OpenApiParameter(
    PARAMETER, enum=[*USES], description=f"Of a CSV only. {USE_WORDS}"
)
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


WARNINGS = {
    "type": "object",
    "properties": {
        "warnings": {
            "type": "array",
            "description": "What may be wrong with what was saved; left out where nothing is.",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("code", "field", "detail")},
                "required": ["code", "detail", "field"],
            },
        }
    },
}


class Schema(AutoSchema):
    def get_override_parameters(self):
        filters = getattr(self.view, "parameters", None)
        return [
            *super().get_override_parameters(),
            *(
                OpenApiParameter(
                    name,
                    type=get_override(each, "field", OpenApiTypes.STR),
                    enum=[value for value, _ in each.extra.get("choices", []) if value] or None,
                    description=each.extra["help_text"],
                    required=each.extra["required"],
                )
                for name, each in (filters.base_filters.items() if filters else [])
            ),
            *([] if isinstance(self.view, AnswersInAtom | FileView) else [self.format]),
            *([FOR_SPREADSHEETS] if self.may_be_for_spreadsheets else []),
            *([ETAG] if isinstance(self.view, EditableRow) and self.view.detail else []),
            *([IF_MATCH] if self.changes_a_row else []),
        ]

    def get_operation_id(self):
        return super().get_operation_id().replace(".", "_")

    def get_response_serializers(self):
        is_file = isinstance(self.view, FileView)
        return OpenApiTypes.BINARY if is_file else super().get_response_serializers()

    def get_filter_backends(self):
        # A file is no list, and is filtered like one.
        if isinstance(self.view, FileView):
            return self.view.filter_backends if self.view.filterset_class else []
        return super().get_filter_backends()

    @property
    def format(self) -> OpenApiParameter:
        formats = [each.format for each in self.view.get_renderers()]
        told = ", ".join(FORMATS.get(each, f"`{each}`") for each in formats)
        return OpenApiParameter(
            "format", enum=formats, description=f"{told}; else as `Accept` says."
        )

    @property
    def may_be_for_spreadsheets(self):
        if isinstance(self.view, FileView):
            return PARAMETER in self.view.known_parameters()
        return self.method == "GET" and isinstance(self.view, Tabled) and self.view.has_table()

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
        fields["confirm"] = {
            "type": "array",
            "items": {"type": "string", "enum": [*ANSWERS]},
            "description": "The codes of the questions that you confirm.",
        }
        taken = {"minProperties": 1, "additionalProperties": False, "properties": fields}
        return {"application/json": {"type": "object", **taken}}

    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation:
            for described in operation["responses"].values():
                headers = described.setdefault("headers", {})
                headers["X-Request-ID"] = HEADERS["X-Request-ID"]
                if "content" in described and PagesToLookAt in self.view.renderer_classes:
                    described["content"]["text/html"] = {"schema": PAGE}
        return operation

    def _get_response_bodies(self, direction="response"):
        if isinstance(self.view, FileView):
            return self._answers_with_a_file()
        bodies = super()._get_response_bodies(direction)
        bodies |= self._what_anything_may_answer()
        content = bodies["200"].get("content", {}) if "200" in bodies else {}
        if CSVRenderer.media_type in content:
            content[CSVRenderer.media_type] = {"schema": AS_CSV}
            if getattr(self.view, "pagination_class", None):
                bodies["200"].setdefault("headers", {})["Link"] = LINK
        if self.method == "GET":
            for status in bodies.keys() & {"200"}:
                bodies[status].setdefault("headers", {})["ETag"] = HEADERS["ETag"]
            bodies["304"] = {"description": "It is what If-None-Match names."}
            bodies["412"] = refuses("It is not what If-Match names.")
        if getattr(self.view, "detail", False):
            bodies["404"] = refuses("There is no such row, or it is not public.")
            if isinstance(self.view, FollowsMerges | AnswerView):
                moved = says("It was merged into another, whose address this is.", MOVED)
                bodies["308"] = moved | {"headers": {"Location": HEADERS["Location"]}}
        if isinstance(self.view, AnswersInAtom):
            # Its address says which format it has.
            del bodies["406"]
        if self.changes_a_row:
            answer = bodies["200"]["content"]["application/json"]
            answer["schema"] = {"allOf": [answer["schema"], WARNINGS]}
            bodies |= self._other_answers_to_a_change(bodies["200"]["content"])
        return bodies

    def _what_anything_may_answer(self):
        return {
            "400": refuses("A parameter, or its value, is unknown.", errors=BY_NAME_THERE),
            "401": refuses(
                "The token opens nothing, or reading needs an account here.",
                headers=["WWW-Authenticate"],
            ),
            "406": refuses("We have none of the formats that `Accept` asks for."),
            "429": refuses("That was too much in too short a time.", headers=["Retry-After"]),
            "503": refuses(
                "The database does not answer, or not in time.", headers=["Retry-After"]
            ),
        }

    def _answers_with_a_file(self):
        name = {"description": "The name of the file.", "schema": {"type": "string"}}
        whole = {
            "description": "The file, sent while it is made.",
            "headers": {"Content-Disposition": name},
            "content": {self.view.media_type.partition(";")[0]: {"schema": FILE}},
        }
        others = getattr(self.view, "other_answers", {})
        bodies = {"200": whole} | self._what_anything_may_answer()
        bodies |= {status: refuses(words) for status, words in others.items()}
        bodies["503"]["description"] += " Or others are being sent files just now."
        del bodies["406"]
        return bodies

    def _other_answers_to_a_change(self, content):
        waits = {
            "detail": {"type": "string"},
            "proposal": {"type": "integer"},
            "waits": {"type": "object", "description": "The fields that will change, as given."},
        }
        wrong = refuses("A field, a parameter or If-Match is wrong, or it is no JSON.")
        described = wrong["content"][problems.MEDIA_TYPE]
        # Where nothing has a name there is only the detail.
        optional = {"type": "object", "properties": {"errors": BY_NAME_THERE}}
        described["schema"] = {"allOf": [described["schema"], optional]}
        now = {
            "version": {"type": "integer"},
            "etag": {"type": "string", "description": "What If-Match takes to publish it."},
            "current": content["application/json"]["schema"],
        }
        required = refuses("If-Match is missing, or does not say that what it publishes was seen.")
        described = required["content"][problems.MEDIA_TYPE]
        # Only where what belongs to the row was not seen.
        shown = {"type": "object", "properties": now}
        described["schema"] = {"allOf": [described["schema"], shown]}
        return {
            "202": says("It waits for an editor's review.", every(waits)),
            "400": wrong,
            "403": refuses("You may not change it; it says who may."),
            "412": refuses("Somebody changed it since: how it is now.", **now),
            "413": refuses("It is too large."),
            "415": refuses("It is not sent as JSON."),
            "428": required,
            "503": refuses("Others are writing here all the time, or the database is: try again."),
        }

    def _map_basic_serializer(self, serializer, direction):
        """An answer has all of its fields, but those for editors only for them."""
        schema = super()._map_basic_serializer(serializer, direction)
        meta = getattr(serializer, "Meta", None)
        for_editors = getattr(meta, "for_editors", [])
        optional = {*for_editors, *getattr(meta, "optional", [])}
        if direction == "response":
            schema["required"] = sorted(schema["properties"].keys() - optional)
            for name in for_editors:
                schema["properties"][name] = {
                    "allOf": [schema["properties"][name]],
                    "description": "Shown to those who may edit it.",
                }
        return schema
