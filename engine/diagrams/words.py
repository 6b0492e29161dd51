"""The few words that stand in a diagram: what an arrow means, a guard made short, a title cut into lines.

A diagram has no room for an expression, so `short` rewrites one for reading; the whole text stays beside it
for whoever asks.
"""

from __future__ import annotations

import re

from engine import durations
from engine.definition import Definition, EachSpec, Join, ParallelSpec, StepSpec, Transition, WaitSpec

_NARROW = frozenset("iljtfrI.,:;'|!()[] ")
_WIDE = frozenset("mwMW@%—…")

_TRIGGERS = {
    "approve": "approved",
    "reject": "rejected",
    "return": "changes wanted",
    "otherwise": "otherwise",
    "error": "on error",
    "skip": "skipped",
}

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"!\s*has\(\s*([\w.]+)\s*\)", r"no \1"),
        (r"\bhas\(\s*([\w.]+)\s*\)", r"\1 given"),
        (r"\b(?:duration|timestamp)\(\s*(['\"])([^'\"]*)\1\s*\)", r"\2"),
        (r"\b(?:inputs|parameters)\.", ""),
        (r"\bsteps\.(\w+)\.visits\b", r"visits of \1"),
        (r"\bsteps\.\w+\.", ""),
        (r"\bsteps\.", ""),
        (r"\s*&&\s*", " and "),
        (r"\s*\|\|\s*", " or "),
        (r">=", "≥"),
        (r"<=", "≤"),
        (r"!=", "≠"),
        (r"==", "="),
        (r"!(?=[\w(])", "not "),
        (r"(?<=[a-z])_(?=[a-z0-9])", " "),
        (r"['\"]", ""),
        (r"\s+", " "),
    )
)


def titled(step: StepSpec) -> str:
    """Return the title of a step for a drawing, which shows all items at once: `Switch …` for `Switch ${each.item}`."""
    return re.sub(r"\$\{[^}]*\}", "…", step.title) or step.id


def short(expression: str, most: int = 30) -> str:
    """Rewrite an expression for reading, at most so many characters."""
    for pattern, word in _REWRITES:
        expression = pattern.sub(word, expression)
    return cut(expression.strip(), most)


def cut(text: str, most: int) -> str:
    """Shorten a text to so many characters, with an ellipsis where something is lost."""
    return text if len(text) <= most else text[: most - 1].rstrip(" ,.;:") + "…"


def label(definition: Definition, way: Transition, most: int = 30) -> str:
    """Say in a word or two when this way is taken; empty for the ordinary way on."""
    if way.trigger in _TRIGGERS:
        return _TRIGGERS[way.trigger]
    name, _, rest = way.trigger.partition(":")
    if name == "value":
        return cut(rest, most)
    if name == "outcome":
        return cut(rest.replace("-", " ").replace("_", " "), most)
    if name == "rule":
        return short(way.guard or "", most)
    if name == "enter":
        return cut(rest.partition("/")[2].replace("-", " ").replace("_", " "), min(most, 24))
    if name == "deadline":
        does = definition.steps[way.source].does
        length = does.deadline if isinstance(does, WaitSpec) else None
        return f"no signal in {durations.say(length)}" if length is not None else "no signal"
    if name == "rung":
        rung = definition.steps[way.source].escalate[int(rest)]
        if rung.before_due is not None:
            return f"{durations.say(rung.before_due)} before it is due"
        return f"after {durations.say(rung.after)}" if rung.after is not None else ""
    return ""


def region(step: StepSpec) -> str:
    """Say of a region how its lists run and when it is over: `2 of 3 branches`, `for each item of inputs.items`."""
    does = step.does
    if isinstance(does, ParallelSpec) and does.branches:
        return _joined(does.join, len(does.branches), "branches")
    if isinstance(does, ParallelSpec):
        return "each step as soon as what it needs is done"
    if isinstance(does, EachSpec):
        pace = {None: "", 1: ", one after the other"}.get(does.at_most, f", at most {does.at_most} at once")
        enough = "" if does.join == "all" else f", {'one' if does.join in ('any', 1) else does.join} must get done"
        return f"for each {does.name or 'item'} of {cut(does.over, 60)}{pace}{enough}"
    return ""


def _joined(join: Join, count: int, what: str) -> str:
    if join == "all" or join == count:
        return {1: "one branch", 2: f"both {what}"}.get(count, f"all {count} {what}")
    return f"any of {count} {what}" if join in ("any", 1) else f"{join} of {count} {what}"


def width(text: str, size: float = 13) -> float:
    """Estimate how wide a text is drawn, in px, on the generous side (system fonts differ)."""
    ems = sum(
        0.34 if letter in _NARROW else 0.95 if letter in _WIDE else 0.7 if letter.isupper() else 0.6 for letter in text
    )
    return ems * size


def lines(text: str, widest: float, size: float = 13, most: int = 3) -> tuple[str, ...]:
    """Break a text at its spaces into at most so many lines no wider than so many px; only the last may be cut."""
    done: list[str] = []
    words = text.split()
    while words and len(done) < most:
        line = words.pop(0)
        while words and width(f"{line} {words[0]}", size) <= widest:
            line += " " + words.pop(0)
        if words and len(done) == most - 1:
            line = line + " …"
        while width(line, size) > widest:
            line = line.rstrip("… ")[:-1] + "…"
        done.append(line)
    return tuple(done) or ("",)
