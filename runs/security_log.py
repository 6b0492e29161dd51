"""Write into the security log what is refused before it comes to a run: a wrong password, a link that has ended.

What a run refuses is written with the run itself (`runs.batch`).
"""

from __future__ import annotations

from engine.machine.commands import Refusal
from runs.clock import Clock, database_clock
from runs.models import Refused, Run
from workflows.models import Person
from workflows.writing import writing


def note(person: Person, act: str, run: Run, step: str, refusal: Refusal, clock: Clock = database_clock) -> Refusal:
    """Keep the refusal and return it. `step` is the id of the step concerned."""
    with writing():
        Refused.objects.create(
            at=clock(),
            person=person.username,
            act=act,
            run=run,
            step=step,
            code=refusal.code,
            sentence=refusal.sentence,
        )
    return refusal
