"""What stands above the steps: labels, roles, outputs, times, triggers, and what is pinned for the whole playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.calendars import Calendar
from engine.definition import Concurrency, Definition, GateSpec, RoleSpec, Schedule
from engine.differences.difference import Change, Weight
from engine.differences.documents import tables_of
from engine.differences.words import capital, expression, holes, length, listed, plain, quoted, step

Changes = Iterator[Change]

#: Labels for readers: what they say changes nothing that runs.
_LABELS = {
    "title": "Its title",
    "kind": "Its kind",
    "domain": "Its domain",
    "maturity": "Its maturity",
    "run_title": "The title of its runs",
}


def changed(before: Definition, after: Definition) -> Changes:
    """Tell what is different about the playbook as a whole."""
    yield from _labels(before, after)
    if before.owner != after.owner:
        yield Change("minor", f"It belongs to {plain(after.owner)} now; before to {plain(before.owner)}.")
    if before.risk != after.risk:
        yield Change("minor", f"Its risk is {after.risk or 'not said'} now; before {before.risk or 'not said'}.")
    if before.review_every != after.review_every:
        often = f"every {length(after.review_every)}" if after.review_every else "no more"
        yield Change("minor", f"It is to be reviewed {often} now.")
    if before.sla != after.sla:
        was = length(before.sla) or "any time it took"
        now = f"within {length(after.sla)}" if after.sla is not None else "at any time"
        yield Change(
            "minor", f"A run is to end {now} now; before {f'within {was}' if before.sla is not None else was}."
        )
    if before.template != after.template:
        says = "is a template now and starts no runs" if after.template else "is no template any more and starts runs"
        yield Change("major", f"It {says}.")
    if before.semantics != after.semantics:
        yield Change("minor", f"Its runs go by version {after.semantics} of the engine's rules now.")
    yield from roles(before, after)
    yield from outputs(before.outputs, after.outputs)
    yield from _beginnings(before, after)
    yield from _pinned(before, after)
    yield from _parents(before, after)


def _labels(before: Definition, after: Definition) -> Changes:
    for key, word in _LABELS.items():
        was, now = getattr(before, key), getattr(after, key)
        if was != now:
            said = f"is {quoted(holes(now))} now" if now else "is gone"
            yield Change("patch", f"{word} {said}" + (f"; before {quoted(holes(was))}." if was and now else "."))
    if before.summary != after.summary:
        yield Change("patch", "Its summary says something else.")
    if before.tags != after.tags:
        said = f"Its tags are {listed(map(quoted, after.tags))} now." if after.tags else "It has no tags any more."
        yield Change("patch", said)


def roles(before: Definition, after: Definition) -> Changes:
    """Tell how the roles differ: major where somebody may approve who could not, or is no longer kept from it."""
    for name in (name for name in before.roles if name not in after.roles):
        yield Change("minor", f"The role {quoted(plain(name))} is gone.")
    for name, now in after.roles.items():
        was = before.roles.get(name)
        if was is None:
            yield Change("minor", f"The role {quoted(plain(name))} is new: {_who(now)}.")
        elif was != now:
            said = f"The role {quoted(plain(name))} is {_who(now)} now; before it was {_who(was)}"
            gates = _weakened(before, after, name, was, now)
            yield Change("major", f"{said}. That counts at {gates}.") if gates else Change("minor", f"{said}.")


def _weakened(before: Definition, after: Definition, name: str, was: RoleSpec, now: RoleSpec) -> str:
    """Name the gates at which more people may approve by what a role is now."""
    first, second = ({*role.groups, *(f"user:{user}" for user in role.users)} for role in (was, now))
    found = []
    for id, one in after.steps.items():
        does = one.does
        if id in before.steps and isinstance(does, GateSpec):
            wider = name in does.approvers and second - first
            freed = name in does.exclude and first - second
            if wider or freed:
                found.append(step(one))
    return f"the gate{'s' if len(found) > 1 else ''} {listed(found)}" if found else ""


def _who(role: RoleSpec) -> str:
    groups = [f"the group {quoted(plain(group))}" for group in role.groups]
    return listed([*groups, *role.users]) or "nobody"


def outputs(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """Tell what comes out of a run: an output that is gone is missed by whoever reads it."""
    for name in (name for name in before if name not in after):
        yield Change("major", f"The output {quoted(capital(plain(name)))} is gone.")
    for name, source in after.items():
        if name not in before:
            yield Change("minor", f"The output {quoted(capital(plain(name)))} is new.")
        elif before[name] != source:
            was = expression(before[name])
            yield Change(
                "minor", f"The output {quoted(capital(plain(name)))} is {expression(source)} now; before {was}."
            )


def _beginnings(before: Definition, after: Definition) -> Changes:
    if before.concurrency != after.concurrency:
        yield Change(
            "minor", f"Runs at once: {_at_once(after.concurrency)} now; before {_at_once(before.concurrency)}."
        )
    for schedule in (one for one in after.schedules if one not in before.schedules):
        yield Change("minor", f"It now starts by itself {_times(schedule)}.")
    for schedule in (one for one in before.schedules if one not in after.schedules):
        yield Change("minor", f"It no longer starts by itself {_times(schedule)}.")
    was, now = ({hook.name: hook for hook in one.webhooks} for one in (before, after))
    for name in (name for name in was if name not in now):
        yield Change("major", f"The webhook {quoted(name)} starts no runs any more: a call to it is refused.")
    for name, hook in now.items():
        if name not in was:
            yield Change("minor", f"The webhook {quoted(name)} starts runs now.")
        elif was[name] != hook:
            yield Change("minor", f"The webhook {quoted(name)} gives its runs other inputs.")


def _at_once(limits: Concurrency | None) -> str:
    if limits is None:
        return "any number"
    same = f" for the same {holes(limits.key)}" if limits.key else ""
    full = "the next waits" if limits.when_full == "queue" else "the next is refused"
    return f"{limits.limit}{same}, {full}"


def _times(schedule: Schedule) -> str:
    missed = {"once": "what was missed is made up for once", "each": "each missed time is made up for", "skip": ""}
    caught = f"; {missed[schedule.catch_up]}" if missed[schedule.catch_up] else ""
    given = " with inputs of its own" if schedule.given else ""
    return f"at “{schedule.cron}” ({schedule.timezone}{caught}){given}"


def _pinned(before: Definition, after: Definition) -> Changes:
    if before.calendar != after.calendar:
        yield Change("minor", _calendar("Business time counts by", before.calendar, after.calendar))
    for name, calendar in after.windows.items():
        if name in before.windows and before.windows[name] != calendar:
            yield Change("minor", f"The hours of {quoted(plain(name))} have changed.")
    for name, table in after.tables.items():
        other = before.tables.get(name)
        if other is not None and other != table:
            title = quoted(table.title or plain(name))
            for change in tables_of(other, table).changes:
                level: Weight = "patch" if change.level == "patch" else "minor"
                yield Change(level, f"The decision table {title}, which it asks: {change.sentence}")


def _calendar(says: str, was: Calendar | None, now: Calendar | None) -> str:
    first, second = (quoted(one.title or plain(one.name)) if one is not None else "none" for one in (was, now))
    if first == second:
        return f"{says} the calendar {second} as it is now, with other days or hours."
    return f"{says} the calendar {second} now; before {first}."


def _parents(before: Definition, after: Definition) -> Changes:
    was, now = ([one.playbook for one in each.extends] for each in (before, after))
    if was != now:
        to = f"adapts {quoted(plain(now[0]))} now" if now else "adapts no other playbook any more"
        yield Change("minor", f"It {to}" + (f"; before {quoted(plain(was[0]))}." if was and now else "."))
    elif before.extends != after.extends:
        digests = {one.playbook: one.digest for one in before.extends}
        newer = [quoted(plain(one.playbook)) for one in after.extends if digests.get(one.playbook) != one.digest]
        yield Change("patch", f"It is made with another version of {listed(newer)}, which it adapts.")
