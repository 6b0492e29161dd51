"""A run that is started from a plan: what the ordinary start page fills in, says, and hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from dashboards import forms
from engine.definition import Definition
from engine.language.plan import Delivery, Milestone
from engine.lifecycles import VersionStatus
from engine.machine.commands import Refusal
from engine.plan_inputs import fitting, misfits
from runs.deliveries import Serves
from workflows import plans
from workflows.models import Person, Version

#: What the start page is given in its address, and sends on with its form.
NAMES = ("for-plan", "for-milestone", "for-nth")

#: Said where a plan has been published anew between its page and the start page, or between that and its button.
CHANGED = Refusal(
    "not-in-plan",
    "The plan asks for no such run any more. Started from here, the run would be for no plan.",
)


@dataclass(frozen=True)
class Served:
    """The run of a plan that the start page is open for; `version` is the plan's."""

    version: Version
    milestone: Milestone
    nth: int
    delivery: Delivery

    @property
    def serves(self) -> Serves:
        return Serves(self.version.artifact_id, self.milestone.id, self.nth)

    @property
    def hidden(self) -> Mapping[str, str]:
        return dict(zip(NAMES, (self.version.artifact.slug, self.milestone.id, str(self.nth)), strict=True))


def address(plan: str, milestone: str, nth: int, playbook: str) -> str:
    """Return where this run of a plan is started."""
    asked = dict(zip(NAMES, (plan, milestone, nth), strict=True))
    return f"{reverse('start', args=[playbook])}?{urlencode(asked)}"


def is_asked(asked: Mapping[str, str]) -> bool:
    """Say whether the start page was opened from a plan."""
    return bool(asked.get(NAMES[0]))


def find(person: Person, asked: Mapping[str, str], playbook: str) -> Served | None:
    """Return what the run is to deliver; None where it is for no plan, or for one that asks for no such run (any more).

    Raises Http404 where there is no such plan for the reader.
    """
    slug, milestone_id, nth = (asked.get(name, "")[:64] for name in NAMES)
    if not slug:
        return None
    found = Version.objects.visible_to(person).plans().select_related("artifact")
    version = found.filter(artifact__slug=slug, status=VersionStatus.PUBLISHED.value).first()
    if version is None:
        raise Http404("no such plan")
    milestone = plans.of_version(version).milestone(milestone_id)
    if milestone is None or not nth.isdecimal() or int(nth) >= len(milestone.runs):
        return None
    delivery = milestone.runs[int(nth)]
    return Served(version, milestone, int(nth), delivery) if delivery.playbook == playbook else None


def typed(served: Served, definition: Definition) -> dict[str, str]:
    """Return what stands in the form at first: what the plan gives, and the playbook's own for the rest."""
    given = fitting(served.delivery, definition.inputs)
    return {spec.name: forms.as_typed(spec, given.get(spec.name, spec.default)) for spec in definition.inputs}


def wrong(served: Served, definition: Definition) -> dict[str, str]:
    """Return what of the plan could not be filled in, by the input's name."""
    return {
        one.name: f"What the plan gives does not fit. {one.message}"
        for one in misfits(served.delivery, definition.inputs)
    }
