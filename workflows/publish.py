"""Publish a playbook, decision, policy or plan: compile it, and let it be the next version of its artifact.

Runs that are under way stay on the version they started on; the version published before becomes deprecated in the same
transaction. A playbook that breaks a policy which binds its unit is not published, nor is a policy that contradicts or
weakens one that binds its own unit. What has not changed makes no new version. A playbook carries the tables of the
decisions that it asks as they are published now, and what it adapts: a newer decision or parent counts once the
playbook is published again. What it calls is published before it; which version a run calls is decided when the run
starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from engine.calendars import Calendar
from engine.compiler import compile_text
from engine.definition import Definition
from engine.language.policy import Policy
from engine.problems import Problem, has_errors
from workflows import calendars, contents, decisions, guard, named, parents, playbooks
from workflows.contents import Content
from workflows.eligible import too_few
from workflows.models import Artifact, Person, Unit, Version
from workflows.policies import checking, inheriting
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
    if isinstance(compiled.document, Calendar):
        return NotPublished(problems, "A calendar is kept, not published.")
    content = compiled.definition or compiled.table or compiled.document
    if content is None or has_errors(problems):
        return NotPublished(problems)
    if (
        isinstance(content, Policy)
        and person is not None
        and not (verdict := guard.may(person, "publish-policy", unit))
    ):
        return NotPublished(sentence=verdict.sentence)
    now = at or timezone.now()
    problems += tuple(named.strangers(compiled, content, unit))
    if isinstance(content, Definition):
        problems += checking.problems(compiled, content, unit, now)
    elif isinstance(content, Policy):
        problems += inheriting.problems(compiled, content, unit)
    is_staffed = is_staffed and person is not None
    if is_staffed and isinstance(content, Definition) and not has_errors(problems):
        problems += too_few(compiled, content, unit)
    if has_errors(problems):
        return NotPublished(problems)
    kept = checking.kept(content, unit) if isinstance(content, Definition) else ()
    proven = describe(content, problems, scenarios_passed, is_staffed, kept).to_json()
    with transaction.atomic():
        return _write(content, text, proven, unit, person, now)


def _write(
    content: Content, text: str, proven: dict[str, object], unit: Unit, person: Person | None, at: datetime
) -> Version:
    artifact, _ = Artifact.objects.get_or_create(slug=contents.slug(content), defaults={"unit": unit})
    artifact = Artifact.objects.select_for_update().get(pk=artifact.pk)
    digest = contents.digest(content)
    before = artifact.published
    if before is not None:
        if before.digest == digest:
            return before
        before.deprecate()
        before.save()
    last = artifact.versions.order_by("-number").first()
    version = Version(
        artifact=artifact,
        number=last.number + 1 if last else 1,
        source=text,
        digest=digest,
        **contents.columns(content),
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
