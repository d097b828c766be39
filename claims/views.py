from django.conf import settings
from django.db.models import F
from django.shortcuts import render
from django.views.decorators.http import require_safe

from claims.models import Claim


@require_safe
def start(request):
    """What this is, where its data is, and the last disputes."""
    may_read = settings.ANONYMOUS_READING or request.user.is_authenticated
    disputed = Claim.objects.public().contested().with_tally().with_span()
    newest = (
        disputed.order_by(F("last_said").desc(nulls_last=True), "slug")[:20] if may_read else []
    )
    return render(request, "claims/start.html", {"may_read": may_read, "disputed": newest})
