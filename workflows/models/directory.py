"""The log of the organisation: who came, left, joined a group, was given a part. Append-only; verbs write it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class DirectoryEntry(models.Model):
    """One change. `by` did it to `person`; `about` is the group, or `part in /path/`; `detail` says what else.

    REFUSED changed nothing: `by` tried without the right, `detail` says what and by which rule it was refused.
    Whoever must know that rights may have changed (`runs.staffing`) asks for entries after the last it has seen.
    """

    class Kind(models.TextChoices):
        ADDED = "added", "account made"
        CHANGED = "changed", "details changed"
        ACTIVATED = "activated"
        DEACTIVATED = "deactivated"
        JOINED = "joined", "joined a group"
        LEFT = "left", "left a group"
        PART_GIVEN = "part_given", "part given"
        PART_TAKEN = "part_taken", "part taken"
        ADMINISTRATOR = "administrator", "administrator's rights changed"
        PASSWORD = "password", "password set"
        REFUSED = "refused", "refused"

    at = models.DateTimeField()
    by = models.CharField(max_length=150, help_text="A username, or what changed it without a person.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="directory_entries")
    about = models.CharField(max_length=300, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "directory entries"

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()} {self.about}".strip()
