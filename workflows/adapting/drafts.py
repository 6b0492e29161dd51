"""Where the text of a child goes: a draft of it, a version that nothing starts on until it is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import definition as definitions
from engine import values
from engine.definition import Definition
from engine.language.template import head_of
from workflows import guard, parents
from workflows.adapting.trying import tried
from workflows.clock import database_clock
from workflows.governing import Kind, note
from workflows.models import Artifact, Person, Unit, Version
from workflows.semantic import proposed
from workflows.writing import writing


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written, and why; `field` is the input that it belongs to."""

    code: str
    sentence: str
    field: str = ""


def keep(text: str, unit: Unit, person: Person, changes: str, based_on: Version | None) -> Version | Refused:
    """Write a draft of the child that the text names, in a person's name; it may have errors still."""
    found = tried(text, unit)
    definition, slug = found.definition, named_in(text)
    with writing():
        artifact = Artifact.objects.filter(slug=slug).select_related("unit").first()
        if not (verdict := guard.may(person, "author", artifact.unit if artifact else unit)):
            note(Kind.REFUSED, person, artifact or unit, detail=f"draft: {verdict.sentence}")
            return Refused(verdict.code, verdict.sentence)
        if artifact is None:
            artifact = Artifact.objects.create(slug=slug, unit=unit)
        elif based_on is None:
            return Refused("duplicate-id", f"The id `{slug}` is taken: choose another one.", "id")
        last = artifact.versions.order_by("-number").first()
        version = Version(
            artifact=artifact,
            number=last.number + 1 if last else 1,
            source=text,
            author=person,
            written_at=database_clock(),
            based_on=based_on,
            changes=changes,
            **(_columns(definition, based_on) if definition is not None else _unknown(slug, based_on)),
        )
        version.save()
        note(Kind.DRAFTED, person, version, detail=changes)
    return version


def named_in(text: str) -> str:
    """Return the id in the first line of a child's text."""
    return head_of(text, "playbook").get("playbook", "")


def _columns(definition: Definition, based_on: Version | None) -> dict[str, Any]:
    return {
        "title": definition.title,
        "kind": definition.kind,
        "summary": definition.summary,
        "domain": definition.domain,
        "risk": definition.risk,
        "maturity": definition.maturity,
        "definition": values.canonical(definitions.to_json(definition)).decode(),
        "digest": definition.digest,
        "semantic": proposed(based_on, definition),
        "parent": parents.version_of(definition),
    }


def _unknown(slug: str, based_on: Version | None) -> dict[str, Any]:
    """Return what is kept of a text that does not compile: what was known before."""
    return {"title": based_on.title if based_on else slug, "kind": based_on.kind if based_on else "playbook"}
