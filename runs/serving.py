"""Which runs deliver what of a plan: read for whoever shows it, and written with the start of a run.

`Serving` stands inside `runs.batch`. The plan is locked there, so that of two who press the button at once one starts
the run and the other is told; nothing is asked of the database where no start is for a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.language.plan import Milestone, Plan
from engine.lifecycles import RunStatus, VersionStatus
from engine.machine.commands import Refusal
from engine.progress import Going, Slot, slots_of
from runs import deliveries as delivered
from runs.deliveries import Serves
from runs.models import Delivery
from runs.outcomes import Accepted, Outcome
from workflows import plans
from workflows.models import Artifact, Version

#: What a run's columns are read for: what `Going` says, and nothing heavy.
COLUMNS = ("milestone", "nth", "run", "run__status", "run__incident_count", "run__due_at", "run__ended_at")


def going(plan_keys: Iterable[int]) -> dict[int, list[Going]]:
    """Return the runs that deliver these plans, by the plan's key, the first one first. One statement."""
    found: dict[int, list[Going]] = {key: [] for key in plan_keys}
    rows = Delivery.objects.filter(plan__in=list(found)).order_by("pk")
    for plan, playbook, milestone, nth, key, status, incidents, due_at, ended_at in rows.values_list(
        "plan", "run__version__artifact__slug", *COLUMNS
    ):
        run = Going(key, milestone, nth, playbook, RunStatus(status), bool(incidents), due_at, ended_at)
        found[plan].append(run)
    return found


@dataclass
class Held:
    """A plan as it is published, or None, locked until the transaction ends, with the runs that deliver it."""

    plan: Plan | None
    runs: list[Going]

    def milestone(self, id: str) -> Milestone | None:
        return self.plan.milestone(id) if self.plan else None

    def slots(self, milestone: Milestone) -> tuple[Slot, ...]:
        return slots_of(milestone, [run for run in self.runs if run.milestone == milestone.id])[0]


def hold(plan_keys: Iterable[int]) -> dict[int, Held]:
    """Lock these plans and read them as they are now. Three statements, and one for each plan that is new here."""
    # NO KEY: runs and versions that name a plan are written meanwhile
    rows = Artifact.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(plan_keys)).order_by("pk")
    keys = [artifact.pk for artifact in rows]
    published = Version.objects.plans().filter(artifact__in=keys, status=VersionStatus.PUBLISHED.value)
    digests = dict(published.values_list("artifact", "digest"))
    runs = going(keys)
    return {key: Held(plans.by_digest(digests[key]) if key in digests else None, runs[key]) for key in keys}


class Serving:
    """The plans that starts of one transaction are for."""

    def __init__(self, deliveries: Sequence[delivered.Delivery]) -> None:
        self.deliveries = [one for one in deliveries if one.serves is not None and one.version is not None]
        self.held = hold(one.serves.plan for one in self.deliveries if one.serves) if self.deliveries else {}
        self.taken: set[Serves] = set()

    def refusal(self, delivery: delivered.Delivery) -> Refusal | None:
        """Refuse a start that the plan, as it is published now, does not wait for."""
        serves, version = delivery.serves, delivery.version
        if serves is None or version is None:
            return None
        held = self.held.get(serves.plan)
        milestone = held.milestone(serves.milestone) if held else None
        if held is None or milestone is None or serves.nth >= len(milestone.runs):
            return Refusal("not-in-plan", "The plan has changed meanwhile: it does not ask for this run any more.")
        if milestone.runs[serves.nth].playbook != version.artifact.slug:
            return Refusal("not-in-plan", "The plan has changed meanwhile: it asks for another playbook here.")
        if not held.slots(milestone)[serves.nth].is_startable or serves in self.taken:
            return Refusal(
                "delivered", "Somebody has started this run of the plan meanwhile: it is on the plan's page."
            )
        self.taken.add(serves)
        return None

    def write(self, outcomes: Sequence[Outcome | None]) -> None:
        """Write what the new runs deliver; a repeat has it already. One statement, or none."""
        begun = {one.run_id for one in outcomes if isinstance(one, Accepted) and not one.repeated}
        rows = [
            Delivery(run_id=one.run_id, plan_id=one.serves.plan, milestone=one.serves.milestone, nth=one.serves.nth)
            for one in self.deliveries
            if one.serves is not None and one.run_id in begun
        ]
        if rows:
            Delivery.objects.bulk_create(rows)
