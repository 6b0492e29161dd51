"""A run that delivers a milestone of a plan."""

from __future__ import annotations

from django.db import models

from runs.models.run import Run
from workflows.models import Artifact


class Delivery(models.Model):
    """`milestone` is its id in the plan, `nth` which of its runs (from 0) this one is; a repeat is another row."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="delivery")
    plan = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="deliveries")
    milestone = models.CharField(max_length=64)
    nth = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["plan", "milestone", "nth"], name="delivery_of_plan")]

    def __str__(self) -> str:
        return f"{self.run} for {self.milestone} of {self.plan}"
