"""The form that asks for an exception: what was typed, what it means, and the message at each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.http import QueryDict

from dashboards import forms
from dashboards.forms import Control
from engine import fields
from engine.definition import FieldSpec
from runs import periods
from workflows.models import Artifact, Person
from workflows.policies import exceptions

_FIELDS = (
    FieldSpec("requirement", "text", title="Which demand it need not keep"),
    FieldSpec(
        "reason",
        "text",
        title="Why, and what is done instead",
        multiline=True,
        help="Whoever decides reads it, and so does every auditor.",
    ),
    FieldSpec("starts_at", "date", title="From"),
    FieldSpec("ends_at", "date", title="Until the end of", help="It ends by itself then. A year at most."),
)


@dataclass(frozen=True)
class Typed:
    """What came with a POST: texts by field, and the days that they mean where they mean one."""

    texts: Mapping[str, str]
    errors: Mapping[str, str]
    days: Mapping[str, date]

    def asked(self, policy: Artifact, playbook: Artifact, person: Person) -> exceptions.Asked:
        """Return what is asked for; the days are those of whoever asks."""
        return exceptions.Asked(
            policy,
            playbook,
            self.texts["requirement"],
            self.texts["reason"],
            periods.beginning(self.days["starts_at"], person),
            periods.after(self.days["ends_at"], person),
        )


def read(post: QueryDict) -> Typed:
    texts = forms.typed(_FIELDS, post)
    errors: dict[str, str] = {}
    days: dict[str, date] = {}
    for spec in _FIELDS:
        text = texts[spec.name]
        if not text:
            errors[spec.name] = fields.MISSING
        elif spec.type == "date":
            try:
                days[spec.name] = date.fromisoformat(text)
            except ValueError:
                errors[spec.name] = "This is no day. Write it as 2026-06-22."
                continue
            if not 2000 <= days[spec.name].year <= 2999:
                errors[spec.name] = "This day is too far away."
    return Typed(texts, errors, days)


def controls(
    policy: Artifact,
    playbook: Artifact,
    typed: Mapping[str, str] | None,
    errors: Mapping[str, str],
    chosen: str,
    today: datetime,
) -> list[Control]:
    """Lay the form out, with the demands to choose from; `chosen` stands there at first."""
    texts = typed if typed is not None else {"requirement": chosen, "starts_at": f"{today:%Y-%m-%d}"}
    laid_out = forms.controls(_FIELDS, texts, errors)
    demands = tuple(exceptions.demands_of(policy, playbook).items())
    return [replace(one, kind="radios", choices=demands) if one.name == "requirement" else one for one in laid_out]


def said(error: str, text: str, label: str, help: str = "", required: bool = True) -> Control:
    """Lay out what whoever decides says."""
    return Control("said", "field-said", label, "area", text, help, error, required)
