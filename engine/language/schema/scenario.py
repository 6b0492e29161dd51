"""Scenarios: one, or several under a head."""

from __future__ import annotations

from engine.calendars import DAYS
from engine.language.calendar import KEYS as CALENDAR
from engine.language.scenario import HEAD, START
from engine.language.schema.shapes import (
    ANY,
    FLAG,
    OPEN,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    Schema,
    closed,
    duration,
    named,
    one_of,
    several,
)
from engine.language.verbs import ACCEPTED, EXPECTED, OF_PEOPLE, VERBS, WANTED
from engine.lifecycles import Choice, RunStatus

BECAUSE = "because"
_NOT_REFUSED = (*OF_PEOPLE, "advance", "expect")


def made() -> Schema:
    """Return the schema."""
    one = tuple(key for key in HEAD if key != "scenarios")
    groups: Schema = {"type": "object", "additionalProperties": TEXTS}
    shapes: dict[str, Schema] = {
        "scenario": TEXT,
        "playbook": TEXT,
        "library": TEXTS,
        "calendar": named("calendar"),
        "people": groups,
        "start": closed("start", START, {"by": TEXT, "at": TEXT, "inputs": OPEN}),
        "script": several(named("line")),
    }
    return {
        "title": "Scenarios of Penstock",
        **closed("scenario", HEAD, {**shapes, "scenarios": several(closed("scenario", one, shapes, one[:1]), 1)}),
        "$defs": {"calendar": _calendar(), "line": _line(), "expect": _expect(), **_verbs(groups)},
    }


def _line() -> Schema:
    """Return the shape of a line: one verb, or `refused` with one."""
    verbs = {verb: named(f"verb-{verb}") for verb in VERBS}
    acting = {verb: shape for verb, shape in verbs.items() if verb not in _NOT_REFUSED}
    inside = closed("line", (*acting, BECAUSE), {**acting, BECAUSE: TEXT})
    refused = {**inside, "minProperties": 1, "maxProperties": 2}
    return {
        **closed("line", (*verbs, "refused"), {**verbs, "refused": refused}),
        "minProperties": 1,
        "maxProperties": 1,
    }


def _verbs(groups: Schema) -> dict[str, Schema]:
    shapes: dict[str, Schema] = {
        "choice": {"enum": [choice.value for choice in Choice]},
        "seen": {"enum": ["old"]},
        "form": OPEN,
        "set": OPEN,
        "map": {"type": "object", "additionalProperties": TEXT},
        "accept": {"type": "array", "items": {"enum": list(ACCEPTED)}},
        "result": ANY,
        "data": ANY,
        "payload": ANY,
        "undo": FLAG,
        "reauthenticated": FLAG,
        "evidence": TEXTS,
        "files": TEXTS,
        "playbooks": TEXTS,
        "service": one_of(groups, TEXTS),
        "checklist": one_of({"const": "all"}, TEXTS),
        "join": groups,
        "leave": groups,
        "deactivate": one_of(groups, TEXTS),
    }
    special = {"advance": duration(), "expect": named("expect")}
    return {f"verb-{verb}": special.get(verb) or _verb(*keys, shapes) for verb, keys in VERBS.items()}


def _verb(needed: tuple[str, ...], optional: tuple[str, ...], shapes: dict[str, Schema]) -> Schema:
    keys = (*needed, *optional)
    return closed("act", keys, {**dict.fromkeys(keys, TEXT), **shapes}, needed)


def _expect() -> Schema:
    wanted = {key: closed("wanted", keys, dict.fromkeys(keys, TEXT), ("step",)) for key, keys in WANTED.items()}
    shapes: dict[str, Schema] = {
        **dict.fromkeys(EXPECTED, TEXTS),
        "run": {"enum": [status.value for status in RunStatus]},
        "paused": FLAG,
        "queued": FLAG,
        "data": OPEN,
        "outputs": OPEN,
        "path": several(TEXT),
        "incidents": several(one_of(TEXT, wanted["incidents"])),
        "future": several(wanted["future"]),
    }
    return closed("expect", EXPECTED, shapes)


def _calendar() -> Schema:
    week = closed("calendar", DAYS, dict.fromkeys(DAYS, TEXT_OR_TEXTS))
    shapes: dict[str, Schema] = {
        "timezone": TEXT,
        "hours": one_of(TEXT_OR_TEXTS, week),
        "days": {"type": "array", "items": {"enum": list(DAYS)}, "uniqueItems": True},
        "country": TEXT,
        "part": TEXT,
        "holidays": TEXTS,
        "working_days": one_of(TEXTS, {"type": "object", "additionalProperties": TEXT_OR_TEXTS}),
    }
    return closed("calendar", CALENDAR, shapes)
