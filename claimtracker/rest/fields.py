"""How rows become JSON: dates with their range of days, references as slugs, no drafts."""

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claimtracker.curated import may_edit
from claimtracker.edtf import EdtfField, first_day, last_day
from claimtracker.moments import utc


@extend_schema_field({"type": ["string", "null"], "examples": ["2023-09-07~"]})
class EdtfText(serializers.Field):
    """A date as EDTF text, null where none is known."""

    def to_representation(self, text):
        return text or None


@extend_schema_field(OpenApiTypes.DATE)
class FirstDay(serializers.Field):
    """The earliest day that a date may mean, null where it is open or there is no date."""

    day = staticmethod(first_day)

    def to_representation(self, days):
        return day.isoformat() if (day := self.day(days)) else None


class LastDay(FirstDay):
    """The latest day that a date may mean, null where it is open or there is no date."""

    day = staticmethod(last_day)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field):
    """A time in UTC, to the microsecond."""

    def to_representation(self, moment):
        return utc(moment)


def recorded_at() -> Moment:
    """Return the field that says since when readers see a row."""
    return Moment(
        source="first_public_at",
        read_only=True,
        allow_null=True,
        help_text="When it first was public here: what `recorded_by` counts from.",
    )


@extend_schema_field(OpenApiTypes.URI)
class Address(serializers.Field):
    """The absolute address of a row, the same whichever format it is asked in."""

    def __init__(self, view_name, *, source="*"):
        self.view_name = view_name
        super().__init__(source=source, read_only=True)

    def to_representation(self, row):
        return self.context["request"].build_absolute_uri(reverse(self.view_name, args=[row.slug]))


class Reference(serializers.SlugRelatedField):
    """The slug of another row, null where the reader may not see it."""

    def __init__(self, **kwargs):
        super().__init__(**{"slug_field": "slug", "read_only": True} | kwargs)

    def to_representation(self, row):
        return row.slug if row.is_public or reader_may_edit(self, type(row)) else None


def reader_may_edit(field, model) -> bool:
    """Return whether the reader whom a field is shown to may edit rows of a model."""
    request = field.context.get("request")
    return request is not None and may_edit(request.user, model)


# ``x_from`` and ``x_to`` beside an EDTF field x are its first and last day. Fields that
# ``Meta.for_editors`` lists are left out where the reader may not edit the row. (A docstring here
# would be printed with each row that has none of its own.)
class RowSerializer(serializers.ModelSerializer):
    def build_field(self, field_name, info, model_class, nested_depth):
        stem, _, end = field_name.rpartition("_")
        if isinstance(info.fields.get(field_name), EdtfField):
            return EdtfText, {"read_only": True}
        if end in {"from", "to"} and isinstance(info.fields.get(stem), EdtfField):
            day = FirstDay if end == "from" else LastDay
            return day, {"read_only": True, "source": f"{stem}_range", "allow_null": True}
        return super().build_field(field_name, info, model_class, nested_depth)

    def build_relational_field(self, field_name, relation_info):
        return Reference, {"read_only": True, "allow_null": relation_info.model_field.null}

    def get_fields(self):
        fields = super().get_fields()
        describing = getattr(self.context.get("view"), "swagger_fake_view", False)
        if not describing and not reader_may_edit(self, self.Meta.model):
            for name in getattr(self.Meta, "for_editors", []):
                del fields[name]
        return fields
