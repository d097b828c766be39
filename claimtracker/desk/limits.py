"""Long texts are refused with a message; a browser would cut them without a word."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator


class Longest(MaxLengthValidator):
    """Refuses a text of more than so many characters, and says how many it has."""

    def __call__(self, value):
        length = len(value)
        if length > self.limit_value:
            raise ValidationError(
                f"It has {length:,} characters; at most {self.limit_value:,} fit. Shorten it.",
                code="max_length",
            )


def say_limits(fields: dict[str, forms.Field]) -> None:
    """Have fields say how long a text may be, instead of the browser cutting what is pasted."""
    for field in fields.values():
        field.widget.attrs.pop("maxlength", None)
        # The list may be that of the class.
        field.validators = [
            Longest(each.limit_value) if type(each) is MaxLengthValidator else each
            for each in field.validators
        ]


class SaysLimits(forms.Form):
    """A form that says how long its texts may be."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        say_limits(self.fields)
