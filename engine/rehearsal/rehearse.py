"""Playing the scenarios of a file line by line, and reporting the first line of each that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.calendars import Calendar
from engine.compiler import NOBODY, Parents
from engine.language.scenario import Scenario
from engine.language.verbs import Act
from engine.machine.commands import Refusal
from engine.problems import Place
from engine.rehearsal import acting, expecting
from engine.rehearsal.coverage import taken_by
from engine.rehearsal.failures import TOP, Failure, Rehearsed
from engine.rehearsal.prepared import Known, Prepared, prepare
from engine.rehearsal.twin import Twin
from engine.rehearsal.world import NotThere, World
from engine.tables.table import Table


def rehearse(
    text: str,
    file: str,
    read: Callable[[str], str],
    calendars: Mapping[str, Calendar] = MappingProxyType({}),
    decisions: Mapping[str, Table] = MappingProxyType({}),
    parents: Parents = NOBODY,
) -> tuple[Rehearsed, ...]:
    """Prepare and play every scenario of a file. Never raises for what stands in it. Where the file itself cannot be
    used, one answer without a name says why. For the others see `engine.rehearsal.prepared.Known`."""
    return tuple(map(play, prepare(text, file, Known(read, calendars, decisions, parents=parents))))


def play(prepared: Prepared, twin: Callable[[World], Twin] | None = None) -> Rehearsed:
    """Play one scenario; with a twin, each line there too, and what differs is a failure of that line."""
    scenario, definition = prepared.scenario, prepared.definition
    if scenario is None or definition is None or prepared.problems:
        place = TOP if scenario is None else scenario.place
        return Rehearsed(prepared.name, prepared.file, problems=prepared.problems, place=place)
    world = World.of(scenario, definition, prepared.library, prepared.versions)
    if twin is not None:
        world.twin = twin(world)
    failures = tuple(_play(world, scenario))
    return Rehearsed(scenario.name, prepared.file, failures, (), scenario.place, taken_by(world))


def _play(world: World, scenario: Scenario) -> list[Failure]:
    """Play until the first line that does not hold, and return what did not."""
    start, failures = scenario.start, []
    if start.by:
        refusal = acting.begin(world, start.by, start.inputs)
        if refusal is not None:
            return [Failure(start.place, "The run does not start.", "started", said(refusal))]
        failures = _apart(world, start.place)
    for act in scenario.script:
        failures = failures or _line(world, act) or _apart(world, act.place)
    return failures


def _apart(world: World, place: Place) -> list[Failure]:
    found = world.difference()
    return [] if found is None else [Failure(place, found.message, found.mine, found.other)]


def _line(world: World, act: Act) -> list[Failure]:
    if act.verb == "expect":
        try:
            return list(expecting.check(world, act))
        except NotThere as error:
            return [Failure(act.place, str(error))]
    refusal = acting.perform(world, act)
    if act.refused is None:
        return [] if refusal is None else [Failure(act.place, f"`{act.verb}` was refused.", "accepted", said(refusal))]
    because = f"refused: {act.refused}" if act.refused else "refused"
    if refusal is None:
        return [Failure(act.place, f"`{act.verb}` was not refused.", because, "accepted")]
    if act.refused not in refusal.code and act.refused not in refusal.sentence:
        return [Failure(act.place, f"`{act.verb}` was refused for another reason.", because, said(refusal))]
    return []


def said(refusal: Refusal) -> str:
    """Write a refusal with its code: `excluded: You started this run.`"""
    return f"{refusal.code}: {refusal.sentence}"
