"""Publish a playbook, decision or plan: compile it, and let it be the next version of its artifact, for new runs.

Runs that are under way stay on the version they started on; the version published before becomes
deprecated in the same transaction. What has not changed makes no new version. A playbook carries the tables of the
decisions that it asks as they are published now, and what it adapts: a newer decision or parent counts once the
playbook is published again. What it calls is published before it; which version a run calls is decided when the run
starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from engine import definition as definitions
from engine import values
from engine.compiler import compile_text
from engine.definition import Definition
from engine.language import plan as plan_documents
from engine.language.plan import Plan
from engine.problems import Problem, has_errors
from engine.tables import table as tables
from engine.tables.table import Table
from workflows import calendars, decisions, guard, named, parents, plans, playbooks
from workflows.eligible import too_few
from workflows.models import DECISION, PLAN, Artifact, Person, Unit, Version
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
    is_staffed: bool = True,
) -> Version | NotPublished:
    """Publish this YAML for a unit, in a person's name; None is the installation itself (the shipped library).

    Returns the version that new runs now start on: the one before, where nothing has changed. `at` is for
    records made after the fact; left out, it is now. `is_staffed` asks that there be people for every task and gate:
    what the installation itself publishes, and the shipped library, come before them.
    """
    if person is not None and not (verdict := guard.may(person, "publish", unit)):
        return NotPublished(sentence=verdict.sentence)
    compiled = compile_text(
        text,
        file,
        calendars.Known(),
        usual=calendars.usual(unit),
        decisions=decisions.known(),
        playbooks=playbooks.Published(),
        parents=parents.PUBLISHED,
    )
    problems = compiled.problems
    document = compiled.document
    content = compiled.definition or compiled.table or (document if isinstance(document, Plan) else None)
    if document is not None and content is None:
        return NotPublished(problems, "Only playbooks, decisions and plans are published.")
    if content is None or has_errors(problems):
        return NotPublished(problems)
    problems += tuple(named.strangers(compiled, content, unit))
    if isinstance(content, Plan):
        problems += tuple(plans.problems(compiled, content))
    is_staffed = is_staffed and person is not None
    if is_staffed and isinstance(content, Definition) and not has_errors(problems):
        problems += too_few(compiled, content, unit)
    if has_errors(problems):
        return NotPublished(problems)
    proven = describe(content, problems, scenarios_passed, is_staffed).to_json()
    with transaction.atomic():
        return _write(content, text, proven, unit, person, at or timezone.now())


def _write(
    content: Definition | Table | Plan,
    text: str,
    proven: dict[str, object],
    unit: Unit,
    person: Person | None,
    at: datetime,
) -> Version:
    slug = named.id_of(content)
    artifact, _ = Artifact.objects.get_or_create(slug=slug, defaults={"unit": unit})
    artifact = Artifact.objects.select_for_update().get(pk=artifact.pk)
    before = artifact.published
    if before is not None:
        if before.digest == content.digest:
            return before
        before.deprecate()
        before.save()
    last = artifact.versions.order_by("-number").first()
    version = Version(
        artifact=artifact,
        number=last.number + 1 if last else 1,
        title=content.title,
        summary=content.summary,
        source=text,
        digest=content.digest,
        **_own(content),
        proven=proven,
        published_at=at,
        published_by=person,
    )
    version.publish()
    version.save()
    if isinstance(content, Definition):
        version.role_groups.set(named.known_groups(content))
        version.role_people.set(named.known_people(content))
    log.info("version_published", artifact=artifact.slug, version=version.number, digest=version.digest)
    return version


def _own(content: Definition | Table | Plan) -> dict[str, Any]:
    """Return what a playbook has and a decision or a plan has not, and how each is stored."""
    if isinstance(content, Plan):
        return {"kind": PLAN, "definition": values.canonical(plan_documents.to_json(content)).decode()}
    if isinstance(content, Table):
        definition = values.canonical(tables.to_json(content)).decode()
        return {"kind": DECISION, "domain": content.domain, "definition": definition}
    return {
        "kind": content.kind,
        "domain": content.domain,
        "risk": content.risk,
        "maturity": content.maturity,
        "definition": values.canonical(definitions.to_json(content)).decode(),
        "has_triggers": bool(content.schedules or content.webhooks),
    }
