"""Web addresses: which ones are taken, and what to say of the others."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

WRONG_ADDRESS = "Write a whole address that begins with https:// or http://."
HAS_A_SPACE = (
    "There is a space in it, which addresses can't have. Write %20 for a space that belongs to "
    "it, or delete what follows it."
)
_SPACE = re.compile(r"\s")
_is_an_address = URLValidator(schemes=["http", "https"], message=WRONG_ADDRESS)


def refuse_wrong_address(address: str) -> None:
    """Raise ValidationError where a text is no web address, and say what to do."""
    if _SPACE.search(address):
        raise ValidationError(HAS_A_SPACE, code="invalid")
    _is_an_address(address)


class WebAddressFormField(forms.URLField):
    default_validators = [refuse_wrong_address]

    def __init__(self, **kwargs):
        super().__init__(**{"assume_scheme": "https"} | kwargs)
        # Said of what can't be taken apart at all.
        self.error_messages["invalid"] = WRONG_ADDRESS

    def to_python(self, value):
        # Django would take a space for the end of the host.
        if isinstance(value, str) and _SPACE.search(value.strip()):
            raise ValidationError(HAS_A_SPACE, code="space")
        return super().to_python(value)


class WebAddressField(models.URLField):
    """An address on the web. Its scheme may be in capitals."""

    default_validators = [refuse_wrong_address]

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": WebAddressFormField} | kwargs)

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs
