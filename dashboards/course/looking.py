"""What an act would do to this run now, tried in memory with what has been typed so far: nothing is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from dashboards.course import foreseen, repairs
from dashboards.course.forms_of_acts import Repair
from dashboards.course.reading import Seen
from engine.machine.commands import Refusal
from runs import trial
from runs.outcomes import FieldErrors


@dataclass(frozen=True)
class Looked:
    """`lines` are what it would do, under heads; or `refusal`; or `errors` of what was typed."""

    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()
    refusal: Refusal | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_said_below(self) -> bool:
        """Whether what refuses it stands in the form already, with what to do about it."""
        return self.refusal is not None and self.refusal.code in ("needs-mapping", "would-repeat", "would-skip-gate")


def at(seen: Seen, repair: Repair, post: QueryDict | None) -> Looked | None:
    """Try it; None where it has not been said yet what is to be done."""
    event = repairs.event(repair, post)
    if event is None:
        return None
    if isinstance(event, FieldErrors):
        return Looked(errors=event)
    if isinstance(event, Refusal):
        if event.code.startswith("field:"):
            return Looked(errors={event.code.removeprefix("field:"): event.sentence})
        return Looked(refusal=event)
    (tried,) = trial.attempt([trial.Asked(seen.run, event, seen.state)])
    if tried.refusal is not None and tried.refusal.code.startswith("field:"):
        return Looked(errors={tried.refusal.code.removeprefix("field:"): tried.refusal.sentence})
    (came,) = foreseen.foresee([tried], repair.person)
    return Looked(came.lines, tried.refusal)
