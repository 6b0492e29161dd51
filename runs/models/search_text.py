"""What a run is found by: its words, beside it, so that looking for them reads no run."""

from __future__ import annotations

from django.db import models


class SearchText(models.Model):
    """One row for each run, written with it (`runs.records`); made again by `manage.py search --rebuild`.

    The index over the words is made in the migration, by hand and by database (`runs.search_index`).
    """

    number = models.PositiveBigIntegerField(primary_key=True, help_text="The run's number.")
    words = models.TextField(help_text="Folded words with a space between: runs.words.")

    def __str__(self) -> str:
        return f"Run {self.number}: {self.words}"
