"""One visit of a task or a gate with all that its page needs, or 404 where it is not the reader's.

Takes rows of `runs`, the state of the run and its pinned definition; leaves every question of rights to the guard.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.http import Http404

from dashboards import called
from engine.definition import Definition, StepSpec
from engine.machine.state import State, Visit
from runs import definitions
from runs.models import Run, Step
from workflows.models import Person


@dataclass(frozen=True)
class Seen:
    """`visit` is None once the visit has ended: the state holds open visits only. `definition` is that of the visit."""

    run: Run
    step: Step
    definition: Definition
    state: State
    visit: Visit | None

    @property
    def spec(self) -> StepSpec:
        return self.step.spec_in(self.definition)

    @property
    def title(self) -> str:
        """The title of the visit, with its item where that does not say which."""
        return called.named(self.step, self.definition, self.state)

    @cached_property
    def undoes(self) -> Step | None:
        """The visit that this one takes back, where it does."""
        if self.step.undoes is None:
            return None
        return Step.objects.filter(run=self.run, number=self.step.undoes).select_related("ended_by").first()


def fetch(person: Person, run: int, visit: int, kind: str) -> Seen:
    """Read one visit that this person may see. Raises `Http404` for anything else: absent, foreign, another kind."""
    related = ("run__version__artifact", "run__unit", "run__started_by", "claimed_by", "ended_by")
    found = Step.objects.select_related(*related).filter(
        run__in=Run.objects.visible_to(person).filter(number=run), number=visit, kind=kind
    )
    step = found.first()
    if step is None:
        raise Http404("no such visit, or not yours")
    state = definitions.state_of(step.run)
    definition = definitions.of_step(step, definitions.by_digest(state.definition))
    return Seen(step.run, step, definition, state, state.visits.get(visit))
