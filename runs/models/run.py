"""A run: one execution of one version of a playbook. `runs.apply` is the only writer."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from engine.lifecycles import RUN_OPEN, RunStatus
from runs.models import seeing
from workflows.models import Person, Unit, Version


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, person: Person) -> RunQuerySet:
        """Runs whose roles the person is in, which the person started or has a step of, or may oversee.

        Operators and auditors oversee the runs of their unit and below. A step may be somebody's who has delegated to
        the person for now; where the person has voted for somebody, the run stays theirs to see.
        """
        if not person.is_active:
            return self.none()
        condition = seeing.visible_to(person)
        return self.all() if condition is None else self.filter(condition)

    def open(self) -> RunQuerySet:
        return self.filter(status__in=[status.value for status in RUN_OPEN])


class Run(models.Model):
    """`state` is `engine.machine.state.State` as canonical JSON; the columns beside it are for asking."""

    class Lane(models.TextChoices):
        """Which list of the board a run stands in: the first that is true of it (`runs.lane`)."""

        ATTENTION = "attention", "an incident is open"
        PAUSED = "paused", "somebody has paused it"
        PEOPLE = "people", "a task or a gate waits for people"
        MACHINE = "machine", "it goes on by itself, or at a time"
        CALLED = "called", "the same of a run that another called"
        ENDED = "ended", "it has ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField(unique=True, help_text="What people call it: run 4127.")
    # without an index of its own where one below begins with it
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="runs", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="runs", db_index=False)
    title = models.CharField(max_length=300)
    status = FSMField(
        default=RunStatus.RUNNING.value,
        choices=[(status.value, status.value.replace("_", " ")) for status in RunStatus],
        protected=True,
    )
    paused = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is paused, where it is.")
    paused_seconds = models.FloatField(default=0.0, help_text="How long its pauses were that are over.")
    seq = models.PositiveIntegerField(default=0)
    state = models.TextField()
    head = models.CharField(max_length=64, help_text="The hash of the last entry of the log.")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="started_runs", db_index=False
    )
    started_at = models.DateTimeField()
    start_key = models.CharField(
        max_length=100, blank=True, help_text="The idempotency key of the start: a repeat gets this run."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="From the playbook's `sla`.")
    changed_at = models.DateTimeField()
    incident_count = models.PositiveIntegerField(default=0, help_text="Open incidents: above 0 it needs attention.")
    waiting = models.BooleanField(default=False, help_text="Nothing to execute: it waits for people or a time.")
    next_due_at = models.DateTimeField(
        null=True, blank=True, help_text="The earliest due of its open steps and its own; none while it stands still."
    )
    lane = models.CharField(max_length=10, choices=Lane.choices, help_text="Which list of the board it stands in.")
    stands_at = models.CharField(max_length=300, blank=True, help_text="Titles of the open steps, for the board.")

    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        help_text="The run that called this one.",
    )
    parent_visit = models.PositiveIntegerField(null=True, blank=True, help_text="The visit at which it did.")

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in RunStatus]), name="run_status_known"
            ),
            models.CheckConstraint(
                condition=Q(lane__in=["attention", "paused", "people", "machine", "called", "ended"]),
                name="run_lane_known",
            ),
            models.UniqueConstraint(
                fields=["started_by", "start_key"], name="started_once_a_key", condition=~Q(start_key="")
            ),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "id"], name="run_newest_change"),
            # every list of the board runs along one of these (docs/decisions/0024)
            models.Index(fields=["lane", "-changed_at", "id"], name="run_lane"),
            models.Index(fields=["unit", "lane", "-changed_at", "id"], name="run_unit_lane"),
            models.Index(fields=["version", "lane", "-changed_at", "id"], name="run_version_lane"),
            models.Index(fields=["started_by", "lane", "-changed_at", "id"], name="run_starter_lane"),
            # of what is due the lane is only looked at: it stands last, so that the runs need not be read for it
            *(
                models.Index(
                    fields=[*columns, "next_due_at", "id", "lane"], name=name, condition=Q(next_due_at__isnull=False)
                )
                for name, columns in (
                    ("run_due", ()),
                    ("run_unit_due", ("unit",)),
                    ("run_version_due", ("version",)),
                    ("run_starter_due", ("started_by",)),
                )
            ),
            # figures are counted along this one alone: with when a run ended, all that they ask of it
            models.Index(
                fields=["version", "ended_at", "status", "started_at", "paused_seconds"], name="run_version_times"
            ),
            # who started a run of it finds a version: one look per version, however many runs
            models.Index(fields=["started_by", "version"], name="run_starter_version"),
        ]

    def __str__(self) -> str:
        return f"Run {self.number}, {self.title}"

    @property
    def is_open(self) -> bool:
        return self.status in RUN_OPEN
