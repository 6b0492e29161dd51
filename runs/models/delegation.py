"""Who acts for whom until when, who is away, and the log of both. Verbs write it (`runs.appoint`, `runs.be_away`)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition

from engine.lifecycles import DelegationStatus
from workflows.models import Artifact, Part, Person

#: Who may look at what the people of their units have handed to whom.
OVERSEERS = (Part.Kind.PROCESS_OWNER, Part.Kind.AUDITOR)


def _of_overseen(person: Person) -> Q:
    """Whoever has a part in a unit that this person owns the processes of, or audits."""
    overseen = Q(pk__in=[])
    for path in Part.objects.filter(person=person, part__in=OVERSEERS).values_list("unit__path", flat=True):
        overseen |= Q(person__in=Part.objects.filter(unit__path__startswith=path).values("person"))
    return overseen


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def visible_to(self, person: Person) -> AbsenceQuerySet:
        """One's own, those one stands in for, those of people in the units one oversees; administrators see all."""
        if not person.is_active or person.is_superuser:
            return self if person.is_active else self.none()
        return self.filter(Q(person=person) | Q(substitute=person) | _of_overseen(person))

    def standing(self) -> AbsenceQuerySet:
        """Those that were not ended before their time."""
        return self.filter(ended_at=None)

    def between(self, start: datetime, end: datetime) -> AbsenceQuerySet:
        """Those that stand and have any of this time in them."""
        return self.standing().filter(starts_at__lt=end, ends_at__gt=start)


class Absence(models.Model):
    """A time in which somebody is away. `ends_at` is the first instant at which they are back.

    `feed` and `uid` are the calendar and the event that it comes from. With a substitute it has one delegation that
    stands, until that is declined.
    """

    class Source(models.TextChoices):
        OWN = "own", "said so"
        ADMINISTRATOR = "administrator", "set by an administrator"
        CALENDAR = "calendar", "from a calendar"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=20, choices=Source.choices, default=Source.OWN)
    feed = models.CharField(max_length=100, blank=True, help_text="The calendar that it was read from.")
    uid = models.CharField(max_length=300, blank=True, help_text="Of the calendar's event, with the day it is on.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was ended before its time.")

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("person")), name="nobody_is_their_own_substitute"
            ),
            models.UniqueConstraint(
                fields=["feed", "person", "uid"], name="absence_once_a_feed", condition=~Q(uid="") & Q(ended_at=None)
            ),
        ]
        indexes = [models.Index(fields=["person", "ends_at"], name="absence_standing", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.person} is away from {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def visible_to(self, person: Person) -> DelegationQuerySet:
        """One's own, those made to one, those of people in the units one oversees; administrators see all."""
        if not person.is_active or person.is_superuser:
            return self if person.is_active else self.none()
        return self.filter(Q(person=person) | Q(to=person) | _of_overseen(person))

    def given(self) -> DelegationQuerySet:
        """Those that nobody has taken back, whatever their dates."""
        return self.filter(status=DelegationStatus.GIVEN.value)

    def in_force(self, now: datetime) -> DelegationQuerySet:
        """Those by which somebody may act for somebody at this instant."""
        return self.given().filter(
            starts_at__lte=now,
            ends_at__gt=now,
            person__is_active=True,
            person__is_service=False,
            to__is_active=True,
            to__is_service=False,
        )


class Delegation(FSMModelMixin, models.Model):
    """`to` may act with the rights of `person`, from and until an instant, in some playbooks or (none named) in all.

    A fact of the directory: nothing in a run changes when it begins or ends. It is asked at the act.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_to_them")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    playbooks = models.ManyToManyField(Artifact, related_name="+", blank=True)
    reason = models.CharField(max_length=300, blank=True)
    status = FSMField(
        default=DelegationStatus.GIVEN.value,
        choices=[(status.value, status.value.replace("_", " ")) for status in DelegationStatus],
        protected=True,
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    absence = models.ForeignKey(Absence, null=True, blank=True, on_delete=models.PROTECT, related_name="delegations")

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="delegation_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(to=F("person")), name="delegation_to_somebody_else"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in DelegationStatus]), name="delegation_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["to", "ends_at"], name="delegation_given", condition=Q(status="given")),
        ]

    def __str__(self) -> str:
        return f"{self.to} for {self.person} from {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"

    @transition(field=status, source=DelegationStatus.GIVEN.value, target=DelegationStatus.TAKEN_BACK.value)
    def take_back(self, by: Person, at: datetime) -> None:
        """End it before its time."""
        self.ended_by, self.ended_at = by, at


class Substitute(models.Model):
    """Who usually acts for somebody: offered where they say that they are away, taken where a calendar says it."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="usual_substitute"
    )
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(to=F("person")), name="substitute_is_somebody_else")]

    def __str__(self) -> str:
        return f"{self.to} for {self.person}"


class DelegationEntryQuerySet(models.QuerySet["DelegationEntry"]):
    def visible_to(self, person: Person) -> DelegationEntryQuerySet:
        """What is visible to the person of delegations and absences, and what they did themselves."""
        if not person.is_active or person.is_superuser:
            return self if person.is_active else self.none()
        return self.filter(Q(person=person) | Q(to=person) | Q(by=person) | _of_overseen(person))


class DelegationEntry(models.Model):
    """The log: `by` did this to what `person` has handed to `to`. Append-only, the database refuses changes."""

    class Kind(models.TextChoices):
        APPOINTED = "appointed", "delegated"
        TAKEN_BACK = "taken_back", "took back"
        DECLINED = "declined", "declined"
        AWAY = "away", "said who is away"
        CHANGED = "changed", "changed an absence"
        BACK = "back", "ended an absence"
        USUAL = "usual", "named the usual substitute"

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    delegation = models.ForeignKey(Delegation, null=True, on_delete=models.PROTECT, related_name="entries")
    absence = models.ForeignKey(Absence, null=True, on_delete=models.PROTECT, related_name="entries")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=1000, blank=True, help_text="The playbooks, the reason, whence it comes.")

    objects = DelegationEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "delegation entries"

    def __str__(self) -> str:
        return f"{self.by} {self.get_kind_display()}: {self.person}"
