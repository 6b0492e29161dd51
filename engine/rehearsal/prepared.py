"""What a scenario needs before it can be played: its playbook and its library, read and compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.calendars import Calendar
from engine.compiler import NOBODY, Parents, compile_together, playbooks_of
from engine.compiler.library import Among, find
from engine.definition import CallSpec, Definition
from engine.language.scenario import Scenario, read_scenarios
from engine.language.verbs import Act
from engine.problems import Place, Problem
from engine.rehearsal.addresses import Called
from engine.rehearsal.naming import unknown
from engine.tables.table import Table


@dataclass(frozen=True)
class Known:
    """What scenarios may name. `read` gives the text of a document by its name as the scenario writes it, and raises
    OSError, LookupError or ValueError where there is none.

    The others are known besides, by name: calendars, the tables of decisions, playbooks that may be called, and the
    texts of those that may be adapted.
    """

    read: Callable[[str], str]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    decisions: Mapping[str, Table] = field(default_factory=dict)
    playbooks: Mapping[str, Definition] = field(default_factory=dict)
    parents: Parents = NOBODY


@dataclass(frozen=True)
class Prepared:
    """One scenario, ready to be played where it has no `problems`.

    `library` are the playbooks that its calls mean, `versions` those that its runs are moved to, by name as written.
    Where the file itself cannot be used there is one without a scenario.
    """

    file: str
    scenario: Scenario | None = None
    definition: Definition | None = None
    library: Called = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    versions: Mapping[str, Definition] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.scenario.name if self.scenario is not None else ""


def prepare(text: str, file: str, known: Known) -> tuple[Prepared, ...]:
    """Prepare every scenario of a file. Never raises for what stands in it."""
    scenarios, problems = read_scenarios(text, file)
    if problems:
        return (Prepared(file, problems=problems),)
    shelf = _Shelf(file, known)
    return tuple(shelf.prepared(scenario) for scenario in scenarios)


_Found = tuple[Definition | None, Called, tuple[Problem, ...]]
_ID = re.compile(r"^playbook:[ ]*([^ #\n]+)", re.MULTILINE)
_HINT = "Name the file as it is reached from this one."


class _Shelf:
    """What the scenarios of one file name, each compiled once."""

    def __init__(self, file: str, known: Known) -> None:
        self.file, self.known = file, known
        self.compiled: dict[tuple[object, ...], _Found] = {}

    def prepared(self, scenario: Scenario) -> Prepared:
        definition, library, wrong = self._of(scenario, scenario.playbook, scenario.playbook_place)
        if definition is None:
            return Prepared(self.file, scenario, definition, library, wrong)
        versions: dict[str, Definition] = {}
        for act in scenario.script:
            name = act.says.get("to") if act.verb == "migrate" else None
            if name is None or name in versions:
                continue
            version, called, problems = self._of(scenario, name, act.place_of("to"))
            wrong += problems
            if version is not None:
                versions[name], library = version, {**called, **library}
                wrong += self._other(version, definition, library, act)
        if not wrong:
            wrong = tuple(self._unknown(scenario, definition, library, versions))
        return Prepared(self.file, scenario, definition, library, wrong, versions)

    def _of(self, scenario: Scenario, name: str, place: Place) -> _Found:
        key = (name, scenario.library, scenario.calendar.digest if scenario.calendar else "")
        if key not in self.compiled:
            self.compiled[key] = _compiled(scenario, name, place, self.file, self.known)
        return self.compiled[key]

    def _other(self, version: Definition, definition: Definition, library: Called, act: Act) -> tuple[Problem, ...]:
        """Report a file that is no version of anything that the scenario begins or calls."""
        if version.playbook in {definition.playbook, *(one.playbook for one in library.values())}:
            return ()
        name = act.says["to"][:80]
        message = f"`{name}` is no version of `{definition.playbook}`: it is the playbook `{version.playbook}`."
        return (Problem("bad-value", message, act.place_of("to"), file=self.file),)

    def _unknown(
        self, scenario: Scenario, definition: Definition, library: Called, versions: Mapping[str, Definition]
    ) -> Iterator[Problem]:
        """Give what lines name and is not there, in any version that a run may be on by then."""
        shelves = [(definition, library)]
        for act in scenario.script:
            found = [unknown(of, calls, act, self.file) for of, calls in shelves]
            yield from min(found, key=len)
            if act.verb == "migrate":
                after = versions[act.says["to"]]
                calls = {key: after if one.playbook == after.playbook else one for key, one in library.items()}
                shelves.insert(0, (after if after.playbook == definition.playbook else definition, calls))


def _compiled(scenario: Scenario, playbook: str, place: Place, file: str, known: Known) -> _Found:
    """Compile a playbook with the scenario's library: each of these files knows the others."""
    files: list[tuple[str, str]] = []
    # one of several scenarios may be about a file that the common head has in its library
    library = [(name, place) for name, place in scenario.library if name != playbook]
    for name, at in ((playbook, place), *library):
        try:
            files.append((name, known.read(name)))
        except (OSError, LookupError, ValueError):
            code, what = ("bad-value", "file") if files else ("unknown-playbook", "playbook")
            message = f"There is no {what} `{name[:200]}` here."
            return None, {}, (Problem(code, message, at, _HINT, file=file),)
    # a run may be moved to a later version of what stands in the library: there one of the two is known at a time
    if playbook != scenario.playbook:
        files = [files[0], *(one for one in files[1:] if _id_of(one[1]) != _id_of(files[0][1]))]
    compiled = compile_together(
        files, known.calendars, known.decisions, known.playbooks, instead=scenario.calendar, parents=known.parents
    )
    problems = tuple(problem for one in compiled for problem in one.problems if problem.severity == "error")
    definition = compiled[0].definition
    if definition is None and not problems:
        message = f"`{playbook[:200]}` is no playbook."
        problems = (Problem("unknown-playbook", message, place, file=file),)
    if definition is not None and definition.template:
        message = "A template starts no runs: rehearse what adapts it."
        problems = (*problems, Problem("bad-value", message, place, file=file))
    if problems or definition is None:
        return None, {}, problems
    among = Among(frozenset(playbooks_of(compiled)), known.playbooks)
    among.found.update(playbooks_of(compiled))
    return definition, called_by(definition, among), ()


def _id_of(text: str) -> str:
    found = _ID.search(text)
    return found[1] if found else ""


def called_by(definition: Definition, known: Mapping[str, Definition]) -> Called:
    """Return what the calls of this playbook mean, and those of the playbooks that they mean."""
    found: dict[tuple[str, str], Definition] = {}
    pending = [definition]
    while pending:
        for step in pending.pop().steps.values():
            does = step.does
            if isinstance(does, CallSpec) and (does.playbook, does.version) not in found:
                child = find(known, does.playbook, does.version)
                if child is not None:
                    found[does.playbook, does.version] = child
                    pending.append(child)
    return found
