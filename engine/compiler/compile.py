"""Text to a verified definition: read, resolve, lower, prove.

Row 1 of the proofs (the document is well formed, every name resolves, every type fits) is this room's; the
others are `engine.proofs` and are asked only about a document without errors of row 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine import documents
from engine.calendars import OFFICE_HOURS, Calendar
from engine.compiler.calendars import pin
from engine.compiler.names import choices, declare
from engine.compiler.parameters import check_action
from engine.compiler.people import check_people
from engine.compiler.sources import Sources
from engine.compiler.steps import Showing, check_step, compiled
from engine.compiler.targets import route
from engine.definition import MAIN, ActionSpec, Definition, GateSpec, StepSpec
from engine.expressions import checker
from engine.language.places import Places
from engine.language.playbook import Playbook, read_playbook
from engine.language.section import Enough, Reading
from engine.problems import Problem, has_errors
from engine.proofs import prove

MOST_PROBLEMS = 100
_NONE: Mapping[str, Calendar] = MappingProxyType({})


@dataclass(frozen=True)
class Compiled:
    """What became of a file. `definition` is there when row 1 found no error; only `ok` ones may be published."""

    file: str
    definition: Definition | None
    problems: tuple[Problem, ...]
    places: Places

    @property
    def ok(self) -> bool:
        return self.definition is not None and not has_errors(self.problems)


def compile_text(
    text: str,
    file: str = "",
    calendars: Mapping[str, Calendar] = _NONE,
    usual: Calendar = OFFICE_HOURS,
    instead: Calendar | None = None,
) -> Compiled:
    """Compile one playbook. Never raises: whatever is wrong with the text is a problem with a place.

    `calendars` are those it may name, and `usual` counts where it names none (that of its unit); a scenario's
    calendar comes `instead` of either.
    """
    document = documents.parse(text, file)
    if document.root is None:
        return Compiled(file, None, document.problems, Places({}))
    reading = Reading(file, most=MOST_PROBLEMS)
    definition = None
    try:
        playbook = read_playbook(document.root, reading)
        if playbook is not None:
            calendar = pin(playbook, reading, calendars, usual, instead)
            definition = _resolve(playbook, reading, calendar)
    except Enough:
        definition = None
    places = Places(reading.nodes)
    if definition is None or has_errors(reading.problems):
        return Compiled(file, None, _in_order(reading.problems), places)
    found = (*reading.problems, *prove(definition, places, file))
    return Compiled(file, definition, _in_order(found), places)


def _resolve(playbook: Playbook, reading: Reading, calendar: Calendar | None) -> Definition | None:
    """Return the definition, or None where a part of it could not be read; everything wrong is reported."""
    names = declare(playbook)
    sources = Sources(reading, checker(names), choices(playbook))
    transitions = route(playbook, reading)
    check_people(playbook, reading)
    sources.check(playbook)
    showing = Showing(playbook, names, reading)
    steps: dict[str, StepSpec] = {}
    for step in playbook.steps:
        check_step(step, reading)
        if isinstance(step.does, ActionSpec):
            check_action(step, step.does, sources)
        show = showing.shown(step.does, step) if isinstance(step.does, GateSpec) else ()
        if step.does is not None:
            steps[step.id] = compiled(step, show)
    if has_errors(reading.problems):
        return None
    return Definition(
        playbook=playbook.id,
        title=playbook.title,
        kind=playbook.kind,
        owner=playbook.owner,
        summary=playbook.summary,
        domain=playbook.domain,
        tags=playbook.tags,
        risk=playbook.risk,
        maturity=playbook.maturity,
        review_every=playbook.review_every,
        sla=playbook.sla,
        run_title=playbook.run_title,
        calendar=calendar,
        inputs=playbook.inputs,
        roles=playbook.roles,
        steps=steps,
        lists={MAIN: tuple(steps)},
        transitions=transitions,
        outputs=playbook.outputs,
        names=names,
    )


def _in_order(problems: tuple[Problem, ...] | list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.place))
