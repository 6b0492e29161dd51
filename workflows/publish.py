"""Publish a playbook: compile it, and open it for new runs as the next version of its artifact.

Runs that are under way stay on the version they started on; the version published before becomes
deprecated in the same transaction. What has not changed makes no new version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from engine import definition as definitions
from engine import values
from engine.compiler import compile_text
from engine.definition import Definition
from engine.problems import Problem, has_errors
from workflows import calendars, guard, named
from workflows.models import Artifact, Person, Unit, Version
from workflows.proven import describe

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NotPublished:
    """Why not: the problems of the document, or (with none) what the guard said."""

    problems: tuple[Problem, ...] = ()
    sentence: str = ""


def publish(
    text: str,
    unit: Unit,
    person: Person | None,
    file: str = "",
    *,
    scenarios_passed: int = 0,
    at: datetime | None = None,
) -> Version | NotPublished:
    """Publish this YAML for a unit, in a person's name; None is the installation itself (the shipped library).

    Returns the version that new runs now start on: the one before, where nothing has changed. `at` is for
    records made after the fact; left out, it is now.
    """
    if person is not None and not (verdict := guard.may(person, "publish", unit)):
        return NotPublished(sentence=verdict.sentence)
    compiled = compile_text(text, file, calendars.KNOWN)
    problems = compiled.problems
    if compiled.definition is None or has_errors(problems):
        return NotPublished(problems)
    problems += tuple(named.strangers(compiled, compiled.definition, unit))
    if has_errors(problems):
        return NotPublished(problems)
    proven = describe(compiled.definition, problems, scenarios_passed).to_json()
    with transaction.atomic():
        return _write(compiled.definition, text, proven, unit, person, at or timezone.now())


def _write(
    definition: Definition, text: str, proven: dict[str, object], unit: Unit, person: Person | None, at: datetime
) -> Version:
    artifact, _ = Artifact.objects.get_or_create(slug=definition.playbook, defaults={"unit": unit})
    artifact = Artifact.objects.select_for_update().get(pk=artifact.pk)
    before = artifact.published
    if before is not None:
        if before.digest == definition.digest:
            return before
        before.deprecate()
        before.save()
    last = artifact.versions.order_by("-number").first()
    version = Version(
        artifact=artifact,
        number=last.number + 1 if last else 1,
        title=definition.title,
        kind=definition.kind,
        summary=definition.summary,
        domain=definition.domain,
        risk=definition.risk,
        maturity=definition.maturity,
        source=text,
        definition=values.canonical(definitions.to_json(definition)).decode(),
        digest=definition.digest,
        proven=proven,
        published_at=at,
        published_by=person,
    )
    version.publish()
    version.save()
    version.role_groups.set(named.known_groups(definition))
    version.role_people.set(named.known_people(definition))
    log.info("version_published", playbook=artifact.slug, version=version.number, digest=version.digest)
    return version
