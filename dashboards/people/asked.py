"""What the pages of people ask for: forms of the acts and of a new account, with what was typed and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.contrib.auth.models import Group

from dashboards.board.rows import group_name
from dashboards.forms import Control
from dashboards.people import told
from workflows import guard
from workflows.directory import accounts
from workflows.models import Part, Person, Unit


def controls(act: guard.Change, person: Person, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    """Lay out what the act asks for, with what was typed and the message at each field."""
    laid_out = _filled(_FORMS[act](person) if act in _FORMS else [], typed, errors)
    return [_settled(one) for one in laid_out] if act in ("leave", "take-part") else laid_out


def _settled(control: Control) -> Control:
    """Offer nothing else where it was said already what is meant: the page names the consequences of that alone."""
    meant = tuple(choice for choice in control.choices if choice[0] == control.value)
    return replace(control, choices=meant or control.choices)


def to_add(typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    """Lay out the form of a new account."""
    name = "Small letters as a rule. Playbooks and logs know them by it: it is never changed."
    says = "It may start runs and read. It never votes, does no person’s task and has no password. This stays so."
    laid_out = [
        _text("username", "Signs in as", help=name),
        *_details(),
        replace(_password(), required=False, help=f"{_password().help} Without one nobody signs in as them yet."),
        replace(_text("is_service", "A program’s account", help=says, required=False), kind="checkbox"),
    ]
    return _filled(laid_out, typed, errors)


def _filled(laid_out: list[Control], typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Control]:
    """A password is never said again, not even to whoever typed it."""
    return [
        replace(
            control,
            value="" if control.kind == "password" else typed.get(control.name, "" if typed else control.value),
            error=errors.get(control.name, ""),
        )
        for control in laid_out
    ]


def _details(person: Person | None = None) -> list[Control]:
    said = {name: getattr(person, name) if person else "" for name in accounts.DETAILS}
    zone = said["time_zone"] or "UTC"
    return [
        _text("first_name", "First name", said["first_name"], required=False),
        _text("last_name", "Last name", said["last_name"], required=False),
        replace(_text("email", "E-mail", said["email"], "Notices go there.", required=False), kind="email"),
        _text("job_title", "Job title", said["job_title"], required=False),
        _text("time_zone", "Time zone", zone, "Such as Europe/Amsterdam. Days and times are shown in it."),
    ]


def _password() -> Control:
    says = "At least 10 characters, nothing common, nothing like the name. Tell it to them yourself: it is not sent."
    return replace(_text("password", "Temporary password", help=says), kind="password")


def _text(name: str, label: str, value: str = "", help: str = "", required: bool = True) -> Control:
    return Control(name, f"field-{name}", label, "text", value, help, required=required)


def _pick(name: str, label: str, choices: tuple[tuple[str, str], ...], required: bool = True) -> Control:
    return Control(name, f"field-{name}", label, "select", "", required=required, choices=choices)


def _groups_to_join(person: Person) -> list[Control]:
    others = Group.objects.exclude(pk__in=person.groups.values("pk")).order_by("name")
    choices = tuple((name, group_name(name)) for name in others.values_list("name", flat=True))
    new = _text("new_group", "Or a new group", help="As playbooks name it: night-shift. It stays.", required=False)
    return [_pick("group", "Group", choices, required=False), new]


def _groups_to_leave(person: Person) -> list[Control]:
    names = person.groups.order_by("name").values_list("name", flat=True)
    return [_pick("group", "Group", tuple((name, group_name(name)) for name in names))]


def _part_to_give(person: Person) -> list[Control]:
    kinds = [kind for kind in Part.Kind if not (person.is_service and kind == Part.Kind.BREAK_GLASS)]
    choices = tuple((kind.value, f"{kind.label.capitalize()}: {told.ALLOWS[kind]}") for kind in kinds)
    units = tuple((unit.slug, f"{unit.title} ({unit.path})") for unit in Unit.objects.order_by("path"))
    return [_pick("part", "Part", choices), _pick("unit", "In the unit", units)]


def _part_to_take(person: Person) -> list[Control]:
    held = person.parts.select_related("unit").order_by("unit__path", "part")
    names = ((f"{part.part}:{part.unit.slug}", part.get_part_display().capitalize(), part.unit) for part in held)
    return [_pick("part", "Part", tuple((key, f"{name} in {unit}") for key, name, unit in names))]


_FORMS: Mapping[guard.Change, Callable[[Person], list[Control]]] = {
    "change": _details,
    "join": _groups_to_join,
    "leave": _groups_to_leave,
    "give-part": _part_to_give,
    "take-part": _part_to_take,
    "set-password": lambda _: [_password()],
}
