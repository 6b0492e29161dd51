"""A calendar of the organisation's own: when there is work, for business time and for windows."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workflows.models.unit import Unit


class Calendar(models.Model):
    """As it is now. Whatever was published with it before carries it as it was then.

    `content` is `engine.calendars` as canonical JSON, `number` counts how often it has been changed.
    """

    name = models.SlugField(max_length=64, unique=True, help_text="What playbooks call it.")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="calendars")
    title = models.CharField(max_length=200, blank=True)
    source = models.TextField(help_text="The YAML as written.")
    content = models.TextField()
    digest = models.CharField(max_length=64)
    number = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.title or self.name
