"""The outbox: everything that is due. Written with the transition that asks for it, claimed by workers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from engine.lifecycles import WorkStatus
from runs.models.run import Run


class Work(models.Model):
    """One thing due. guarantees.md section 2.3.

    key: `<run>:<seq>:<n>`, unique. token rises with every claim; whoever delivers must hold the last one.
    claims are counted at the claim, before the work, so that what kills its worker is bounded.
    """

    class Kind(models.TextChoices):
        ACTION = "action"
        TIMER = "timer"
        START = "start", "start a called run"
        RELAY = "relay", "pass on to a called run"
        REPORT = "report", "tell the calling run"
        WITHDRAWN = "withdrawn", "an action that was withdrawn before it began"

    key = models.CharField(max_length=200, unique=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="work")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    visit = models.PositiveIntegerField()
    name = models.CharField(max_length=100, help_text="A timer's key in the run's state, or an action's provider.")
    payload = models.TextField(blank=True, help_text="The command as JSON: `runs.outbox.load`.")
    due_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, default=WorkStatus.READY.value, choices=[(status.value, status.value) for status in WorkStatus]
    )
    lease_until = models.DateTimeField(null=True)
    token = models.PositiveIntegerField(default=0)
    claims = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="leased") | Q(lease_until__isnull=False), name="a_lease_has_an_end"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="work_ready", condition=Q(status="ready")),
            models.Index(fields=["lease_until"], name="work_leased", condition=Q(status="leased")),
            models.Index(fields=["run", "visit"], name="work_of_visit"),
        ]

    #: What needs no performing: whoever claims it delivers it.
    AT_ONCE = (Kind.TIMER, Kind.START, Kind.RELAY, Kind.REPORT, Kind.WITHDRAWN)
    #: What goes on in a pause: what the run is told from outside.
    IN_A_PAUSE = (Kind.RELAY, Kind.REPORT)

    def __str__(self) -> str:
        return self.key
