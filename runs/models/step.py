"""Projections of a run's visits: what the pages ask for. All can be rebuilt from the log."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from engine.definition import Definition, StepSpec
from engine.lifecycles import GateStatus, IncidentStatus, VisitStatus
from runs.models.run import Run
from workflows.models import Version


class Step(models.Model):
    """One visit of one step. `number` is the visit's number in its run; `name` is the step's id."""

    # without an index of its own: `one_row_a_visit` begins with it
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps", db_index=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=64)
    scope = models.CharField(max_length=300, blank=True, help_text="The item it belongs to: `regions[0]`.")
    undoes = models.PositiveIntegerField(null=True, blank=True, help_text="The visit that this one takes back.")
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=300)
    status = FSMField(
        default=VisitStatus.OPEN.value, choices=[(status.value, status.value) for status in VisitStatus], protected=True
    )
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(default=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="claimed_steps"
    )
    claimed_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose task it is, where it was claimed by somebody whom they have delegated to.",
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    picked = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whom the playbook picked of a role; they had their turn, whoever does it in the end.",
    )
    outcome = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_row_a_visit"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in VisitStatus]), name="step_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "opened_at"], name="step_open", condition=Q(status__in=["waiting", "open", "active"])
            ),
            # what may wait for somebody in a run, and who has it in hand
            models.Index(
                fields=["run", "claimed_by"],
                name="step_of_people",
                condition=Q(kind__in=["gate", "task"], status__in=["active", "open", "waiting"]),
            ),
            models.Index(fields=["ended_at"], name="step_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.name}, visit {self.number})"

    def spec_in(self, definition: Definition) -> StepSpec:
        """Return what this visit does: its step, or what takes an earlier visit of that step back."""
        return definition.steps[self.name] if self.undoes is None else definition.undoing(self.name)


class Candidate(models.Model):
    """Who an open step waits for: a person (a gate's seat, a named assignee) or the members of a group.

    When the step has ended they stay, as whoever was asked may see the run, and are no longer `is_open`: what waits for
    somebody is found without reading all that they were ever asked.

    `version` is that of the run: what somebody was asked in runs whose playbook does not name them is found by it,
    without reading all that they were ever asked.
    """

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="candidates")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    group = models.ForeignKey("auth.Group", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(person__isnull=True) ^ Q(group__isnull=True), name="candidate_is_one"),
            models.UniqueConstraint(
                fields=["step", "person"], name="candidate_person_once", condition=Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["step", "group"], name="candidate_group_once", condition=Q(group__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "version", "step"], name="candidate_of_person", condition=Q(person__isnull=False)
            ),
            models.Index(fields=["person", "step"], name="candidate_waiting", condition=Q(is_open=True)),
            models.Index(fields=["group", "step"], name="candidate_group_waiting", condition=Q(is_open=True)),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.group} for {self.step}"


class Gate(models.Model):
    """One asking of a gate, beside its step."""

    step = models.OneToOneField(Step, on_delete=models.CASCADE, primary_key=True, related_name="gate")
    question = models.TextField()
    digest = models.CharField(max_length=64)
    status = FSMField(
        default=GateStatus.OPEN.value, choices=[(status.value, status.value) for status in GateStatus], protected=True
    )
    decided_by = models.CharField(max_length=150, blank=True, help_text="A username, or `rung:<n>`: a rule decided.")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in GateStatus]), name="gate_status_known"
            ),
        ]
        # with what was decided and where, so that the gates themselves, with all that they asked, need not be read
        indexes = [models.Index(fields=["decided_at", "status", "step"], name="gate_decided_how")]

    def __str__(self) -> str:
        return self.question


class Vote(models.Model):
    """One person's last word at one gate. `on_behalf_of` is who delegated to the person, where it was their right."""

    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="votes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    choice = models.CharField(max_length=10)
    comment = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gate", "person"], name="one_vote_a_person")]
        indexes = [
            models.Index(fields=["person"], name="vote_for_another", condition=Q(on_behalf_of__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.choice}"


class Incident(models.Model):
    """Something an operator must look at, at one visit (or at the run, where `step` is empty)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="incidents")
    step = models.ForeignKey(Step, null=True, on_delete=models.CASCADE, related_name="incidents")
    code = models.CharField(max_length=30)
    message = models.TextField()
    status = FSMField(
        default=IncidentStatus.OPEN.value,
        choices=[(status.value, status.value) for status in IncidentStatus],
        protected=True,
    )
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["opened_at"], name="incident_open", condition=Q(status="open"))]

    def __str__(self) -> str:
        return self.message
