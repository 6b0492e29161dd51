"""What was proven of a version, and what stands in its way, for readers: titles and full names in place of ids.

Whoever writes the text reads the same with ids, at their lines, from `manage.py compile` and in the draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pydantic import ValidationError

from engine.problems import Problem
from runs import definitions, directory
from runs.staffing import words
from workflows.models import Version
from workflows.proven import Proven

_QUOTED = re.compile(r"`([^`]+)`")


def proven(version: Version) -> Proven | None:
    """Return what was proven of the version, or None of one that was stored without it."""
    try:
        found = Proven.from_json(version.proven) if version.proven else None
    except ValidationError:
        return None
    return replace(found, warnings=_in_titles(version, found.warnings)) if found else None


def problems(version: Version, found: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return what stands in the way of a version with each message as a reader has it."""
    found = tuple(found)
    says = _in_titles(version, [one.for_readers for one in found])
    return tuple(replace(one, message=message) for one, message in zip(found, says, strict=True))


def _in_titles(version: Version, sentences: Iterable[str]) -> tuple[str, ...]:
    """Put titles, roles in words and full names where ids stand. Two statements, where somebody may be named."""
    sentences = tuple(sentences)
    if version.is_document or not any(map(_QUOTED.search, sentences)):
        return sentences
    definition = definitions.of_version(version)
    tokens = {token for sentence in sentences for token in _QUOTED.findall(sentence)}
    people = directory.look_up(tokens - definition.steps.keys() - definition.roles.keys())

    def called(token: str) -> str:
        return people.name(token) if token in people.members else f"`{token}`"

    return tuple(words.plain(definition, sentence, called) for sentence in sentences)
