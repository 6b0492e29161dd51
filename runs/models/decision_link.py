"""A link in a mail by which one person decides at one gate without signing in. Not part of the run."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from runs.models.step import Step


class DecisionLink(models.Model):
    """Good for one person, one gate with what it showed then, once, until `expires_at`.

    Only the hash of the token is kept: whoever reads this table can decide nothing by it.
    """

    token_sha256 = models.CharField(max_length=64, unique=True)
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="decision_links")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"a link for {self.person} to {self.step}"
