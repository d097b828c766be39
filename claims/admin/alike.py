"""What an editor is told before a claim or a source is recorded a second time."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from claims.likeness import Alike
from claims.models import Claim
from sources.models import Source


def warning(
    near: Sequence[Alike], model: type[Claim | Source], *, name: str, may_choose: bool = False
) -> SafeString:
    """Return the error that names rows like a new one, with the box to tick that it is another.

    ``name`` is the name of that box; ``may_choose`` offers to take one of them instead.
    """
    return render_to_string(
        "admin/alike.html",
        {
            "near": near[:5],
            "kind": model._meta.verbose_name,
            "change": f"admin:{model._meta.app_label}_{model._meta.model_name}_change",
            "name": name,
            "may_choose": may_choose,
        },
    )
