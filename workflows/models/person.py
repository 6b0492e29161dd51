"""A person: whoever signs in. Roles of playbooks name the person's groups, or the username."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


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

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.get_full_name() or self.username
