"""The heart of each running process: what it is, and when it was last heard."""

from __future__ import annotations

import uuid

from django.db import models


class Beat(models.Model):
    """One row for each process that runs now, or did a while ago and ended without a word."""

    class Kind(models.TextChoices):
        CLOCK = "clock"
        WORKER = "worker"
        WEB = "web"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    host = models.CharField(max_length=100, blank=True)
    version = models.CharField(max_length=40, blank=True, help_text="Of the program that runs there.")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "-beat_at"], name="beat_newest")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.host}"
