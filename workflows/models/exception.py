"""An exception: one playbook need not keep one demand of a policy, for a reason and until a date."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from engine.lifecycles import ExceptionStatus
from workflows.models.artifact import Artifact
from workflows.models.person import Person
from workflows.models.unit import Part

#: Who keeps what a unit publishes, or looks after it.
_KEEPERS = (Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER, Part.Kind.AUDITOR)


class PolicyExceptionQuerySet(models.QuerySet["PolicyException"]):
    def in_force(self, now: datetime) -> PolicyExceptionQuerySet:
        """Those that count at this instant; they end by themselves."""
        return self.filter(status=ExceptionStatus.GRANTED.value, starts_at__lte=now, ends_at__gt=now)

    def visible_to(self, person: Person) -> PolicyExceptionQuerySet:
        """Those of playbooks that they find or keep, from policies that they keep or own, and those they asked for."""
        if not person.is_active:
            return self.none()
        seen = models.Q(asked_by=person) | models.Q(policy__owner=person)
        seen |= models.Q(playbook__in=Artifact.objects.visible_to(person))
        for path in person.parts.filter(part__in=_KEEPERS).values_list("unit__path", flat=True):
            seen |= models.Q(playbook__unit__path__startswith=path) | models.Q(policy__unit__path__startswith=path)
        return self.filter(seen)


class PolicyException(FSMModelMixin, models.Model):
    """`requirement` is the demand in the policy's own words, as `engine.policies` writes it."""

    policy = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="exceptions")
    playbook = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="excepted_from")
    requirement = models.CharField(max_length=500)
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = FSMField(
        default=ExceptionStatus.ASKED.value,
        choices=[(status.value, status.value) for status in ExceptionStatus],
        protected=True,
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    said = models.CharField(max_length=1000, blank=True, help_text="What whoever decided said.")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When its people were told that it ends.")

    objects = PolicyExceptionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="exception_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} excepted from {self.policy}"

    @transition(field=status, source=ExceptionStatus.ASKED.value, target=ExceptionStatus.GRANTED.value)
    def grant(self) -> None:
        """Let it count."""

    @transition(field=status, source=ExceptionStatus.ASKED.value, target=ExceptionStatus.REFUSED.value)
    def refuse(self) -> None:
        """It does not count, and never did."""

    @transition(field=status, source=ExceptionStatus.GRANTED.value, target=ExceptionStatus.REVOKED.value)
    def revoke(self) -> None:
        """End it before its date."""
