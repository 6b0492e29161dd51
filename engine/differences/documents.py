"""Decision tables, policies and plans: what was added, removed and changed, in a simple form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.differences import asked
from engine.differences.difference import Change, Difference, Weight, weighed
from engine.differences.words import capital, expression, length, listed, plain, quoted
from engine.fieldspec import FieldSpec
from engine.language.plan import Delivery, Milestone, Plan
from engine.language.policy import Approval, Before, Every, Policy, Requirement
from engine.tables.table import Rule, Table

Changes = Iterator[Change]


def tables_of(before: Table, after: Table) -> Difference:
    """Compare two versions of a decision table: major where those who ask it must ask or read otherwise."""
    if before.digest == after.digest:
        return Difference()
    return weighed(_tables(before, after))


def _tables(before: Table, after: Table) -> Changes:
    yield from asked.inputs(before.inputs, after.inputs)
    was, now = ({spec.name: spec for spec in table.outputs} for table in (before, after))
    for name in (name for name in was if name not in now):
        yield Change("major", f"The output {asked.name_of(was[name])} is gone.")
    for name, spec in now.items():
        if name not in was:
            yield Change("minor", f"The output {asked.name_of(spec)} is new.")
            continue
        for level, said in asked.changed(was[name], spec):
            yield Change(level, f"The output {asked.name_of(was[name])} {said}.")
    if before.hit != after.hit:
        yield Change("major", f"Its rules are weighed by {quoted(after.hit)} now; before by {quoted(before.hit)}.")
    yield from _rules(before, after)
    yield from _texts(before, after, "title", "summary", "owner", "domain", "tags")
    if list(was) != list(now) and set(was) == set(now):
        yield Change("patch", "Its outputs stand in another order.")


def _rules(before: Table, after: Table) -> Changes:
    first, second = ([_rule(table, rule) for rule in table.rules] for table in (before, after))
    gone, new = Counter(first) - Counter(second), Counter(second) - Counter(first)
    yield from (Change("minor", f"New rule: {rule}.") for rule in new.elements())
    yield from (Change("minor", f"Rule gone: {rule}.") for rule in gone.elements())
    if not gone and not new and first != second:
        yield Change("minor", "Its rules stand in another order.")


def _rule(table: Table, rule: Rule) -> str:
    cells = [f"{_column(table.inputs, name)} {cell.text or 'anything'}" for name, cell in sorted(rule.cells.items())]
    answers = [f"{_column(table.outputs, name)} {expression(text)}" for name, text in sorted(rule.then.items())]
    return f"where {listed(cells) if cells else 'nothing else fits'}, {listed(answers)}"


def _column(specs: Sequence[FieldSpec], name: str) -> str:
    return next((spec.title for spec in specs if spec.name == name and spec.title), plain(name))


def policies_of(before: Policy, after: Policy) -> Difference:
    """Compare two versions of a policy: major where it demands more or binds more, so that what held may break."""
    return weighed(_policies(before, after))


def _policies(before: Policy, after: Policy) -> Changes:
    first, second = ([requirement(one) for one in policy.require] for policy in (before, after))
    yield from (Change("major", f"It now demands: {one}.") for one in second if one not in first)
    yield from (Change("minor", f"It no longer demands: {one}.") for one in first if one not in second)
    if before.unit != after.unit:
        yield Change("major", f"It binds {quoted(after.unit)} and below now; before {quoted(before.unit)}.")
    for key in ("risk", "kind", "domain", "tags"):
        was, now = getattr(before, key), getattr(after, key)
        if was != now:
            is_wider = not now or (was and set(now) - set(was))
            said = f"only where the {key} is {listed(map(quoted, now), 'or')}" if now else f"whatever the {key} is"
            yield Change("major" if is_wider else "minor", f"It applies {said} now.")
    if before.publish != after.publish:
        yield Change(
            "major", f"To publish a version {_approval(after.publish)} now; before {_approval(before.publish)}."
        )
    yield from _texts(before, after, "title", "summary")


def requirement(of: Requirement) -> str:
    """Say one requirement in words."""
    if isinstance(of, Before):
        what = f"an action {quoted(of.action)}" if of.action else f"a step tagged {quoted(of.tag)}"
        return f"every way to {what} passes a gate where {_approval(of.gate)}"
    if isinstance(of, Every):
        return f"every {of.kind} has {listed(map(quoted, of.has))}"
    return f"a review at least every {length(of.at_most)}"


def _approval(of: Approval | None) -> str:
    if of is None:
        return "nobody need approve"
    barred = f", but not {listed([plain(name) for name in of.exclude], 'or')}" if of.exclude else ""
    return f"{of.quorum} of {listed([plain(role) for role in of.roles], 'or')} must approve{barred}"


def plans_of(before: Plan, after: Plan) -> Difference:
    """Compare two versions of a plan: major where the objective or what is to be reached is another."""
    return weighed(_plans(before, after))


def _plans(before: Plan, after: Plan) -> Changes:
    if before.objective != after.objective:
        yield Change("major", f"The objective is {quoted(after.objective)} now; before {quoted(before.objective)}.")
    was, now = ({one.id: one for one in plan.milestones} for plan in (before, after))
    for id in (id for id in was if id not in now):
        yield Change("major", f"The milestone {quoted(was[id].title)} is gone.")
    for id, one in now.items():
        if id not in was:
            yield Change("minor", f"The milestone {quoted(one.title)} is new, due {_day(one)}.")
        else:
            for level, said in _milestone(was[id], one):
                yield Change(level, f"The milestone {quoted(was[id].title)} {said}.")
    if [id for id in was if id in now] != [id for id in now if id in was]:
        yield Change("patch", "Its milestones stand in another order.")
    if before.owner != after.owner:
        yield Change("minor", f"It belongs to {plain(after.owner)} now; before to {plain(before.owner)}.")
    yield from _texts(before, after, "title", "summary")


def _milestone(was: Milestone, now: Milestone) -> Iterator[tuple[Weight, str]]:
    if was.due != now.due:
        yield "minor", f"is due {_day(now)} now; before {_day(was)}"
    if was.owner != now.owner:
        yield "minor", f"belongs to {plain(now.owner)} now; before to {plain(was.owner)}"
    new = [_run(run) for run in now.runs if run not in was.runs]
    gone = [_run(run) for run in was.runs if run not in now.runs]
    if new:
        yield "minor", f"is now delivered by {listed(new)}"
    if gone:
        yield "minor", f"is no longer delivered by {listed(gone)}"
    if was.title != now.title:
        yield "patch", f"is called {quoted(now.title)} now"


def _day(one: Milestone) -> str:
    return f"{one.due.day} {one.due:%B %Y}"


def _run(run: Delivery) -> str:
    given = f" for {listed(f'{plain(name)} {value}' for name, value in run.given.items())}" if run.given else ""
    return f"a run of {quoted(plain(run.playbook))}{given}"


def _texts(before: object, after: object, *keys: str) -> Changes:
    for key in keys:
        if getattr(before, key) != getattr(after, key):
            yield Change(
                "patch", f"{capital('its ' + re.sub('_', ' ', key))} {'are' if key == 'tags' else 'is'} another."
            )
