"""A trigger: a schedule or a webhook of a published playbook, and how far it has come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from runs.models.run import Run
from workflows.models import Artifact, Version


class Trigger(models.Model):
    """What is written about it is in the definition of `version`; `runs.trigger` keeps the row.

    `name` is the webhook's, or what a schedule is known by through all versions: its fields and its time zone.
    """

    class Kind(models.TextChoices):
        SCHEDULE = "schedule"
        WEBHOOK = "webhook"

    artifact = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="triggers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=300)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="triggers")
    done_at = models.DateTimeField(help_text="Of a schedule: everything that was due up to then is done with.")
    next_at = models.DateTimeField(null=True, blank=True, help_text="Of a schedule: when it is due next.")
    fired_at = models.DateTimeField(null=True, blank=True, help_text="When it last started a run.")
    last_run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True, help_text="Why it started no run, the last time it should have.")

    class Meta:
        ordering = ["artifact", "kind", "name"]
        constraints = [models.UniqueConstraint(fields=["artifact", "kind", "name"], name="one_row_a_trigger")]
        indexes = [
            models.Index(fields=["next_at"], name="trigger_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["kind", "name"], name="trigger_called"),
        ]

    def __str__(self) -> str:
        return f"{self.artifact}: {self.kind} {self.name}"
