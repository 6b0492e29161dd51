"""Where people are too few: an open step that its people can no longer do or decide, or a step of a published playbook.

`runs.staffing` is the only writer.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from runs.models.run import Run
from runs.models.step import Step
from workflows.models import Version


class Shortage(models.Model):
    """Of an open step (`run`, `step`), or of the step `name` of a published version.

    `says` is what is missing and `help` who would help, both with full names. `is_warning`: only if some of the
    people start the run or do its steps.
    """

    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="shortages")
    step = models.ForeignKey(Step, null=True, on_delete=models.CASCADE, related_name="shortages")
    version = models.ForeignKey(Version, null=True, on_delete=models.CASCADE, related_name="shortages")
    name = models.CharField(max_length=64)
    is_warning = models.BooleanField(default=False)
    says = models.TextField()
    help = models.TextField(blank=True)
    since = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(run__isnull=False, step__isnull=False, version__isnull=True)
                | Q(run__isnull=True, step__isnull=True, version__isnull=False),
                name="shortage_is_of_one",
            ),
            models.UniqueConstraint(
                fields=["step"], condition=Q(resolved_at__isnull=True, step__isnull=False), name="short_step_once"
            ),
            models.UniqueConstraint(
                fields=["version", "name"],
                condition=Q(resolved_at__isnull=True, version__isnull=False),
                name="short_version_once",
            ),
        ]

    def __str__(self) -> str:
        return self.says


class StaffingCheck(models.Model):
    """What was known when it was last asked whether people are enough: one row for the database.

    `entry`, `delegation` and `version` are the newest of the directory's log, of that of delegations and absences, and
    of the library; `day` is when it was last asked. Whoever asks takes the row by setting `claimed_at`.
    """

    entry = models.BigIntegerField(default=0)
    delegation = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    day = models.DateField(null=True)
    claimed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"asked on {self.day}"
