"""An act on many runs: who ordered what and why, and a line for each run with what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from runs.models.run import Run
from workflows.models import Part, Person


class BulkActQuerySet(models.QuerySet["BulkAct"]):
    def visible_to(self, person: Person) -> BulkActQuerySet:
        """Those the person ordered, and those that concern a run which they oversee as operator or auditor."""
        if not person.is_active:
            return self.none()
        overseen = Q(pk__in=[])
        parts = Part.objects.filter(person=person, part__in=[Part.Kind.OPERATOR, Part.Kind.AUDITOR])
        for path in parts.values_list("unit__path", flat=True):
            overseen |= Q(run__unit__path__startswith=path)
        return self.filter(Q(by=person) | Exists(BulkLine.objects.filter(overseen, bulk=OuterRef("pk"))))


class BulkAct(models.Model):
    """`token` and `lease_until` are whoever's who performs it now: a stale token writes nothing (as in `Work`)."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_acts")
    act = models.CharField(max_length=20)
    to = models.CharField(
        max_length=4000, blank=True, help_text="The step, role, signal or version it takes, where it does."
    )
    reason = models.TextField(help_text="As it was typed: it stands in the log of each run.")
    key = models.CharField(max_length=100, help_text="The idempotency key of the form: a repeat gets this one.")
    left_out = models.PositiveIntegerField(
        default=0, help_text="So many that were asked for do not exist, or were not the person's to see any more."
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    token = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = BulkActQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="bulk_act_once_a_key")]
        indexes = [models.Index(fields=["id"], name="bulk_act_under_way", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.act} by {self.by_id}, {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None


class BulkLine(models.Model):
    """The act on one run, or on one visit of it (0: the run as a whole).

    `seq` is the entry of the run's log that it made.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    bulk = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="lines")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="bulk_lines")
    visit = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(help_text="The last entry that whoever ordered it had before them.")
    status = models.CharField(max_length=8, default=Status.WAITING, choices=Status.choices)
    code = models.CharField(max_length=80, blank=True)
    sentence = models.TextField(blank=True)
    seq = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "run", "visit"], name="bulk_line_once")]
        indexes = [models.Index(fields=["bulk", "status", "id"], name="bulk_line_status")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.visit}: {self.status}"
