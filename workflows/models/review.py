"""The review of a version: who may decide on it and how many must, what each said, and remarks at its lines."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.functions import Concat, Length, Substr
from django_fsm import FSMField, FSMModelMixin, transition

from engine.lifecycles import ReviewStatus
from workflows.models.artifact import Version
from workflows.models.person import Person
from workflows.models.unit import Part, Unit


def _between_commas(names: F | OuterRef) -> Concat:
    return Concat(Value(","), names, Value(","), output_field=CharField())


def _is_asked(person: Person) -> Q:
    """What is true of every review that names a part which the person holds in its unit or above, or a group."""
    here = ExpressionWrapper(OuterRef("version__artifact__unit__path"), output_field=CharField())
    parts = Part.objects.filter(person=person).annotate(here=here, name=_between_commas(F("part")))
    parts = parts.filter(unit__path=Substr("here", 1, Length("unit__path")))
    groups = person.groups.order_by().annotate(word=_between_commas(F("name")))
    asked = _between_commas(OuterRef("approvers"))
    by_part = Exists(parts.annotate(asked=asked).filter(asked__contains=F("name")))
    return Q(by_part) | Q(Exists(groups.annotate(asked=asked).filter(asked__contains=F("word"))))


class ReviewQuerySet(models.QuerySet["Review"]):
    def open(self) -> ReviewQuerySet:
        return self.filter(status=ReviewStatus.OPEN)

    def waiting_for(self, person: Person) -> ReviewQuerySet:
        """Those that this person may decide on, as far as parts and groups say, and has said nothing of yet.

        Whom `exclude` bars besides the author is asked of the guard.
        """
        if not person.is_active or person.is_service:
            return self.none()
        mine = Q(opened_by=person) | Q(version__author=person)
        said = Opinion.objects.filter(review=OuterRef("pk"), person=person)
        return self.open().filter(_is_asked(person), ~Exists(said)).exclude(mine)

    def readable_by(self, person: Person) -> ReviewQuerySet:
        """Those whose version the person reads: its author, who keeps its unit, whoever was ever asked.

        The same people as `workflows.guard.may_read_draft` lets, for any number of reviews at once.
        """
        if not person.is_active:
            return self.none()
        kept = Unit.objects.order_by().kept_by(person).values("pk")
        asked = Review.objects.order_by().filter(_is_asked(person)).values("version")
        return self.filter(Q(version__author=person) | Q(version__artifact__unit__in=kept) | Q(version__in=asked))


class Review(FSMModelMixin, models.Model):
    """One asking for a review. What it takes is fixed when it is opened: `approvers` are parts, `exclude` whom it bars.

    `rule` says in a sentence where that comes from: the policy, or what holds where none binds the unit.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="reviews")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    quorum = models.PositiveIntegerField(default=1)
    approvers = models.CharField(max_length=300, help_text="Parts or groups, with commas: `process_owner`.")
    exclude = models.CharField(max_length=300, blank=True, help_text="With commas: `author`.")
    rule = models.CharField(max_length=300)
    status = FSMField(
        default=ReviewStatus.OPEN.value,
        choices=[(status.value, status.value.replace("_", " ")) for status in ReviewStatus],
        protected=True,
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(status="open"), name="one_open_review_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.version}"

    @transition(field=status, source=ReviewStatus.OPEN.value, target=ReviewStatus.APPROVED.value)
    def approve(self) -> None:
        """Enough have approved."""

    @transition(field=status, source=ReviewStatus.OPEN.value, target=ReviewStatus.CHANGES_WANTED.value)
    def want_changes(self) -> None:
        """Somebody wants it changed."""

    @transition(field=status, source=ReviewStatus.OPEN.value, target=ReviewStatus.REJECTED.value)
    def reject(self) -> None:
        """Somebody rejected it."""

    @transition(field=status, source=ReviewStatus.OPEN.value, target=ReviewStatus.WITHDRAWN.value)
    def withdraw(self) -> None:
        """Its author took it back."""


class Opinion(models.Model):
    """What one reviewer said of the version, bound to the digest of what they saw."""

    class Choice(models.TextChoices):
        APPROVE = "approve", "approved"
        CHANGES = "changes", "wants changes"
        REJECT = "reject", "rejected"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    comment = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["review", "person"], name="one_opinion_a_reviewer")]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_choice_display()}"


class Remark(models.Model):
    """What somebody wrote at a line of a version's source (counted from 1), or of the version as a whole (0)."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="remarks")
    line = models.PositiveIntegerField(default=0)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answers = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="answered_by")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:60]}"
