"""Playbooks and decisions that were asked for, each with its start where the reader may start it."""

from __future__ import annotations

from django.urls import reverse

from dashboards.finder.entries import MOST, Entry, fits
from engine.lifecycles import VersionStatus
from runs import guard
from workflows.models import DECISION, PLAN, POLICY, Person, Version

#: What stands beside what no run starts on.
ICONS = {DECISION: "table", PLAN: "pin", POLICY: "lock"}


def found(person: Person, asked: list[str]) -> tuple[Entry, ...]:
    """Those whose title, id, domain or summary fits; by title first. A library holds hundreds, so all are looked at.

    Five statements, however many fit. Nothing large is read but of those that are shown.
    """
    published = Version.objects.visible_to(person).filter(status=VersionStatus.PUBLISHED.value)
    rows = published.order_by("title").values_list("pk", "title", "artifact__slug", "domain", "summary")
    named = [(pk, f"{title} {slug}", f"{domain} {summary}") for pk, title, slug, domain, summary in rows]
    fitting = [
        (not fits(asked, name), nth, pk) for nth, (pk, name, more) in enumerate(named) if fits(asked, f"{name} {more}")
    ]
    keys = [pk for _, _, pk in sorted(fitting)[:MOST]]
    if not keys:
        return ()
    versions = Version.objects.select_related("artifact__unit").defer("source", "definition", "proven").in_bulk(keys)
    may_start = guard.may_start_of(person, versions.values())
    shown = []
    for key in keys:
        version = versions[key]
        slug = version.artifact.slug
        kind = "Decision" if version.is_decision else version.kind.capitalize() if version.kind != "sop" else "SOP"
        icon = ICONS.get(version.kind, "library")
        note = f"{kind}, {version.artifact.unit.title}"
        shown.append(
            Entry(
                version.title,
                reverse("plan" if version.is_plan else "playbook", args=[slug]),
                icon,
                note,
                f"version {version.number}",
            )
        )
        if may_start[key]:
            shown.append(Entry(f"Start {version.title}", reverse("start", args=[slug]), "play", is_act=True))
    return tuple(shown)
