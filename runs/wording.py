"""The sentences of refusals for reading: people's full names for usernames, roles' ids as words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.definition import Definition
from engine.machine.commands import Refusal
from engine.machine.state import State
from runs import directory
from workflows.models import Version

TEMPLATE = "A template starts no runs: adapt it, and start what comes of it."


def nothing_runs_on(version: Version) -> str:
    """Say why a decision, a policy or a plan starts no runs."""
    does = "playbooks ask it" if version.is_decision else "the playbooks it names do" if version.is_plan else "it binds"
    return f"A {version.kind} starts no runs: {does}."


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal and what it was said of; `others` are people whom the act concerns beside those the state names."""

    definition: Definition
    state: State
    refusal: Refusal
    others: Iterable[str] = ()


def in_words(definition: Definition, state: State, refusal: Refusal, others: Iterable[str] = ()) -> Refusal:
    """Return one refusal in words."""
    return each_in_words([Said(definition, state, refusal, tuple(others))])[0]


def all_in_words(
    definition: Definition, state: State, refusals: Iterable[Refusal], others: Iterable[str] = ()
) -> dict[Refusal, Refusal]:
    """Return several refusals of one run, each with its words."""
    refusals, others = list(refusals), tuple(others)
    worded = each_in_words([Said(definition, state, refusal, others) for refusal in refusals])
    return dict(zip(refusals, worded, strict=True))


def each_in_words(said: Sequence[Said]) -> list[Refusal]:
    """Return refusals of any number of runs in words: the directory is asked once."""
    named = [_named(one) for one in said]
    people = directory.look_up(set().union(*named))
    return [
        Refusal(
            one.refusal.code, _worded(one.definition, one.refusal.sentence, {name: people.name(name) for name in who})
        )
        for one, who in zip(said, named, strict=True)
    ]


def _named(said: Said) -> set[str]:
    """Return the usernames that the sentence speaks of."""
    state = said.state
    named = set(said.others) | {line.by for line in state.ended.values()}
    named |= {visit.claimed_by or "" for visit in state.visits.values()}
    named = named.union(*(visit.asking.concerned for visit in state.visits.values() if visit.asking))
    return {name for name in named if name and name in said.refusal.sentence}


def _worded(definition: Definition, sentence: str, names: dict[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        sentence = _replaced(sentence, name, names[name])
    return roles_in_words(definition, sentence)


def roles_in_words(definition: Definition, sentence: str) -> str:
    for role in sorted(definition.roles, key=len, reverse=True):
        sentence = _replaced(sentence, role, role.replace("-", " ").replace("_", " "))
    return sentence


def _replaced(sentence: str, word: str, by: str) -> str:
    """Replace a whole word; a full stop may follow it, a part of another name may not."""
    return re.sub(rf"(?<![\w.@+-]){re.escape(word)}(?![\w@+-]|\.\w)", lambda _: by, sentence)
