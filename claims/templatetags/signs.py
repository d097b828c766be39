from django import template

from claims.admin.badges import SIGNS

register = template.Library()


@register.filter
def sign(stance: str) -> str:
    """Return the sign of a stance; blank for what is none."""
    return SIGNS.get(stance, "")
