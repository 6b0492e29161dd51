"""What an administrator may do to the tree: each act with its form, its consequences, and the verb that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import QueryDict

from dashboards.forms import Control
from dashboards.people.told import part_name
from workflows import guard
from workflows.calendars import Known
from workflows.directory import units
from workflows.directory.changing import NotChanged
from workflows.guard import Verdict
from workflows.models import Part, Person, Unit

#: What the form of a move says for the top of the tree: no unit has this for a slug.
TOP = "/"


def add(by: Person, post: QueryDict) -> units.Outcome:
    """Make a unit of what was posted."""
    parent = _parent(by, post)
    return parent if isinstance(parent, NotChanged) else units.add(post.get("slug", ""), by, _given(post), parent)


def change(unit: Unit, by: Person, post: QueryDict) -> units.Outcome:
    return units.change(unit, by, _given(post))


def move(unit: Unit, by: Person, post: QueryDict) -> units.Outcome:
    parent = _parent(by, post)
    if isinstance(parent, NotChanged):
        return parent
    return units.move(unit, parent, by, although_broken=post.get("although_broken") == "true")


def _given(post: QueryDict) -> dict[str, str | bool]:
    texts: dict[str, str | bool] = {name: post.get(name, "") for name in ("title", "kind", "calendar")}
    return texts | {"decision_links": post.get("decision_links") == "true"}


def _parent(by: Person, post: QueryDict) -> Unit | NotChanged | None:
    """Read where it is to stand. Whoever may not do it is refused by the verb, whatever was posted."""
    slug = post.get("parent", "")
    unit = Unit.objects.filter(slug=slug).first()
    if unit is None and slug != TOP and guard.may_arrange(by):
        return NotChanged("bad-value", says := "Choose where it stands.", {"parent": says})
    return unit


def to_add(typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    """Lay out the form of a new unit."""
    says = "Small letters, as platform or grid-operations. Playbooks name it by this: it is never changed."
    return _filled([_text("slug", "Name in playbooks", says), *_details(), _place()], typed, errors)


def to_change(unit: Unit, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    said = {"title": unit.title, "kind": unit.kind, "calendar": unit.calendar}
    said |= {"decision_links": "true" if unit.decision_links else ""}
    return _filled(_details(), typed or said, errors)


def to_move(unit: Unit, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    said = {"parent": unit.parent.slug if unit.parent else TOP}
    laid_out = [_place(unit)]
    if "although_broken" in errors:
        label, says = "Move it all the same", "What cannot start is changed, or excepted, afterwards."
        laid_out.append(Control("although_broken", "field-although_broken", label, "checkbox", "", says, "", False))
    return _filled(laid_out, typed or said, errors)


def _details() -> list[Control]:
    kinds = tuple((kind.value, kind.label.capitalize()) for kind in Unit.Kind)
    calendars = tuple((name, f"{calendar.title or name} ({name})") for name, calendar in Known().items())
    calendar = "What business time counts by where a playbook names no calendar. None: that of the unit above."
    links = "Mails about gates of this unit and below carry a link that decides once without signing in."
    return [
        _text("title", "Title", "What people read."),
        Control(
            "kind", "field-kind", "Kind", "select", "", "A word for it; nothing follows from it.", "", False, kinds
        ),
        Control("calendar", "field-calendar", "Calendar", "select", "", calendar, "", False, calendars),
        Control("decision_links", "field-decision_links", "Decision links", "checkbox", "", links, "", False),
    ]


def _place(unit: Unit | None = None) -> Control:
    """Where a unit may stand: not below itself. Whatever is posted, the verb judges it."""
    others = [one for one in Unit.objects.order_by("path") if unit is None or not one.path.startswith(unit.path)]
    choices = ((TOP, "At the top"), *((one.slug, f"{one.title} ({one.slug})") for one in others))
    return Control("parent", "field-parent", "Stands below", "select", "", choices=choices)


def _text(name: str, label: str, help: str) -> Control:
    return Control(name, f"field-{name}", label, "text", "", help)


def _filled(laid_out: list[Control], typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    return [replace(one, value=typed.get(one.name, ""), error=errors.get(one.name, "")) for one in laid_out]


def of_moving(unit: Unit) -> list[str]:
    """Say what moving it leads to: who has parts from above now, and will not; what comes along."""
    below = Unit.objects.filter(path__startswith=unit.path).exclude(pk=unit.pk).count()
    along = f"{below} unit{'s' if below != 1 else ''} below it and everything" if below else "Everything"
    said = [f"{along} that belongs to it comes along: playbooks, runs, people’s parts, calendars."]
    above = [path for path in unit.paths if path != unit.path]
    held = Part.objects.filter(unit__path__in=above, person__is_active=True).select_related("person", "unit")
    names = [f"{one.person} ({part_name(one.part)} in {one.unit})" for one in held.order_by("unit__path", "part")[:9]]
    if names:
        more = ", and others" if len(names) > 8 else ""
        said.append(f"Parts from above hold here now and may not afterwards: {', '.join(names[:8])}{more}.")
    said.append("What it would break of the policies that bind there is said before it moves.")
    said.append(
        "Whoever has a part where it comes to stand, or above, has it here too from then on, in runs under way."
    )
    return said


def may(by: Person) -> Verdict:
    """Say whether acts are offered; the verbs ask for themselves."""
    return guard.may_arrange(by)
