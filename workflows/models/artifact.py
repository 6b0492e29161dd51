"""A playbook (later also a decision, policy or plan) that an organisation keeps, and its versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django_fsm import FSMField, transition

from engine.lifecycles import VersionStatus
from workflows.models.unit import Unit


class Artifact(models.Model):
    """One playbook through all its versions; `slug` is the id in its file's first line."""

    slug = models.SlugField(max_length=64, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="artifacts")

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Version(models.Model):
    """One version. Once published, source, definition and digest never change (tests keep it)."""

    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(help_text="1, 2, 3, … within the playbook.")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    summary = models.TextField(blank=True)
    domain = models.CharField(max_length=64, blank=True)
    risk = models.CharField(max_length=20, blank=True)
    maturity = models.CharField(max_length=20, blank=True)
    source = models.TextField(help_text="The YAML as written.")
    definition = models.TextField(help_text="The compiled state machine: canonical JSON (engine.definition).")
    digest = models.CharField(max_length=64, db_index=True)
    proven = models.JSONField(default=dict, help_text="What the compiler proved: workflows.publish.Proven.")
    status = FSMField(
        default=VersionStatus.DRAFT.value,
        choices=[(status.value, status.value.replace("_", " ")) for status in VersionStatus],
        protected=True,
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role_groups = models.ManyToManyField("auth.Group", related_name="+", blank=True)
    role_people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)

    class Meta:
        ordering = ["artifact", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["artifact", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["artifact"], condition=models.Q(status="published"), name="one_published_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.artifact.slug} {self.number}"

    @transition(field=status, source=VersionStatus.DRAFT.value, target=VersionStatus.PUBLISHED.value)
    def publish(self) -> None:
        """Open it for new runs."""

    @transition(field=status, source=VersionStatus.PUBLISHED.value, target=VersionStatus.DEPRECATED.value)
    def deprecate(self) -> None:
        """A newer version takes the new runs; the runs of this one go on."""

    @transition(field=status, source=VersionStatus.DEPRECATED.value, target=VersionStatus.RETIRED.value)
    def retire(self) -> None:
        """Nothing starts on it any more."""
