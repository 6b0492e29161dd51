"""A person: whoever signs in. Roles of playbooks name the person's groups, or the username."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.utils import timezone


class People(UserManager["Person"]):
    """`manage.py createsuperuser` makes the first administrator here; all others are made by `workflows.directory`."""

    use_in_migrations = False

    def create_superuser(self, *args: Any, **kwargs: Any) -> Person:
        with transaction.atomic():
            person = super().create_superuser(*args, **kwargs)
            person.directory_entries.create(
                at=timezone.now(), by="createsuperuser", kind="added", about="", detail="administrator"
            )
            return person


class Person(AbstractUser):
    """`username` is the person's name in playbooks and in the log: it never changes and is never reused."""

    job_title = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="An IANA name: days and times are shown in it."
    )

    is_service = models.BooleanField(
        "service account",
        default=False,
        help_text="A program's account: it may start runs and read, and never votes or does a person's task.",
    )

    password_is_temporary = models.BooleanField(
        default=False, help_text="Somebody else set it: this person chooses their own before anything else."
    )

    objects = People()

    class Meta:
        verbose_name_plural = "people"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this person reads days and times; UTC where what is written is none."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def __str__(self) -> str:
        return self.get_full_name() or self.username
