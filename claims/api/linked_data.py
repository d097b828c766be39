"""Rows in JSON-LD at their own address, and the description of that for OpenAPI."""

from rest_framework.renderers import JSONRenderer

from claims.exchange.linked_data import ANNOTATIONS, MEDIA_TYPE, SCHEMA_ORG
from claimtracker.rest.ready import ReadyJSONRenderer
from claimtracker.rest.schema import every

TEXT = {"type": "string"}
ADDRESS = {"type": "string", "format": "uri"}


class LinkedDataRenderer(ReadyJSONRenderer):
    media_type = MEDIA_TYPE
    format = "jsonld"


class InLinkedData:
    """A row that is told in JSON-LD too, at its own address: what is public of it, to everybody."""

    def get_renderers(self):
        renderers = super().get_renderers()
        return [*renderers, LinkedDataRenderer()] if self.action == "retrieve" else renderers

    def moved(self):
        """Return the answer that sends on from what was merged: in plain JSON."""
        moved = super().moved()
        if moved is not None and self.wants_linked_data():
            self.request.accepted_renderer = JSONRenderer()
            self.request.accepted_media_type = JSONRenderer.media_type
        return moved

    def wants_linked_data(self) -> bool:
        return self.request.accepted_renderer.format == LinkedDataRenderer.format


def some(of_type: str, *, maybe: dict | None = None, **properties) -> dict:
    """Return the schema of a schema.org thing; what ``maybe`` has may be missing."""
    made = every({"@type": {"const": of_type}, "@id": ADDRESS} | properties)
    made["properties"] |= maybe or {}
    return made


def listed(of) -> dict:
    return {"type": "array", "items": of}


AGENT = every({"@type": {"enum": ["Person", "Organization"]}, "@id": ADDRESS, "name": TEXT})
QUOTATION = some(
    "Quotation",
    url=ADDRESS,
    text=TEXT,
    description=TEXT,
    maybe={"inLanguage": TEXT, "author": AGENT},
)
APPEARANCE = some(
    "CreativeWork",
    url=ADDRESS,
    name=TEXT,
    hasPart=listed(QUOTATION),
    maybe={"archivedAt": ADDRESS, "publisher": AGENT, "datePublished": TEXT, "inLanguage": TEXT},
)
CLAIM = some(
    "Claim",
    **{"@context": {"const": SCHEMA_ORG}},
    url=ADDRESS,
    identifier=TEXT,
    text=TEXT,
    about=listed(some("Thing", name=TEXT)),
    appearance=listed(APPEARANCE),
    subjectOf=listed(
        some("CreativeWork", url=ADDRESS, encodingFormat={"const": MEDIA_TYPE}, description=TEXT)
    ),
    maybe={"inLanguage": TEXT, "firstAppearance": some("CreativeWork", url=ADDRESS, name=TEXT)},
)

PURPOSES = ["classifying", "identifying", "linking", "describing"]
BODY = {
    "type": "object",
    "required": ["type", "purpose"],
    "properties": {
        "type": {"enum": ["TextualBody", "SpecificResource"]},
        "purpose": {"enum": PURPOSES},
        "value": TEXT,
        "source": ADDRESS,
        "format": {"const": "text/plain"},
        "language": {"const": "en"},
    },
}
TARGET = {
    "type": "object",
    "required": ["source", "selector"],
    "properties": {
        "source": ADDRESS,
        "selector": {
            "type": "object",
            "required": ["type", "exact"],
            "properties": {
                "type": {"const": "TextQuoteSelector"},
                "exact": TEXT,
                "prefix": TEXT,
                "suffix": TEXT,
            },
        },
        "state": every({"type": {"const": "TimeState"}, "cached": ADDRESS}),
    },
}
ANNOTATION = every(
    {
        "id": ADDRESS,
        "type": {"const": "Annotation"},
        "motivation": {"const": "classifying"},
        "body": listed(BODY),
        "target": TARGET,
    }
)
ANNOTATIONS_OF_A_STATEMENT = every(
    {
        "@context": {"const": ANNOTATIONS},
        "id": ADDRESS,
        "type": {"const": "AnnotationCollection"},
        "label": TEXT,
        "total": {"type": "integer"},
        "first": every(
            {
                "id": ADDRESS,
                "type": {"const": "AnnotationPage"},
                "startIndex": {"const": 0},
                "items": listed(ANNOTATION),
            }
        ),
    }
)


def in_both(serializer, linked_data: dict) -> dict:
    """Return the answers of a row to be described: in JSON, and in JSON-LD."""
    return {(200, "application/json"): serializer, (200, MEDIA_TYPE): linked_data}
