"""The two forms of the page: days, people and playbooks as typed, what they mean, and the message at each field.

Days are those of whoever is away or hands over. What a verb refuses keeps everything that was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.http import QueryDict

from dashboards import forms
from dashboards.forms import Control
from engine import fields
from engine.definition import FieldSpec
from runs import periods
from runs.models import Absence
from workflows.models import Artifact, Person

_LONGEST = 300
_REASON = FieldSpec("reason", "text", title="Why", required=False, help="Whoever acts reads it, and so does the log.")
AWAY = (
    FieldSpec("starts_at", "date", title="First day away"),
    FieldSpec("ends_at", "date", title="Last day away"),
    FieldSpec("substitute", "user", title="Who acts then", required=False, help="Without anybody, it all waits."),
    _REASON,
)
HAND_OVER = (
    FieldSpec("to", "user", title="Who is to act"),
    FieldSpec("starts_at", "date", title="From"),
    FieldSpec("ends_at", "date", title="Until the end of"),
    _REASON,
)


@dataclass(frozen=True)
class Typed:
    """What came with a POST: texts by field, what they mean where they mean something, and errors by field."""

    texts: Mapping[str, str]
    errors: dict[str, str]
    days: Mapping[str, date] = field(default_factory=dict)
    somebody: Person | None = None
    playbooks: tuple[Artifact, ...] = ()

    @property
    def reason(self) -> str:
        return self.texts.get("reason", "")

    def starts_at(self, person: Person, absence: Absence | None = None) -> datetime:
        """The first instant of the first day; of an absence that is changed its own where the day is left."""
        day = self.days["starts_at"]
        if absence is not None and _first_day(absence, person) == day:
            return absence.starts_at
        return periods.beginning(day, person)

    def ends_at(self, person: Person, absence: Absence | None = None) -> datetime:
        day = self.days["ends_at"]
        if absence is not None and _last_day(absence, person) == day:
            return absence.ends_at
        return periods.after(day, person)


def _first_day(absence: Absence, person: Person) -> date:
    return absence.starts_at.astimezone(person.zone).date()


def _last_day(absence: Absence, person: Person) -> date:
    return periods.last_day(absence.ends_at, person)


def read(specs: Sequence[FieldSpec], post: QueryDict, offered: Mapping[str, str] | None = None) -> Typed:
    """Take a POST apart. `offered` are the playbooks there are, by slug."""
    texts = forms.typed(specs, post)
    errors: dict[str, str] = {}
    days: dict[str, date] = {}
    somebody: Person | None = None
    for spec in specs:
        text = texts[spec.name]
        if spec.type == "date":
            days.update(_day(spec.name, text, errors))
        elif spec.type == "user" and text:
            somebody = Person.objects.filter(username=text).first()
            if somebody is None:
                errors[spec.name] = f"There is nobody called {text[:80]}."
        elif spec.type == "user" and spec.required:
            errors[spec.name] = "Choose who is to act."
        elif len(text) > _LONGEST:
            errors[spec.name] = f"At most {_LONGEST} characters, please; these are {len(text)}."
    slugs = [slug for slug in post.getlist("playbook") if slug in (offered or {})]
    return Typed(texts, errors, days, somebody, tuple(Artifact.objects.filter(slug__in=slugs)) if slugs else ())


def _day(name: str, text: str, errors: dict[str, str]) -> dict[str, date]:
    if not text:
        errors[name] = fields.MISSING
        return {}
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors[name] = "This is no day. Write it as 2026-06-22."
        return {}
    if not 2000 <= day.year <= 2999:
        errors[name] = "This day is too far away."
        return {}
    return {name: day}


def lay_out(
    specs: Sequence[FieldSpec],
    form: str,
    typed: Mapping[str, str] | None,
    errors: Mapping[str, str],
    people: Sequence[Person],
) -> list[Control]:
    """Lay out one form; `form` keeps the ids of the two apart."""
    controls = forms.controls(specs, typed, errors, people)
    return [replace(control, id=f"{form}-{control.name}") for control in controls]


def of_absence(absence: Absence) -> dict[str, str]:
    """What stands in the form while an absence is changed."""
    return {
        "starts_at": f"{_first_day(absence, absence.person)}",
        "ends_at": f"{_last_day(absence, absence.person)}",
        "substitute": absence.substitute.username if absence.substitute else "",
        "reason": absence.reason,
    }
