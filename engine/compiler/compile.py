"""Text to a verified definition: read, resolve, lower, prove.

Row 1 of the proofs (the document is well formed, every name resolves, every type fits) is this room's; the
others are `engine.proofs` and are asked only about a document without errors of row 1.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from engine import documents
from engine.calendars import OFFICE_HOURS, Calendar
from engine.compiler.calendars import pin, windows
from engine.compiler.calls import Called, Calls
from engine.compiler.checking import check_expressions
from engine.compiler.decisions import table_of
from engine.compiler.extending import extended
from engine.compiler.library import find
from engine.compiler.locked import locks_of, unchanged, with_hints
from engine.compiler.lookups import Lookups
from engine.compiler.names import declare
from engine.compiler.parameters import check_action
from engine.compiler.parents import NOBODY, Parents
from engine.compiler.people import check_people
from engine.compiler.plain import of_step, of_triggers
from engine.compiler.scopes import Scopes
from engine.compiler.starting import check_starts
from engine.compiler.steps import Showing, check_step, compiled
from engine.compiler.ways import route
from engine.definition import ActionSpec, CallSpec, Definition, GateSpec, Schedule, StepSpec, Webhook, stored
from engine.documents import Node
from engine.language.calendar import is_calendar
from engine.language.calendar import read_whole as read_calendar
from engine.language.decision import is_decision, read_decision
from engine.language.places import Places
from engine.language.plan import Plan, is_plan, read_plan
from engine.language.playbook import Playbook, read_playbook
from engine.language.policy import Policy, is_policy, read_policy
from engine.language.section import Enough, Reading
from engine.policies import binding
from engine.problems import Problem, has_errors, in_order
from engine.proofs import prove
from engine.tables.table import Table

MOST_PROBLEMS = 100
_NONE: Mapping[str, Calendar] = MappingProxyType({})
_NO_TABLES: Mapping[str, Table] = MappingProxyType({})
_NO_PLAYBOOKS: Mapping[str, Definition] = MappingProxyType({})
_NO_CALLS: Calls = MappingProxyType({})


@dataclass(frozen=True)
class Compiled:
    """What became of a file. Only what is `ok` may be published.

    `definition` is there when row 1 found no error in a playbook, `table` when it found none in a decision, `document`
    when a policy, plan or calendar is well formed.
    """

    file: str
    definition: Definition | None
    problems: tuple[Problem, ...]
    places: Places
    table: Table | None = None
    document: Policy | Plan | Calendar | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    """The texts of the playbooks that this one adapts, by the files that problems name."""

    @property
    def ok(self) -> bool:
        content = (self.definition, self.table, self.document)
        return any(one is not None for one in content) and not has_errors(self.problems)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Keep the garbage collector from walking all that is made here over and over: little of it is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_collecting_later()
def compile_text(
    text: str,
    file: str = "",
    calendars: Mapping[str, Calendar] = _NONE,
    usual: Calendar = OFFICE_HOURS,
    instead: Calendar | None = None,
    decisions: Mapping[str, Table] = _NO_TABLES,
    playbooks: Mapping[str, Definition] = _NO_PLAYBOOKS,
    calls: Calls = _NO_CALLS,
    parents: Parents = NOBODY,
    policies: Iterable[Policy] = (),
    units: Iterable[str] = (),
) -> Compiled:
    """Compile one document. Never raises: whatever is wrong with the text is a problem with a place.

    `calendars` are those it may name, and `usual` counts where it names none (that of its unit); a scenario's
    calendar comes `instead` of either. `decisions` are those whose tables it may ask, `playbooks` those it may call,
    by id (their newest definitions); `calls` says what playbooks call that are there but have no definition. `parents`
    is where the playbooks are that it adapts. Of the `policies` those bind it whose unit is its owner or above
    it; `units` are paths that tell where the owner stands.
    """
    document = documents.parse(text, file)
    if document.root is None:
        return Compiled(file, None, document.problems, Places({}))
    reading = Reading(file, most=MOST_PROBLEMS)
    if is_decision(document.root):
        return _decision(document.root, reading)
    if is_policy(document.root) or is_plan(document.root) or is_calendar(document.root):
        return _other(document.root, reading)
    whole, definition, parent = None, None, None

    def resolved(root: Node, reading: Reading) -> Definition | None:
        playbook = read_playbook(root, reading)
        if playbook is None:
            return None
        calendar = pin(playbook, reading, calendars, usual, instead)
        pinned = windows(playbook, reading, calendars, instead)
        found = _resolve(playbook, reading, decisions, Called(playbook.id, playbooks, calls))
        return found and replace(found, calendar=calendar, windows=pinned)

    try:
        whole = extended(document.root, reading, parents)
        if whole is not None:
            definition = resolved(whole.root, reading)
            parent = unchanged(whole, reading, resolved)
    except Enough:
        definition = None
    places = Places(reading.nodes)
    texts = whole.texts if whole else {}
    problems = reading.problems if whole is None else with_hints(whole, reading.problems)
    if whole is None or definition is None or has_errors(problems):
        return Compiled(file, None, in_order(problems), places, texts=texts)
    definition = replace(definition, extends=whole.ancestors)
    bound_by = binding(policies, definition.owner, units)
    proven = prove(definition, places, file, partial(_child, playbooks), bound_by)
    found = (*problems, *proven, *locks_of(whole, definition, parent, places, file))
    return Compiled(file, definition, in_order(found), places, texts=texts)


def _child(playbooks: Mapping[str, Definition], call: CallSpec) -> Definition | None:
    return find(playbooks, call.playbook, call.version)


def _decision(root: Node, reading: Reading) -> Compiled:
    table = None
    try:
        decision = read_decision(root, reading)
        table = None if decision is None else table_of(decision, reading)
    except Enough:
        table = None
    return Compiled(reading.file, None, in_order(reading.problems), Places(reading.nodes), table)


def _other(root: Node, reading: Reading) -> Compiled:
    document: Policy | Plan | Calendar | None
    try:
        if is_calendar(root):
            document = read_calendar(root, reading)
        else:
            document = read_policy(root, reading) if is_policy(root) else read_plan(root, reading)
    except Enough:
        document = None
    found = None if has_errors(reading.problems) else document
    return Compiled(reading.file, None, in_order(reading.problems), Places(reading.nodes), document=found)


def _resolve(playbook: Playbook, reading: Reading, decisions: Mapping[str, Table], called: Called) -> Definition | None:
    """Return the definition, or None where a part of it could not be read; everything wrong is reported."""
    children = called.definitions(playbook.steps)
    names = declare(playbook, decisions, children)
    scopes = Scopes(playbook, names, reading)
    lookups = Lookups(scopes, decisions)
    transitions = route(playbook, reading)
    check_people(playbook, reading)
    check_expressions(playbook, scopes)
    check_starts(playbook, names, scopes)
    showing = Showing(playbook, scopes)
    steps: dict[str, StepSpec] = {}
    tasks = [step.id for step in playbook.steps if step.kind == "task"]
    for step in playbook.steps:
        check_step(step, reading)
        sources = scopes.of(step.within)
        if isinstance(step.does, ActionSpec):
            check_action(step.path, step.does, sources)
        elif isinstance(step.does, CallSpec):
            called.check(step, step.does, sources)
        if isinstance(step.undo, ActionSpec):
            check_action((*step.path, "undo"), step.undo, sources)
        step = of_step(step, children.get(step.id), reading)
        work = lookups.resolved(step)
        show = showing.shown(step.does, step) if isinstance(step.does, GateSpec) else ()
        if work is not None:
            steps[step.id] = compiled(step, work, show, stored(names.inside.get(step.id, {}), tasks))
    if has_errors(reading.problems):
        return None
    triggers = of_triggers(playbook, reading)
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
        inputs=playbook.inputs,
        roles=playbook.roles,
        tables=lookups.used,
        steps=steps,
        lists=playbook.lists,
        transitions=transitions,
        outputs=playbook.outputs,
        names=stored(names.outside, tasks),
        template=playbook.template,
        concurrency=playbook.concurrency,
        schedules=tuple(trigger for trigger in triggers if isinstance(trigger, Schedule)),
        webhooks=tuple(trigger for trigger in triggers if isinstance(trigger, Webhook)),
    )
