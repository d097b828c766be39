from django.conf import settings
from rest_framework.permissions import BasePermission


class MayRead(BasePermission):
    """Anyone may read what is published, unless ANONYMOUS_READING is off: then log in first."""

    def has_permission(self, request, view):
        return settings.ANONYMOUS_READING or request.user.is_authenticated
