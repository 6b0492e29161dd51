"""A playbook or decision (later also a policy or plan) that an organisation keeps, and its versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from engine.lifecycles import VersionStatus
from workflows.models.person import Person
from workflows.models.unit import Unit

#: The kind of a version that is a decision table; every other kind is a playbook's own word for itself.
DECISION = "decision"


class ArtifactQuerySet(models.QuerySet["Artifact"]):
    def visible_to(self, person: Person) -> ArtifactQuerySet:
        """What has been published: every active person finds them, until units bring walls."""
        if not person.is_active:
            return self.none()
        return self.filter(
            models.Exists(Version.objects.filter(artifact=models.OuterRef("pk")).exclude(status=VersionStatus.DRAFT))
        )


class Artifact(models.Model):
    """One playbook or decision through all its versions; `slug` is the id in its file's first line."""

    slug = models.SlugField(max_length=64, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="artifacts")

    objects = ArtifactQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def published(self) -> Version | None:
        """The version that new runs start on."""
        return self.versions.filter(status=VersionStatus.PUBLISHED).first()


class AlreadyPublished(Exception):
    """A published version never changes: publish a new one."""


class VersionQuerySet(models.QuerySet["Version"]):
    def visible_to(self, person: Person) -> VersionQuerySet:
        """Versions that are or were published."""
        return self.exclude(status=VersionStatus.DRAFT) if person.is_active else self.none()

    def playbooks(self) -> VersionQuerySet:
        """Those that runs can start on."""
        return self.exclude(kind=DECISION)

    def decisions(self) -> VersionQuerySet:
        """Those that playbooks ask."""
        return self.filter(kind=DECISION)

    def update(self, **kwargs: Any) -> int:
        """Refuse what would change a published version behind `save`'s back."""
        if Version.FROZEN & kwargs.keys() and self.exclude(status=VersionStatus.DRAFT).exists():
            raise AlreadyPublished(str(AlreadyPublished.__doc__))
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.exclude(status=VersionStatus.DRAFT).exists():
            raise AlreadyPublished(str(AlreadyPublished.__doc__))
        return super().delete()


class Version(FSMModelMixin, models.Model):
    """One version. Once published, nothing of it changes but its status."""

    #: What runs, auditors and readers rely on once the version is published.
    FROZEN = frozenset(
        {"artifact", "artifact_id", "number", "title", "kind", "summary", "domain", "risk", "maturity", "source"}
        | {"definition", "digest", "has_triggers", "proven", "published_at", "published_by", "published_by_id"}
    )

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
    has_triggers = models.BooleanField(default=False, help_text="Runs of it begin by themselves.")
    proven = models.JSONField(default=dict, help_text="What the compiler proved: workflows.proven.Proven.")
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

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["artifact", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["artifact", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["artifact"], condition=models.Q(status="published"), name="one_published_version"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in VersionStatus]), name="version_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["artifact"],
                name="version_with_triggers",
                condition=models.Q(status="published", has_triggers=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.artifact.slug} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            columns = [field.attname for field in self._meta.concrete_fields if field.name in self.FROZEN]
            stored = Version.objects.filter(pk=self.pk).exclude(status=VersionStatus.DRAFT).values(*columns).first()
            if stored is not None and any(stored[column] != getattr(self, column) for column in columns):
                raise AlreadyPublished(str(AlreadyPublished.__doc__))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.status != VersionStatus.DRAFT:
            raise AlreadyPublished(str(AlreadyPublished.__doc__))
        return super().delete(*args, **kwargs)

    @property
    def is_decision(self) -> bool:
        return self.kind == DECISION

    @transition(field=status, source=VersionStatus.DRAFT.value, target=VersionStatus.PUBLISHED.value)
    def publish(self) -> None:
        """Open it for new runs."""

    @transition(field=status, source=VersionStatus.PUBLISHED.value, target=VersionStatus.DEPRECATED.value)
    def deprecate(self) -> None:
        """A newer version takes the new runs; the runs of this one go on."""

    @transition(field=status, source=VersionStatus.DEPRECATED.value, target=VersionStatus.RETIRED.value)
    def retire(self) -> None:
        """Nothing starts on it any more."""
