"""Files that somebody looks at before importing them."""

import zlib
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

KEPT = timedelta(days=1)


class UploadQuerySet(models.QuerySet):
    def kept(self):
        """Return those that can still be imported."""
        return self.filter(created_at__gt=timezone.now() - KEPT)

    def replaced_by(self, user):
        """Return those that go when a user sends another: the user's own, and what has expired."""
        return self.filter(Q(user=user) | Q(created_at__lte=timezone.now() - KEPT))


class Upload(models.Model):
    """A file between being looked at and being imported: its owner's last one, for a day."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload"
    )
    name = models.CharField(max_length=255)
    packed = models.BinaryField()
    publish = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name

    @property
    def content(self) -> bytes:
        return zlib.decompress(self.packed)

    @content.setter
    def content(self, content: bytes):
        self.packed = zlib.compress(content, 1)
