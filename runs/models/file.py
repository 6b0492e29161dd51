"""A file that somebody has uploaded: whose, for what, and the digest under which its bytes lie (`runs.stored`)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from engine.attachments import Attachment
from runs.models.run import Run
from runs.models.step import Step


class File(models.Model):
    """`run` is empty until the start form that it was chosen in is sent, `step` where it is said of the run itself.

    `attached`: an entry of the run's log names it, so it stays for good. What is kept and never attached is swept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.PROTECT, related_name="files")
    step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.SET_NULL, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    type = models.CharField(max_length=100, help_text="The media type, by its content.")
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    attached = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(attached=False) | Q(run__isnull=False), name="attached_to_a_run"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="file_digest"),
            models.Index(fields=["at"], name="file_unattached", condition=Q(attached=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def attachment(self) -> Attachment:
        return Attachment(self.name, self.size, self.type, self.sha256)
