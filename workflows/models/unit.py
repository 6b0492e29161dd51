"""Organisational units, a tree, and the parts that people hold in a unit and everything below it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import Length, Substr

from workflows.models.person import Person


class UnitQuerySet(models.QuerySet["Unit"]):
    """What people see of the tree; docs/decisions/0034 says why so."""

    def near(self, person: Person) -> UnitQuerySet:
        """Those in which the person has a part, those below them, and those above."""
        return self.filter(Exists(_held(person).filter(_IS_ABOVE | _IS_BELOW)))

    def kept_by(self, person: Person) -> UnitQuerySet:
        """Those of which the person reads what is not published yet: in which one of KEEPERS holds, or above which."""
        return self.filter(Exists(_held(person).filter(_IS_ABOVE, part__in=KEEPERS)))

    def visible_to(self, person: Person) -> UnitQuerySet:
        """Those near the person; all of them for whoever may look at all people (`workflows.guard`)."""
        if not person.is_active:
            return self.none()
        if person.is_superuser:
            return self.all()
        reading = Part.objects.filter(person=person, part__in=READERS)
        return self.filter(Exists(reading) | Exists(_held(person).filter(_IS_ABOVE | _IS_BELOW)))


#: Of a part that somebody holds, seen from the unit `here`: it holds there, from above; or it is held below. Compared
#: without LIKE, to which capitals are all one on SQLite.
_IS_ABOVE = Q(unit__path=Substr("here", 1, Length("unit__path")))
_IS_BELOW = Q(here=Substr("unit__path", 1, Length("here")))


def _held(person: Person) -> models.QuerySet[Part]:
    here = ExpressionWrapper(OuterRef("path"), output_field=models.CharField())
    return Part.objects.filter(person=person).annotate(here=here)


class Unit(models.Model):
    """A portfolio, program or team. `path` is `/` + the slugs from the root, each followed by `/`."""

    class Kind(models.TextChoices):
        PORTFOLIO = "portfolio"
        PROGRAM = "program"
        TEAM = "team"

    slug = models.SlugField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True, help_text="A word for it; may be empty.")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=1000, unique=True, editable=False)
    calendar = models.CharField(
        max_length=64,
        blank=True,
        help_text="What business time counts by where a playbook names no calendar; empty: that of the unit above.",
    )
    decision_links = models.BooleanField(
        "decision links",
        default=False,
        help_text="Mails about gates of this unit and below carry a link that decides once without signing in.",
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        self.path = (self.parent.path if self.parent else "/") + self.slug + "/"
        super().save(*args, **kwargs)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of this unit and those above it, the root's first."""
        slugs = self.path.strip("/").split("/")
        return tuple("/" + "/".join(slugs[: depth + 1]) + "/" for depth in range(len(slugs)))

    @property
    def depth(self) -> int:
        """How many units stand above it."""
        return self.path.count("/") - 2


class Part(models.Model):
    """One row is one person's part in one unit and below (design.md, People).

    Who may pass over gates is given that beside the part of an operator; alone it gives nothing.
    """

    class Kind(models.TextChoices):
        VIEWER = "viewer"
        MEMBER = "member"
        AUTHOR = "author"
        OPERATOR = "operator"
        BREAK_GLASS = "break_glass", "break-glass operator"
        PROCESS_OWNER = "process_owner", "process owner"
        AUDITOR = "auditor"

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="parts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="parts")
    part = models.CharField(max_length=20, choices=Kind.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "person", "part"], name="one_part_once")]

    def __str__(self) -> str:
        return f"{self.person} is {self.get_part_display()} in {self.unit}"


#: Whoever has one of these parts in a unit or above it reads its drafts and what is in review.
KEEPERS = frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER, Part.Kind.AUDITOR})
#: Who may look at people, units and the directory's log without changing anything, with the part in any unit.
READERS = frozenset({Part.Kind.AUDITOR, Part.Kind.PROCESS_OWNER})
