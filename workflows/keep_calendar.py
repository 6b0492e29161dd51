"""Keep a calendar of the organisation's own: load it from YAML, or let a unit count by one.

What was published with a calendar carries it as it was then: a change counts once a playbook is published again.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from engine import values
from engine.calendars import calendar as calendars
from engine.language.calendar import read_document
from engine.problems import Problem, did_you_mean
from workflows import governing, guard
from workflows.calendars import KNOWN, Known
from workflows.models import Calendar, Person, Unit
from workflows.publish import NotPublished

log = structlog.get_logger()
LONGEST_TITLE = 200


def keep(
    text: str, unit: Unit, person: Person | None, file: str = "", at: datetime | None = None
) -> Calendar | NotPublished:
    """Keep this YAML as a calendar of the unit, in a person's name; None is the installation itself.

    A calendar of that name which the unit has already is changed. What has not changed is left as it is.
    """
    calendar = check(text, unit, person, file)
    if isinstance(calendar, NotPublished):
        _note_refusal(person, unit)
        return calendar
    with transaction.atomic():
        there = Calendar.objects.select_for_update().filter(name=calendar.name).first()
        if there is not None and there.source == text and there.digest == calendar.digest:
            return there
        kept, is_new = Calendar.objects.update_or_create(
            name=calendar.name,
            defaults={
                "unit": unit,
                "title": calendar.title,
                "source": text,
                "content": values.canonical(calendars.to_json(calendar)).decode(),
                "digest": calendar.digest,
                "number": there.number + 1 if there else 1,
                "changed_at": at or timezone.now(),
                "changed_by": person,
            },
        )
        governing.note(
            governing.Kind.CALENDAR_KEPT, person or "penstock", unit, detail=f"{kept.name} {kept.number}", at=at
        )
    log.info("calendar_kept", calendar=kept.name, number=kept.number, is_new=is_new, digest=kept.digest)
    return kept


def check(text: str, unit: Unit, person: Person | None, file: str = "") -> calendars.Calendar | NotPublished:
    """Read this YAML as a calendar that the unit may keep in this person's name, or say why it may not."""
    if person is not None and not (verdict := guard.may(person, "keep-calendar", unit)):
        return NotPublished(sentence=verdict.sentence)
    calendar, problems = read_document(text, file)
    if calendar is None:
        return NotPublished(problems)
    there = Calendar.objects.filter(name=calendar.name).select_related("unit").first()
    if wrong := _trouble(calendar, there, unit):
        return NotPublished((Problem(*wrong, file=file),))
    return calendar


def count_by(unit: Unit, name: str, person: Person | None) -> str:
    """Let a unit's playbooks count by this calendar where they name none; empty: by that of the unit above.

    Returns why not, in a sentence, or nothing.
    """
    if person is not None and not (verdict := guard.may(person, "keep-calendar", unit)):
        _note_refusal(person, unit)
        return verdict.sentence
    known = Known()
    if name and name not in known:
        return f"There is no calendar `{name}`. {did_you_mean(name, known) or ''}".strip()
    with transaction.atomic():
        there = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        if there.calendar != name:
            Unit.objects.filter(pk=unit.pk).update(calendar=name)
            detail = f"calendar: {name or 'none'} (was {there.calendar or 'none'})"
            governing.note(governing.Kind.UNIT_CHANGED, person or "penstock", unit, detail=detail)
    unit.calendar = name
    log.info("unit_counts_by", unit=unit.slug, calendar=name)
    return ""


def _note_refusal(person: Person | None, unit: Unit) -> None:
    """Write down that somebody tried what they may not."""
    if person is not None and not (verdict := guard.may(person, "keep-calendar", unit)):
        with transaction.atomic():
            governing.refuse(person, "keep a calendar", verdict, unit)


def _trouble(calendar: calendars.Calendar, there: Calendar | None, unit: Unit) -> tuple[str, str] | None:
    if calendar.name in KNOWN:
        return "duplicate-id", f"A calendar called `{calendar.name}` is shipped."
    if there is not None and there.unit != unit:
        return "duplicate-id", f"{there.unit} already keeps a calendar called `{calendar.name}`."
    if len(calendar.title) > LONGEST_TITLE:
        return "bad-value", f"`title` has more than {LONGEST_TITLE} characters."
    return None
