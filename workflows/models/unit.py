"""Organisational units, a tree, and the parts that people hold in a unit and everything below it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


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
