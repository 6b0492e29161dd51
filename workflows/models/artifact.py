"""What an organisation keeps, of whatever kind (playbook, decision, policy, plan, …), and its versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from engine.lifecycles import VersionStatus
from workflows.models import walls
from workflows.models.person import Person
from workflows.models.unit import Unit

#: Kinds of version that nothing runs on; every other kind is a playbook's own word for itself.
DECISION, POLICY, PLAN = "decision", "policy", "plan"
DOCUMENTS = (DECISION, POLICY, PLAN)


class ArtifactQuerySet(models.QuerySet["Artifact"]):
    def visible_to(self, person: Person) -> ArtifactQuerySet:
        """Those of which the person finds a version (`workflows.models.walls`)."""
        return self.filter(walls.artifacts(person)) if person.is_active else self.none()


class Artifact(models.Model):
    """One playbook, decision, policy or plan through all its versions; `slug` is the id in its file's first line.

    `owner` answers for it: they are asked to review it again when that is due, counted from `reviewed_at` or else from
    the publishing of its version.
    """

    slug = models.SlugField(max_length=64, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="artifacts")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_artifacts"
    )
    reviewed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner last found it still right as it is."
    )
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When its owner was last told that it is due.")

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
        """What the person finds, and of their own units what is not published yet (`workflows.models.walls`)."""
        return self.filter(walls.versions(person)) if person.is_active else self.none()

    def out(self) -> VersionQuerySet:
        """Those that are or were published, to all or in a rollout."""
        return self.filter(walls.out())

    def playbooks(self) -> VersionQuerySet:
        """Those that runs can start on."""
        return self.exclude(kind__in=DOCUMENTS)

    def decisions(self) -> VersionQuerySet:
        """Those that playbooks ask."""
        return self.filter(kind=DECISION)

    def policies(self) -> VersionQuerySet:
        """Those that bind playbooks."""
        return self.filter(kind=POLICY)

    def plans(self) -> VersionQuerySet:
        """Those that runs deliver."""
        return self.filter(kind=PLAN)

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
    """One version. Once it is more than a draft, nothing of it changes but its status and what is noted about it.

    `number` counts; `semantic` says how much changed, as `2.1.0`. A draft is made from `based_on`, the version that was
    published then; what adapts a template names the `parent` version that it was compiled with.
    """

    #: What runs, reviewers, auditors and readers rely on once the version is no draft.
    FROZEN = frozenset(
        {"artifact", "artifact_id", "number", "title", "kind", "summary", "domain", "risk", "maturity", "source"}
        | {"definition", "digest", "has_triggers", "proven", "tags", "review_days", "author", "author_id", "changes"}
        | {"based_on", "based_on_id", "parent", "parent_id"}
    )

    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(help_text="1, 2, 3, … within the playbook.")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    summary = models.TextField(blank=True)
    semantic = models.CharField(max_length=20, blank=True, help_text="Major, minor and patch: 2.1.0.")
    changes = models.TextField(blank=True, help_text="What is different and why, in its author's words.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(null=True, blank=True, help_text="When its text was last saved.")
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="adaptations")
    tags = models.CharField(max_length=500, blank=True, help_text="Words with a blank around each: ` eu energy `.")
    review_days = models.PositiveIntegerField(null=True, blank=True, help_text="Its owner is asked again after these.")
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

    @property
    def is_plan(self) -> bool:
        return self.kind == PLAN

    @property
    def is_document(self) -> bool:
        """Nothing runs on it: a decision, a policy or a plan."""
        return self.kind in DOCUMENTS

    @transition(field=status, source=VersionStatus.DRAFT.value, target=VersionStatus.IN_REVIEW.value)
    def submit(self) -> None:
        """Ask for a review."""

    @transition(
        field=status,
        source=[VersionStatus.IN_REVIEW.value, VersionStatus.APPROVED.value],
        target=VersionStatus.DRAFT.value,
    )
    def reopen(self) -> None:
        """Make it a draft again: changes are wanted, or it is taken back."""

    @transition(field=status, source=VersionStatus.IN_REVIEW.value, target=VersionStatus.APPROVED.value)
    def approve(self) -> None:
        """Let it be published; enough reviewers have approved it."""

    @transition(field=status, source=VersionStatus.IN_REVIEW.value, target=VersionStatus.RETIRED.value)
    def reject(self) -> None:
        """Give it up before anything started on it."""

    @transition(
        field=status,
        source=[VersionStatus.DRAFT.value, VersionStatus.APPROVED.value],
        target=VersionStatus.PUBLISHED.value,
    )
    def publish(self) -> None:
        """Open it for new runs."""

    @transition(field=status, source=VersionStatus.PUBLISHED.value, target=VersionStatus.DEPRECATED.value)
    def deprecate(self) -> None:
        """A newer version takes the new runs; the runs of this one go on."""

    @transition(field=status, source=VersionStatus.DEPRECATED.value, target=VersionStatus.PUBLISHED.value)
    def restore(self) -> None:
        """Let it take the new runs again, as the newer version is taken back."""

    @transition(field=status, source=VersionStatus.DEPRECATED.value, target=VersionStatus.RETIRED.value)
    def retire(self) -> None:
        """Nothing starts on it any more."""
