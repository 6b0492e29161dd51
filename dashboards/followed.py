"""What a decision set in motion: the moves of the event that closed a gate, in words and as steps to go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboards import consequences
from dashboards.visits import Seen
from engine.machine.commands import Move
from runs.models import Step


@dataclass(frozen=True)
class Followed:
    """`words` tell it whole; each step of `steps` opened by it, with its page."""

    words: str = ""
    steps: tuple[tuple[Step, str], ...] = ()


def of(seen: Seen, moves: Sequence[Move]) -> Followed:
    """Say what these moves set in motion, with the steps as they are now. One statement, or none."""
    said = [move for move in moves if move.kind != "decided"]
    opened = [move.visit for move in moves if move.kind == "opened" and move.data.get("kind") in consequences.VISIBLE]
    rows = Step.objects.filter(run=seen.run, number__in=opened).select_related("claimed_by", "ended_by")
    steps = {step.number: step for step in rows} if opened else {}
    words = consequences.happened(seen.definition, said, seen.state.visits)
    return Followed(words, tuple((steps[number], _page(seen, steps[number])) for number in opened if number in steps))


def _page(seen: Seen, step: Step) -> str:
    if step.kind in ("task", "gate"):
        return reverse(step.kind, args=[seen.run.number, step.number])
    return reverse("run", args=[seen.run.number]) + f"#visit-{step.number}"
