"""Filters that refuse what they do not understand, and say what they expect."""

import re
from datetime import UTC, date, datetime, timedelta

import django_filters
from django import forms
from django.core.validators import EMPTY_VALUES
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

from claimtracker.moments import first_moment
from claimtracker.rest.merges import survivor

# What may stand in an address. Anything else is not found, and never gets as far as the database.
SLUG = "[A-Za-z0-9_-]{1,200}"


def from_a_form(request) -> bool:
    """Return whether a request comes from the browsable pages, whose forms send empty fields."""
    return request.accepted_renderer.format == "api"


def is_filtered(request, view) -> bool:
    """Return whether a request gives any of the filters of a list."""
    return not view.filterset_class.base_filters.keys().isdisjoint(request.query_params)


class StrictFilterBackend(DjangoFilterBackend):
    """Filters lists. That there is no unknown parameter, the view has seen to."""

    def filter_queryset(self, request, queryset, view):
        if view.detail or not is_filtered(request, view):
            return queryset
        return super().filter_queryset(request, queryset, view)


def fields_asked(request, known) -> list[str]:
    """Return which fields of each row are asked for, in their own order; all where none is named.

    Raises ValidationError for one that such rows do not have.
    """
    asked = request.query_params.get("fields")
    if not asked:
        return [*known]
    names = asked.split(",")
    unknown = [name for name in names if name not in known]
    if unknown:
        shown = ", ".join(f"“{name}”" for name in unknown)
        are = "is no field of these rows" if len(unknown) == 1 else "are no fields of these rows"
        raise ValidationError({"fields": [f"{shown} {are}. Known are: {', '.join(known)}."]})
    return [name for name in known if name in names]


UNKNOWN = "There is no {noun} “%(value)s”, or it is not public. Give the slug of one."


def unknown(noun, slug) -> forms.ValidationError:
    return forms.ValidationError(UNKNOWN.format(noun=noun), params={"value": slug})


class ReferenceField(forms.ModelChoiceField):
    """The slug of a row that the reader may see; that of a merged one means its survivor."""

    widget = forms.TextInput

    def __init__(self, *args, **kwargs):
        # Not those of choices, which would list every row there is.
        for not_ours in ("empty_label", "null_label", "null_value"):
            kwargs.pop(not_ours, None)
        super().__init__(*args, to_field_name="slug", **kwargs)
        name = self.queryset.model._meta.verbose_name
        self.error_messages["invalid_choice"] = UNKNOWN.format(noun=name)

    def to_python(self, value):
        merges = value and hasattr(self.queryset.model, "merged_into")
        return (merges and survivor(self.queryset, value)) or super().to_python(value)


@extend_schema_field({"type": "string", "pattern": f"^{SLUG}$"})
class ReferenceFilter(django_filters.ModelChoiceFilter):
    """Takes the slug of another row. The query of a list still names it by its key."""

    field_class = ReferenceField

    def __init__(self, model, field_name=None, **kwargs):
        super().__init__(
            field_name=field_name,
            queryset=lambda request: model._default_manager.visible_to(request.user),
            **kwargs,
        )


class DayField(forms.CharField):
    """A day as ISO 8601 writes it. (Django's own field also takes 09/07/2023.)"""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        try:
            if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise forms.ValidationError(
                "“%(value)s” is no day. Write it as 2023-09-07: year, month, day.",
                params={"value": value},
            ) from None


class ClockDayField(DayField):
    """A day on a clock, in the years that dates may have here."""

    def clean(self, value):
        day = super().clean(value)
        if day and day.year > 9998:
            raise forms.ValidationError(
                "“%(value)s” is too late. Give a day in the years 0001 to 9998.",
                params={"value": value},
            )
        return day


class MomentField(ClockDayField):
    """A day, or a time as ISO 8601 writes it, that says in which zone: it is taken to UTC."""

    TIME = re.compile(
        "([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?)"
        "(Z|[+ -][0-9]{2}:[0-9]{2})?"
    )

    def clean(self, value):
        time = self.TIME.fullmatch(value or "")
        if not time:
            return super().clean(value)
        moment, zone = time.groups()
        if zone is None:
            raise forms.ValidationError(
                "“%(value)s” does not say in which zone. Add Z for UTC: %(value)sZ.",
                params={"value": value},
            )
        try:
            # In an address a + that is not written %2B is read as a blank.
            found = datetime.fromisoformat(moment + zone.replace(" ", "+")).astimezone(UTC)
            if found.year > 9998:
                raise ValueError
        except (ValueError, OverflowError):
            raise forms.ValidationError(
                "“%(value)s” is no time. Write it as 2023-09-07T12:00:00Z, in the years 0001 "
                "to 9998.",
                params={"value": value},
            ) from None
        return found


@extend_schema_field(OpenApiTypes.DATE)
class ClockDayFilter(django_filters.Filter):
    field_class = ClockDayField


@extend_schema_field({"type": "string", "oneOf": [{"format": "date"}, {"format": "date-time"}]})
class MomentFilter(django_filters.Filter):
    field_class = MomentField


class SlugField(forms.CharField):
    """The slug of a row, whether there is one or not."""

    def __init__(self, *, noun, **kwargs):
        self.noun = noun
        super().__init__(strip=False, **kwargs)

    def clean(self, value):
        value = super().clean(value)
        if value and not re.fullmatch(SLUG, value):
            raise unknown(self.noun, value)
        return value or None


@extend_schema_field({"type": "string", "pattern": f"^{SLUG}$"})
class SlugFilter(django_filters.Filter):
    """Takes a slug whose row is looked for later, as it depends on the clocks which there were."""

    field_class = SlugField


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(django_filters.Filter):
    field_class = DayField


class NumberField(forms.CharField):
    """A whole number, not too large for the database."""

    LARGEST = 2_147_483_647
    widget = forms.NumberInput(attrs={"min": 0, "max": LARGEST})

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        if not re.fullmatch("[0-9]{1,10}", value) or int(value) > self.LARGEST:
            raise forms.ValidationError(
                "“%(value)s” is no such number. Give a whole one from 0 to %(largest)s.",
                params={"value": value, "largest": self.LARGEST},
            )
        return int(value)


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": NumberField.LARGEST})
class NumberFilter(django_filters.Filter):
    field_class = NumberField


def at_least(field_name, **kwargs) -> NumberFilter:
    """Return a filter on a number that is so large or larger."""
    return NumberFilter(field_name, lookup_expr="gte", **kwargs)


def at_most(field_name, **kwargs) -> NumberFilter:
    """Return a filter on a number that is so large or smaller."""
    return NumberFilter(field_name, lookup_expr="lte", **kwargs)


@extend_schema_field(OpenApiTypes.BOOL)
class YesNoFilter(django_filters.TypedChoiceFilter):
    """``true`` or ``false``, and nothing else: another word is not taken for no answer."""

    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            choices=[("", "---------"), ("true", "true"), ("false", "false")],
            error_messages={"invalid_choice": "“%(value)s” is neither true nor false."},
            coerce=lambda word: word == "true",
            **kwargs,
        )

    def filter(self, queryset, value):
        # An empty choice is "", and False is an answer.
        return queryset if value == "" else super().filter(queryset, value)


class WordFilter(django_filters.CharFilter):
    """Some text, taken as it is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"strip": False, "max_length": 300} | kwargs)


class SomeOfField(forms.CharField):
    """Some of the words that are known, with commas between them."""

    def __init__(self, *, known, **kwargs):
        self.known = known
        super().__init__(**kwargs)

    def clean(self, value):
        words = [word.strip() for word in super().clean(value).split(",")] if value else []
        for word in words:
            if word not in self.known:
                raise forms.ValidationError(
                    "“%(value)s” is none of: %(known)s.",
                    params={"value": word, "known": ", ".join(self.known)},
                )
        return words


class SomeOfFilter(django_filters.Filter):
    """Takes some of these words, with commas between them."""

    field_class = SomeOfField

    def __init__(self, known, **kwargs):
        super().__init__(known=known, **kwargs)
        words = "|".join(known)
        extend_schema_field({"type": "string", "pattern": f"^({words})( *, *({words}))*$"})(self)


class LanguageField(forms.CharField):
    def clean(self, value):
        value = super().clean(value)
        if value and not re.fullmatch("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", value):
            raise forms.ValidationError(
                "“%(value)s” is no language tag. Write one as en, az, hy, ru, az-Cyrl.",
                params={"value": value},
            )
        return value


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"})
class LanguageFilter(django_filters.Filter):
    """Takes a language tag (BCP 47)."""

    field_class = LanguageField


def one_of(choices, **kwargs) -> django_filters.ChoiceFilter:
    """Return a filter on a field by one of its choices, or of a list of them."""
    choices = getattr(choices, "choices", choices)
    known = ", ".join(value for value, _ in choices)
    return django_filters.ChoiceFilter(
        choices=choices,
        error_messages={"invalid_choice": f"“%(value)s” is none of: {known}."},
        **kwargs,
    )


def may_fall_on_or_after(range_field, **kwargs) -> DayFilter:
    """Return a filter on what may have happened on a day or later. What has no date does not."""
    return _in_range(range_field, lambda day: DateRange(day, None), **kwargs)


def may_fall_on_or_before(range_field, **kwargs) -> DayFilter:
    """Return a filter on what may have happened on a day or earlier. What has no date does not."""
    return _in_range(range_field, lambda day: DateRange(None, day, "(]"), **kwargs)


def _in_range(range_field, days, **kwargs):
    class InRange(DayFilter):
        def filter(self, queryset, day):
            if day is None:
                return queryset
            return queryset.filter(**{f"{range_field}__overlap": days(day)})

    return InRange(**kwargs)


class RecordedFrom(DayFilter):
    """A day, in UTC: first public here then or later. What never was public did not become it."""

    def __init__(self, **kwargs):
        super().__init__(
            "first_public_at", help_text="A day, in UTC: recorded here then or later.", **kwargs
        )

    def filter(self, queryset, day):
        return queryset if day is None else queryset.filter(first_public_at__gte=first_moment(day))


class RecordedTo(DayFilter):
    """A day, in UTC: first public here then or earlier."""

    def __init__(self, **kwargs):
        super().__init__(
            "first_public_at", help_text="A day, in UTC: recorded here then or earlier.", **kwargs
        )

    def filter(self, queryset, day):
        # After the last day there is none.
        if day is None or day == date.max:
            return queryset.filter(first_public_at__isnull=False) if day else queryset
        return queryset.filter(first_public_at__lt=first_moment(day + timedelta(days=1)))


ENDS = {"from": "to", "min": "max"}
# So many rows that answer to a text are named to the query of a list. Of more, a walk along the
# list soon has a page.
FEW = 1000


class StrictFilterSet(django_filters.FilterSet):
    """Filters of a list, each declared by name: there are no others.

    Its form has those that are given, or required, unless it is to be shown: that of all filters
    costs more than most answers do.

    ``of_one`` has filters of other rows, of which one must answer to all that is asked: by the
    method that returns such rows, what they call the row of the list, and the filters' names.

    No index finds a part of a text. So what answers to one is read before the list, which else is
    walked along in its order, from row to row, to the end where few answer.
    """

    of_one: dict[str, tuple[str, list[str]]] = {}

    def __init__(self, data, queryset, *, request):
        if not from_a_form(request):
            self.base_filters = {
                name: each
                for name, each in self.base_filters.items()
                if name in data or each.extra["required"]
            }
        super().__init__(data, queryset, request=request)

    @classmethod
    def get_filters(cls):
        filters = super().get_filters()
        for name, each in filters.items():
            each.label = name.replace("_", " ").capitalize()
        return filters

    def refuse_empty_ranges(self):
        """Raise ValidationError where a range of days or numbers ends before it begins."""
        given = self.form.cleaned_data
        for name in given:
            stem, _, end = name.rpartition("_")
            if end not in ENDS:
                continue
            other = f"{stem}_{ENDS[end]}"
            first, last = given[name], given.get(other)
            if first is not None and last is not None and first > last:
                after = "after" if end == "from" else "more than"
                raise ValidationError(
                    {name: [f"“{first}” is {after} {other}, “{last}”: nothing is between."]}
                )

    def filter_queryset(self, queryset):
        self.refuse_empty_ranges()
        given = {
            name for name, value in self.form.cleaned_data.items() if value not in EMPTY_VALUES
        }
        elsewhere = {name for _, names in self.of_one.values() for name in names}
        listed = queryset
        queryset = self.asked(queryset, given - elsewhere)
        if self.has_text(given - elsewhere):
            queryset = self.only_few(queryset, queryset, "pk")
        is_narrowed = queryset is not listed
        for rows, (row, names) in self.of_one.items():
            wanted = given.intersection(names)
            if not wanted:
                continue
            found = self.asked(getattr(self, rows)(), wanted)
            has_one = Exists(found.filter(**{row: OuterRef("pk")}))
            if self.has_text(wanted):
                of_these = found.filter(**{f"{row}__in": queryset}) if is_narrowed else found
                queryset = self.only_few(queryset, of_these, f"{row}__pk")
            queryset = queryset.filter(has_one)
        return queryset

    def has_text(self, names):
        """Return whether one of some filters is of text."""
        return any(isinstance(self.filters[name], WordFilter) for name in names)

    @staticmethod
    def only_few(queryset, rows, name):
        """Return the rows of a queryset that others name, or all of them where those are many."""
        keys = rows.order_by().values_list(name, flat=True)[: FEW + 1]
        return queryset.filter(pk__in=set(keys)) if len(keys) <= FEW else queryset

    def asked(self, queryset, names):
        """Return the rows that answer to what is given of some filters."""
        for name, value in self.form.cleaned_data.items():
            if name in names:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def visible(self, model):
        """Return the rows of another model that the reader may see."""
        return model._default_manager.visible_to(self.request.user)
