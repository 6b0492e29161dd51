"""What was given for fields with `secret: true`, encrypted: state and log hold only a reference to it."""

from __future__ import annotations

from django.db import models

from runs.models.run import Run


class Secret(models.Model):
    """One secret value of a run. Written with the entry that brought it; a called run reads its parent's."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="secrets")
    ref = models.CharField(max_length=64, unique=True)
    ciphertext = models.TextField()

    def __str__(self) -> str:
        return f"a secret of {self.run}"
