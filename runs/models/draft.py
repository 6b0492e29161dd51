"""What somebody has typed or ticked at a task and not handed in yet. Not part of the run."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from runs.models.step import Step


class Draft(models.Model):
    """`form` holds the texts as typed, by field name, one draft a person."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="drafts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "person"], name="one_draft_a_person")]

    def __str__(self) -> str:
        return f"{self.person}'s draft of {self.step}"


class Ticked(models.Model):
    """One ticked item of an open task's checklist, shared by everybody who works on it."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="ticks")
    item = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "item"], name="ticked_once")]

    def __str__(self) -> str:
        return self.item
