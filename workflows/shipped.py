"""The shipped library: playbooks of real use with their scenarios, decisions, in `workflows/library/<id>/`.

Loading is idempotent: what is published already, word for word, is passed over without compiling.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction

from engine import values
from engine.compiler import call_order, compile_text, is_decision
from engine.lifecycles import VersionStatus
from engine.problems import Problem
from engine.tables.table import from_json
from workflows import calendars, decisions, named, parents, scenarios
from workflows.models import Person, Unit, Version
from workflows.playbooks import Published
from workflows.publish import NotPublished, publish

FOLDER = Path(__file__).parent / "library"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one playbook or decision: `version` is what counts now, None where the rest says why not."""

    id: str
    version: Version | None
    is_new: bool = False
    problems: tuple[Problem, ...] = ()
    sentence: str = ""


class ScenarioFailed(Exception):
    """A scenario of the shipped library does not hold: the installation is broken."""


def playbooks() -> list[Path]:
    """Return the playbook files of the library, by id; but those that are called or adapted come before."""
    texts = {file: file.read_text(encoding="utf-8") for file in _files()}
    files = [file for file, text in texts.items() if not is_decision(text)]
    return [files[number] for number in call_order([texts[file] for file in files])]


def tables() -> list[Path]:
    """Return the decision files of the library, by id."""
    return [file for file in _files() if is_decision(file.read_text(encoding="utf-8"))]


def _files() -> list[Path]:
    return [file for file in sorted(FOLDER.glob("*/*.yaml")) if file.stem == file.parent.name]


def load(person: Person | None = None, at: datetime | None = None) -> Iterator[Loaded]:
    """Publish what is new in the library, making the units and the (empty) groups that it names.

    It is published in this person's name, or as the installation's own. `at` is the time of publishing, for
    records made after the fact.
    """
    for file in (*tables(), *playbooks()):
        text = file.read_text(encoding="utf-8")
        published = Version.objects.filter(
            artifact__slug=file.stem, status=VersionStatus.PUBLISHED, source=text
        ).first()
        is_current = published is not None and (published.is_decision or _stands_on_what_is_published(published))
        yield Loaded(file.stem, published) if is_current else _load(file, text, person, at)


def _stands_on_what_is_published(version: Version) -> bool:
    """Tell whether what a playbook adapts, and the tables that it carries, are still those of the library."""
    definition = json.loads(version.definition)
    for ancestor in definition.get("extends", ()):
        parent = parents.PUBLISHED.find(ancestor["playbook"], "")
        if parent is None or values.digest(parent.text) != ancestor["digest"]:
            return False
    carried = definition.get("tables", {})
    if not carried:
        return True
    known = decisions.known()
    return all(name in known and known[name] == from_json(table) for name, table in carried.items())


def _load(file: Path, text: str, person: Person | None, at: datetime | None) -> Loaded:
    name = str(file.relative_to(FOLDER.parent.parent))
    compiled = compile_text(
        text,
        name,
        calendars.KNOWN,
        decisions=decisions.known(),
        playbooks=Published(),
        parents=parents.PUBLISHED,
    )
    content = compiled.definition or compiled.table
    if content is None or not compiled.ok:
        return Loaded(file.stem, None, problems=compiled.problems)
    passed = _rehearse(file.parent)
    with transaction.atomic():
        owner = content.owner
        unit, _ = Unit.objects.get_or_create(slug=owner, defaults={"title": owner.replace("-", " ").capitalize()})
        for group in sorted(named.groups(compiled.definition)) if compiled.definition else ():
            Group.objects.get_or_create(name=group)
        before = set(Version.objects.filter(artifact__slug=file.stem).values_list("pk", flat=True))
        answer = publish(text, unit, person, name, scenarios_passed=passed, at=at, is_staffed=False)
    if isinstance(answer, NotPublished):
        return Loaded(file.stem, None, problems=answer.problems, sentence=answer.sentence)
    return Loaded(file.stem, answer, is_new=answer.pk not in before)


def _rehearse(folder: Path) -> int:
    """Rehearse the scenarios beside a playbook and return how many passed. Raises `ScenarioFailed`."""
    passed = 0
    for file in scenarios.files_in(folder):
        for rehearsed in scenarios.rehearse_text(file.read_text(encoding="utf-8"), file):
            if rehearsed.failures or rehearsed.problems:
                first = next(iter([*rehearsed.problems, *rehearsed.failures]))
                raise ScenarioFailed(f"{file.name}, line {first.place.line}, {rehearsed.name}: {first.message}")
            passed += 1
    return passed
