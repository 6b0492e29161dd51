"""A notice: what somebody should know of, written with the event that it is about. And how each person wants them."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q

from runs.models.run import Run
from runs.models.step import Step
from workflows.models import Artifact, PolicyException, Review


class Notice(models.Model):
    """One piece of news for one person. The page shows it; what goes out by mail or chat are its letters.

    `url` is where it leads, where that is neither a step nor a run. A notice of governance has a `matter`.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", "A gate asks for my decision"
        TASK = "task", "A task is mine"
        OFFERED = "offered", "A task is open to my role"
        REWORK = "rework", "Something comes back to me for changes"
        REMINDER = "reminder", "I am reminded"
        OVERDUE = "overdue", "Something is overdue"
        DECIDED = "decided", "A gate I started or voted in is decided"
        ENDED = "ended", "A run I started has ended"
        INCIDENT = "incident", "A run needs an operator"
        MENTION = "mention", "Somebody mentions me in a comment"
        DELEGATION = "delegation", "Delegation and absence"
        STAFFING = "staffing", "A gate is short of people"
        REVIEW = "review", "A review or an exception asks for my decision"
        REVIEWED = "reviewed", "A review or an exception that I asked for is decided, or remarked on"
        OWNED = "owned", "Something I own or rolled out changes, ends or is due"
        ADMINISTRATION = "administration", "Notices cannot be delivered"

    #: What asks for an act: overtaken when that was done, or has ended, without the reader.
    ASKING = (
        Kind.ASKED,
        Kind.TASK,
        Kind.OFFERED,
        Kind.REWORK,
        Kind.REMINDER,
        Kind.OVERDUE,
        Kind.INCIDENT,
        Kind.REVIEW,
    )

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="notices")
    step = models.ForeignKey(Step, null=True, on_delete=models.CASCADE, related_name="notices")
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    sorted_at = models.DateTimeField(null=True, blank=True, help_text="When it was decided how else it is sent.")

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="notice_of_person"),
            models.Index(fields=["person"], name="notice_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["id"], name="notice_unsorted", condition=Q(sorted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class Matter(models.Model):
    """What a notice of governance is about: one review, exception or artifact.

    Whoever may not see that any more is shown no word of the notice (`runs.notices.sight`). A table of its own, as
    notices of runs are written with every event, and need none of it.
    """

    notice = models.OneToOneField(Notice, primary_key=True, on_delete=models.CASCADE, related_name="matter")
    review = models.ForeignKey(Review, null=True, on_delete=models.CASCADE, related_name="+")
    exception = models.ForeignKey(PolicyException, null=True, on_delete=models.CASCADE, related_name="+")
    artifact = models.ForeignKey(Artifact, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(review__isnull=False, exception=None, artifact=None)
                | Q(review=None, exception__isnull=False, artifact=None)
                | Q(review=None, exception=None, artifact__isnull=False),
                name="a_matter_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.review or self.exception or self.artifact)


class NoticeWish(models.Model):
    """When a person wants mails: at once, hourly or once a day, and never in their quiet hours (in their zone)."""

    class Rhythm(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        HOURLY = "hourly", "Every hour"
        DAILY = "daily", "Once a day"

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_wish")
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.AT_ONCE)
    daily_at = models.TimeField(default=time(8, 0))
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_rhythm_display()}"


class NoticeRoute(models.Model):
    """How one kind of notice reaches a person besides the page; without a row as `runs.notices.routes` says."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_routes")
    kind = models.CharField(max_length=20, choices=Notice.Kind.choices)
    mail = models.BooleanField()
    channels = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="one_route_a_kind")]

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"
