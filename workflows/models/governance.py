"""The log of governance: what became of units, artifacts, versions, reviews, rollouts and exceptions. Append-only.

And what of it nobody has been told of yet (docs/decisions/0038).
"""

from __future__ import annotations

from django.db import models

from workflows.models.artifact import Artifact
from workflows.models.unit import Unit


class GovernanceEntry(models.Model):
    """One change, or one refusal. `by` is a username, or what did it without a person; `detail` says what else."""

    class Kind(models.TextChoices):
        UNIT_ADDED = "unit_added", "unit added"
        UNIT_CHANGED = "unit_changed", "unit changed"
        UNIT_MOVED = "unit_moved", "unit moved"
        IMPORTED = "imported", "people and units imported"
        DRAFTED = "drafted", "draft written"
        DISCARDED = "discarded", "draft discarded"
        SUBMITTED = "submitted", "review asked for"
        REMARKED = "remarked", "remark made"
        REVIEWED = "reviewed", "reviewed"
        APPROVED = "approved", "approved"
        REOPENED = "reopened", "back to draft"
        REJECTED = "rejected", "rejected"
        SETTLED = "settled", "remark settled"
        PUBLISHED = "published", "published"
        RETIRED = "retired", "retired"
        CONFIRMED = "confirmed", "found still right"
        REVIEW_DUE = "review_due", "to be looked at again"
        OWNER = "owner", "owner changed"
        ROLLOUT_STARTED = "rollout_started", "rollout started"
        ROLLOUT_WIDENED = "rollout_widened", "rollout widened"
        ROLLOUT_ENDED = "rollout_ended", "rollout ended"
        EXCEPTION_ASKED = "exception_asked", "exception asked for"
        EXCEPTION_GRANTED = "exception_granted", "exception granted"
        EXCEPTION_REFUSED = "exception_refused", "exception refused"
        EXCEPTION_REVOKED = "exception_revoked", "exception ended"
        CALENDAR_KEPT = "calendar_kept", "calendar kept"
        EXCEPTION_ENDING = "exception_ending", "exception about to end"
        RUNS_MOVED = "runs_moved", "runs moved"
        RUN_LINKED = "run_linked", "run linked to a plan"
        RUN_UNLINKED = "run_unlinked", "run taken off a plan"
        REFUSED = "refused", "refused"

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    artifact = models.ForeignKey(Artifact, null=True, blank=True, on_delete=models.PROTECT, related_name="log")
    number = models.PositiveIntegerField(null=True, blank=True, help_text="Of the artifact's version.")
    about = models.CharField(max_length=300, blank=True)
    detail = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "governance entries"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.about}".strip()


class Untold(models.Model):
    """An entry of which nobody has been told yet: written with it, deleted in the transaction that tells of it.

    `of` is the key of the review, remark, exception or rollout that the entry is about; its kind says which.
    """

    entry = models.OneToOneField(GovernanceEntry, primary_key=True, on_delete=models.CASCADE, related_name="+")
    of = models.PositiveBigIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(help_text="Later than the entry where telling of it went wrong: it is tried again.")

    def __str__(self) -> str:
        return str(self.entry)
