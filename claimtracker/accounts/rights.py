"""What one account may do to another: never more than it may do itself."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q


def held_by(user):
    """Return the rights that a user holds by name or by group, also while not active."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user) | Q(group__user=user))


def may_manage(manager, user) -> bool:
    """Return whether a manager may change an account: it holds no right that the manager lacks."""
    if manager.is_superuser:
        return True
    beyond = held_by(user).exclude(pk__in=held_by(manager).values("pk"))
    return not user.is_superuser and not beyond.exists()


def groups_to_give(manager):
    """Return the groups whose rights a manager holds, all of them."""
    beyond = Permission.objects.exclude(pk__in=held_by(manager).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)
