"""The reason that a write is asked for."""

from django import forms

from claimtracker.desk.limits import SaysLimits
from claimtracker.line_ends import with_line_feeds

NO_REASON = "Say why: the history keeps it."


class ProseField(forms.CharField):
    """A text of several lines, kept with line feeds only."""

    def to_python(self, value):
        return with_line_feeds(super().to_python(value))


class ReasonForm(SaysLimits):
    """Asks why; the history keeps it."""

    reason = ProseField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The history keeps it.",
        error_messages={"required": NO_REASON},
    )


def reason_of(request) -> str:
    """Return the reason that a form sent with a write, blank where it has none."""
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


def wrong_reason(request) -> str:
    """Return why the reason that a form sent will not do; blank where it will."""
    form = ReasonForm(request.POST)
    return "" if form.is_valid() else " ".join(form.errors["reason"])
