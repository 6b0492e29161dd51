"""When somebody first opened a gate's page with what it showed then. Not part of the run."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from runs.models.step import Step


class Opening(models.Model):
    """The first time this person had this gate with this digest before them.

    Between being told and deciding: what a gate's waiting time is split by, and what a decision in bulk needs.
    """

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="openings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "person", "digest"], name="opened_first_once")]

    def __str__(self) -> str:
        return f"{self.person} opened {self.step}"
