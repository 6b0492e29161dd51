"""Names, lists and lengths as a sentence for a manager has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from engine import durations
from engine.definition import FAIL, LEAVE, MAIN, ROLLBACK, STARTER, Definition, StepSpec, owner_of
from engine.diagrams.words import cut, short
from engine.durations import Length

LONG = 120
#: Words for people, of which there may be two.
_COUNTED = re.compile(r"(?:er|or|ist|nt|ian|ee|lead|head)$")
_HOLE = re.compile(r"\$\{((?:[^{}'\"]|'[^']*'|\"[^\"]*\")*)\}")
_ONE_NAME = re.compile(r"[a-z_.0-9]+")


def quoted(text: str) -> str:
    return f"“{cut(' '.join(text.split()), LONG)}”"


def holes(text: str) -> str:
    """Show what a run fills in by its name: `${inputs.service}` as `[service]`, a longer expression as `[…]`."""

    def shown(hole: re.Match[str]) -> str:
        return f"[{short(hole[1], LONG)}]" if _ONE_NAME.fullmatch(hole[1].strip()) else "[…]"

    return _HOLE.sub(shown, text)


def plain(name: str) -> str:
    """Write an identifier as words: a role, a user, a playbook, a field."""
    return name.removeprefix("user:").replace("-", " ").replace("_", " ")


def step(of: StepSpec) -> str:
    """Name a step by its title, without what only a run can fill in."""
    bare = _HOLE.sub("", of.title)
    return quoted(" ".join(bare.split()).strip(" ,:") or capital(plain(of.id)))


def named(definition: Definition, id: str) -> str:
    """Name a step of this definition, or whatever else stands where steps do."""
    if id in definition.steps:
        return step(definition.steps[id])
    return {STARTER: "whoever started the run"}.get(id, plain(id))


def target(definition: Definition, id: str) -> str:
    """Say where a way leads."""
    if id in definition.steps:
        return f"goes to {step(definition.steps[id])}"
    return {LEAVE: "goes to the end", FAIL: "ends the run as failed", ROLLBACK: "undoes the run"}.get(id, f"to {id}")


def place(definition: Definition, within: str) -> str:
    """Say in which list a step stands; empty for the main one."""
    if within == MAIN:
        return ""
    branch = within.partition("/")[2]
    owner = named(definition, owner_of(within))
    return f"in the branch {quoted(plain(branch))} of {owner}" if branch else f"in {owner}"


def noun(of: StepSpec) -> str:
    """The word for its kind."""
    kind = of.kind
    return {"decide": "decision", "set": "computation", "call": "called playbook", "each": "loop"}.get(kind, kind)


def articled(of: StepSpec) -> str:
    word = noun(of)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Join words as a sentence does."""
    words = list(words)
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def roles(names: Iterable[str]) -> str:
    return listed([plain(name) for name in names]) or "nobody"


def counted(count: int, role: str) -> str:
    """So many people of a role: `2 release managers`, `1 of security`."""
    name = plain(role)
    if role.startswith("user:") or not _COUNTED.search(name):
        return f"{count} of {name}"
    return f"{count} {name}" + ("" if count == 1 else "s")


def length(of: Length | timedelta | None) -> str:
    return durations.say(of) if of is not None else ""


def expression(text: str | None) -> str:
    return short(text or "", LONG)


def now_and_before(now: str, before: str, verb: str = "is", was: str = "was") -> str:
    """`is now 2 d; before it was 1 d`, also where there is nothing on one side."""
    return f"{verb} now {now}; before it {was} {before}"
