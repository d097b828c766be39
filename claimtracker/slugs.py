"""Slugs made of names in any alphabet."""

from anyascii import anyascii
from django.db import models
from django.utils.text import slugify

# What is left of a slug's 200 characters for a number that tells it from another.
SLUG_LENGTH = 100


def free_slug(model: type[models.Model], text: str) -> str:
    """Return a slug for a text, in Latin letters, that no row of a model has yet."""
    name = model._meta.model_name or ""
    slug = slugify(anyascii(text))[:SLUG_LENGTH].strip("-_") or name
    rows = model._default_manager.filter(slug__startswith=slug)
    taken = set(rows.values_list("slug", flat=True))
    number = 1
    free = slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free
