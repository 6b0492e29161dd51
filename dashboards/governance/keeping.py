"""What is published and wants looking after: reviews that are due again, owners who left, what nobody uses, children
whose parent has moved on. A fixed number of statements, however much is published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse

from dashboards.governance.deciding import HEAVY, SOON
from dashboards.governance.items import Item, within
from engine.lifecycles import VersionStatus
from runs.models import Run
from workflows import adapting, owners, plans
from workflows.models import DOCUMENTS, Part, Version

#: What was published so long ago and started no run since is used by nobody.
UNUSED = timedelta(days=90)


def published(paths: Sequence[str]) -> list[Version]:
    """Return what these units and those below have published, of every kind."""
    rows = Version.objects.filter(within(paths, "artifact__unit"), status=VersionStatus.PUBLISHED.value)
    related = ("artifact__unit", "artifact__owner", "parent__artifact")
    heavy = (*HEAVY, *(f"parent__{name}" for name in HEAVY))
    return list(rows.select_related(*related).defer(*heavy).order_by("title"))


def review_due_at(version: Version) -> datetime | None:
    """Return when somebody is to look again whether it is still right; None where nothing asks for that."""
    looked = [at for at in (version.published_at, version.artifact.reviewed_at) if at is not None]
    return max(looked) + timedelta(days=version.review_days) if looked and version.review_days else None


def reviews_due(versions: Sequence[Version], now: datetime) -> list[Item]:
    """What was to be looked at again by now, or is within two weeks."""
    due = ((version, review_due_at(version)) for version in versions)
    return [
        _item(
            version,
            f"{'To be' if at > now else 'Was to be'} looked at again every {version.review_days} days"
            f" by {version.artifact.owner or 'whoever owns it'}: is it still right?",
            "Look at it again",
            at=at,
            is_late=at <= now,
        )
        for version, at in due
        if at is not None and at <= now + SOON
    ]


def ownerless(versions: Sequence[Version]) -> list[Item]:
    """What nobody answers for; who answers for a plan stands in its document. Four statements."""
    held = Part.objects.filter(part=Part.Kind.PROCESS_OWNER, person__is_active=True)
    answering = set(held.values_list("unit__path", flat=True))
    named = owners.look_up(plans.of_version(one).owner for one in versions if one.is_plan)
    found = []
    for version in versions:
        owner, unit = version.artifact.owner, version.artifact.unit
        if answering.isdisjoint(unit.paths):
            says = f"Neither {unit} nor a unit above it has an active process owner: nobody may decide on it."
            found.append(_item(version, says, "Give somebody the part", leads_to=reverse("people"), is_late=True))
        elif version.is_plan and owner is None:
            meant = named[plans.of_version(version).owner]
            if meant.is_gone:
                says = f"The plan names {meant.title} as its owner, and nobody answers to that."
                found.append(_item(version, says, "Publish it with another owner", is_late=True))
        elif owner is None:
            found.append(
                _item(version, f"Nobody is named as its owner; the process owners of {unit} are.", "Name an owner")
            )
        elif not owner.is_active:
            found.append(_item(version, f"{owner}, who owned it, has left.", "Name another owner", is_late=True))
    return found


def unused(versions: Sequence[Version], now: datetime) -> list[Item]:
    """Playbooks that were published long ago and of which no run has started since. One statement."""
    since = now - UNUSED
    old = [one for one in versions if one.kind not in DOCUMENTS and one.published_at and one.published_at < since]
    # what started lately has changed lately: `run_version_lane` has the changes of each lane in order
    recent = Run.objects.filter(lane__in=Run.Lane.values, changed_at__gte=since, started_at__gte=since)
    used = Version.objects.filter(artifact__in=[one.artifact_id for one in old])
    used = used.filter(Exists(recent.filter(version=OuterRef("pk")).order_by()))
    in_use = set(used.values_list("artifact", flat=True)) if old else set()
    adapted = {one.parent.artifact_id for one in versions if one.parent}
    return [
        _item(one, f"No run was started in the last {UNUSED.days} days.", "Retire it, or say why it stays")
        for one in old
        if one.artifact_id not in in_use | adapted
    ]


def behind(paths: Sequence[str]) -> list[Item]:
    """What adapts something of which a newer version is published, in these units and below. Two statements."""
    return [
        _item(
            late.child,
            f"Adapts version {late.made_with.number} of {late.made_with.title}, which has a newer one.",
            "See it with the newer one",
            leads_to=reverse("newer-parent", args=[late.child.artifact.slug]),
        )
        for late in adapting.behind(within(paths, "artifact__unit"))
    ]


def _item(
    version: Version, says: str, act: str, at: datetime | None = None, is_late: bool = False, leads_to: str = ""
) -> Item:
    own = reverse("plan" if version.is_plan else "playbook", args=[version.artifact.slug])
    unit = version.artifact.unit.title
    return Item(version.title, own, says, act, unit, at, is_late=is_late, act_address=leads_to)
