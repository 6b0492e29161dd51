"""What a text would be as a version of a unit: compiled, and asked about the organisation and what binds it there.

Drafts, reviews and publishing all ask here, so that what a reviewer saw proven is what is proven again at publishing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from engine.compiler import Compiled, compile_text
from engine.definition import Definition
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.problems import Problem, has_errors
from workflows import calendars, contents, decisions, named, parents, plans, playbooks
from workflows.contents import Content
from workflows.eligible import too_few
from workflows.models import Unit, Version
from workflows.policies import checking, inheriting
from workflows.proven import Proven, describe
from workflows.semantic import proposed

_ID = re.compile(r"^(playbook|decision|policy|plan):[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)


@dataclass(frozen=True)
class Examined:
    """A text, what it is where it could be read, and everything that is wrong with it here and now."""

    text: str
    compiled: Compiled
    content: Content | None
    problems: tuple[Problem, ...]

    @property
    def is_right(self) -> bool:
        return self.content is not None and not has_errors(self.problems)

    @cached_property
    def digest(self) -> str:
        return "" if self.content is None else contents.digest(self.content)


def examine(text: str, unit: Unit, file: str = "", *, is_staffed: bool = True, at: datetime | None = None) -> Examined:
    """Compile a text as a version of this unit. `is_staffed` asks for people for every task and gate.

    `at` is when policies are asked, as exceptions have dates; left out, it is now.
    """
    compiled = compile_text(
        text,
        file,
        calendars.Known(),
        usual=calendars.usual(unit),
        decisions=decisions.known(),
        playbooks=playbooks.Published(),
        parents=parents.PUBLISHED,
    )
    document = compiled.document if isinstance(compiled.document, Policy | Plan) else None
    content, problems = compiled.definition or compiled.table or document, compiled.problems
    if content is None or has_errors(problems):
        return Examined(text, compiled, content, problems)
    problems += tuple(named.strangers(compiled, content, unit))
    if isinstance(content, Definition):
        problems += checking.problems(compiled, content, unit, at or timezone.now())
    elif isinstance(content, Policy):
        problems += inheriting.problems(compiled, content, unit)
    elif isinstance(content, Plan):
        problems += tuple(plans.problems(compiled, content, unit))
    if is_staffed and isinstance(content, Definition) and not has_errors(problems):
        problems += too_few(compiled, content, unit)
    return Examined(text, compiled, content, problems)


def prove(examined: Examined, unit: Unit, scenarios_passed: int = 0, *, is_staffed: bool = True) -> Proven:
    """Say what was proven of a text that is right, with the policies that it keeps."""
    content = examined.content
    assert content is not None, "what is right has been read"
    kept = checking.kept(content, unit) if isinstance(content, Definition) else ()
    return describe(content, examined.problems, scenarios_passed, is_staffed, kept)


def head_of(text: str) -> tuple[str, str]:
    """Return what a text says it is and its id, `("playbook", "absence")`, even where the rest cannot be read."""
    found = _ID.search(text)
    return (found[1], found[2]) if found else ("", "")


def fill(version: Version, examined: Examined) -> None:
    """Put what the text says into the row of a draft; it must be right."""
    content = examined.content
    assert content is not None, "what is right has been read"
    for name, value in contents.columns(content).items():
        setattr(version, name, value)
    version.source, version.digest = examined.text, examined.digest
    version.parent = parents.version_of(content) if isinstance(content, Definition) else None
    version.semantic = proposed(version.based_on, content)
