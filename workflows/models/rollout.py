"""A staged publishing: some of the new runs start on an approved version, the others on the published one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from engine.lifecycles import RolloutStatus
from workflows.models.artifact import Artifact, Version
from workflows.models.unit import Unit


class Rollout(FSMModelMixin, models.Model):
    """The pilot of `version` beside `before`: for the starts of `unit` and below, or for a `share` of all (percent)."""

    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="rollouts")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="rollouts")
    before = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    share = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of 100 new runs, so many.")
    status = FSMField(
        default=RolloutStatus.UNDER_WAY.value,
        choices=[(status.value, status.value.replace("_", " ")) for status in RolloutStatus],
        protected=True,
    )
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=1000, blank=True, help_text="Why it was taken back.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["artifact"], condition=models.Q(status="under_way"), name="one_rollout_an_artifact"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False, share__isnull=True)
                | models.Q(unit__isnull=True, share__gte=1, share__lte=99),
                name="rollout_to_a_unit_or_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"Rollout of {self.version}"

    @transition(field=status, source=RolloutStatus.UNDER_WAY.value, target=RolloutStatus.EVERYONE.value)
    def finish(self) -> None:
        """All new runs start on it."""

    @transition(field=status, source=RolloutStatus.UNDER_WAY.value, target=RolloutStatus.BACK.value)
    def take_back(self) -> None:
        """All new runs start on the version before."""
