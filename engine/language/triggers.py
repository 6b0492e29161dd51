"""How runs begin without a person, as written: `triggers`; and how many may be under way: `concurrency`.

Times are five cron fields (minute, hour, day of month, month, day of week) in a time zone.
"""

from __future__ import annotations

from typing import Literal

from engine import documents, schedules
from engine.definition import Concurrency, Schedule, Webhook
from engine.documents import Node
from engine.expressions.names import trouble_with_id
from engine.language.calendar import read_zone
from engine.language.doing import read_with
from engine.language.places import Path
from engine.language.section import Reading, Section

Trigger = Schedule | Webhook

CONCURRENCY = ("key", "limit", "when_full")
SCHEDULE, WEBHOOK = ("schedule", "timezone", "catch_up", "with"), ("webhook", "with")
MOST_AT_ONCE = 10_000
_MOST_TRIGGERS = 100


def read_concurrency(section: Section) -> Concurrency | None:
    """Read `{key, limit, when_full}` of a playbook's head."""
    inner = section.inner("concurrency", "`concurrency`")
    if inner is None:
        return None
    inner.only(CONCURRENCY)
    full = inner.choice("when_full", ("queue", "refuse"), "queue")
    return Concurrency(
        key=inner.filled("key"),
        limit=inner.integer("limit", 1, MOST_AT_ONCE, 1),
        when_full="refuse" if full == "refuse" else "queue",
    )


def read_triggers(section: Section) -> tuple[Trigger | None, ...]:
    """Read the list, each at its place in it; None stands where one cannot be used."""
    node = section.node.get("triggers")
    if node is None:
        return ()
    if not isinstance(node, documents.Sequence):
        section.bad("triggers", "`triggers` must be a list.", 'Write `- schedule: "0 9 * * MON"`.')
        return ()
    if len(node.items) > _MOST_TRIGGERS:
        section.bad("triggers", f"A playbook has at most {_MOST_TRIGGERS} triggers.")
        return ()
    return tuple(_read(section.reading, item, ("triggers", index)) for index, item in enumerate(node.items))


def _read(reading: Reading, node: Node, path: Path) -> Trigger | None:
    section = reading.section(node, path, "A trigger")
    if section is None:
        return None
    if "webhook" in section:
        kind = "A trigger is a schedule or a webhook, and this one is a webhook."
        section.only(WEBHOOK, dict.fromkeys(SCHEDULE[:3], kind))
        return _webhook(section)
    section.only((*SCHEDULE, "webhook"))
    if "schedule" not in section:
        message = "A trigger needs the key `schedule`, or `webhook` in its place."
        reading.problem("missing-key", message, section.place)
    return _schedule(section)


def _webhook(section: Section) -> Webhook | None:
    name, given = section.filled("webhook"), read_with(section, "inputs")
    if name and (wrong := trouble_with_id(name)):
        section.bad("webhook", wrong)
    return Webhook(name, given) if name else None


def _schedule(section: Section) -> Schedule | None:
    cron = " ".join(section.filled("schedule").split())
    zone = read_zone(section)
    caught: Literal["once", "each", "skip"] = section.choice("catch_up", ("once", "each", "skip"), "once")
    given = read_with(section, "inputs")
    if not cron:
        return None
    if wrong := schedules.trouble(cron):
        hint = "Write minute, hour, day of the month, month and weekday: `0 9 * * MON`."
        section.bad("schedule", wrong, hint)
    return Schedule(cron, zone, caught, given)
