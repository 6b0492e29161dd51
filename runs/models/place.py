"""A place: what a run of a playbook with `concurrency` holds while it is under way, or waits for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from runs.models.run import Run
from workflows.models import Artifact


class Place(models.Model):
    """One row for each open run that asked for a place; it goes with the run's end, in the same transaction.

    Rows of one playbook are written one transaction after the other, so their primary keys are the queue's order.
    `limit` is that of the run's own version.
    """

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="place")
    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="places")
    key = models.CharField(max_length=200, blank=True)
    limit = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it waits for a place.")

    class Meta:
        indexes = [
            models.Index(fields=["artifact", "key", "id"], name="place_of_key"),
            models.Index(fields=["artifact", "key", "id"], name="place_queue", condition=Q(taken_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.run} {'waits for' if self.taken_at is None else 'holds'} “{self.key}”"
