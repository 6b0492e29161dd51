"""The log: one accepted event is one entry, append-only, hash-chained per run. And what was refused."""

from __future__ import annotations

from django.db import models

from runs.models.run import Run


class Entry(models.Model):
    """`event` and `moves` are JSON texts as `engine.machine` writes them; `hash` covers all and the previous."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=150)
    on_behalf_of = models.CharField(max_length=150, blank=True)
    event = models.TextField()
    moves = models.TextField()
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["run", "seq"]
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="entry_seq_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.seq} {self.kind}"


class Receipt(models.Model):
    """What a request was answered, by its idempotency key: a repeat gets the first answer and no entry."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="receipts")
    key = models.CharField(max_length=100)
    seq = models.PositiveIntegerField(help_text="The entry that the first request made.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="receipt_once")]

    def __str__(self) -> str:
        return self.key


class Refused(models.Model):
    """The security log: who was refused what, when and by which rule. Not part of a run's chain."""

    at = models.DateTimeField()
    person = models.CharField(max_length=150)
    act = models.CharField(max_length=30)
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="refusals")
    step = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=80)
    sentence = models.TextField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.person} may not {self.act}: {self.code}"
