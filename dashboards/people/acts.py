"""What an administrator may do to an account: each act with its consequence, its form, and the verb that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse

from dashboards.people import effects
from workflows import guard
from workflows.directory import accounts, administrators, memberships, parts, passwords
from workflows.directory.changing import NotChanged, Outcome
from workflows.guard import Verdict
from workflows.models import Part, Person, Unit


@dataclass(frozen=True)
class Act:
    """`verb` stands on the button; the verdict is the guard's now, never a licence."""

    name: guard.Change
    verb: str
    icon: str
    verdict: Verdict
    person: Person
    is_danger: bool = False

    @property
    def address(self) -> str:
        return reverse(f"person-{self.name}", args=[self.person.username])


#: Verb and icon of each; `{}` is the person's name.
WORDS: Mapping[guard.Change, tuple[str, str]] = {
    "change": ("Change details", "pencil"),
    "join": ("Take into a group", "people"),
    "leave": ("Take out of a group", "return"),
    "give-part": ("Give a part", "key"),
    "take-part": ("Take a part away", "return"),
    "set-password": ("Set a temporary password", "lock"),
    "make-administrator": ("Make an administrator", "key"),
    "unmake-administrator": ("Take administrator’s rights", "return"),
    "activate": ("Let in again", "play"),
    "deactivate": ("Shut out", "pause"),
}
DANGERS = ("leave", "take-part", "unmake-administrator", "deactivate")


def of(by: Person, person: Person) -> tuple[Act, ...]:
    """Offer what would change something about this account, to an administrator."""
    if not guard.is_administrator(by):
        return ()
    names: list[guard.Change] = ["change"]
    if not person.is_service and person.is_active:
        names.append("set-password")
    if person.is_superuser:
        names.append("unmake-administrator")
    elif person.is_active and not person.is_service:
        names.append("make-administrator")
    names.append("deactivate" if person.is_active else "activate")
    return tuple(named(by, person, name) for name in names)


def named(by: Person, person: Person, name: guard.Change) -> Act:
    """Return one act with the guard's verdict now."""
    verb, icon = WORDS[name]
    return Act(name, verb, icon, guard.may_change(by, name, person), person, name in DANGERS)


def consequences(act: Act, asked: QueryDict) -> list[str]:
    """Say what the act will do. `asked` may name the group or part that is meant."""
    return _SAYS[act.name](act.person, asked)


_SAYS: Mapping[guard.Change, Callable[[Person, QueryDict], list[str]]] = {
    "change": lambda person, _: [f"{person} keeps the name `{person.username}`, which playbooks and logs know."],
    "join": effects.of_joining,
    "leave": effects.of_leaving,
    "give-part": lambda person, _: [
        "A part holds in the unit and in everything below it.",
        *(["A service account decides nothing, whatever its parts."] if person.is_service else []),
    ],
    "take-part": lambda person, _: ["What they did with it stays done. Parts in units above are not touched."],
    "set-password": lambda person, _: [
        f"{person} has to replace it before anything else can be done with the account. Until then you know it too, "
        "and the log says that you set it. Sessions that are open end."
    ],
    "make-administrator": lambda person, _: [
        f"{person} may add accounts and change everybody’s groups and parts but their own, yours too.",
        "It gives no right over runs, gates or playbooks.",
    ],
    "unmake-administrator": lambda person, _: [f"{person} no longer changes accounts. Groups and parts stay."],
    "activate": lambda person, _: [
        f"{person} counts again in their groups and parts. They need a new password, which you set next."
    ],
    "deactivate": effects.of_shutting_out,
}


def perform(act: Act, by: Person, post: QueryDict) -> Outcome:
    """Do it with what was posted, if `by` may at this instant."""
    return _VERBS[act.name](act.person, by, post)


def _join(person: Person, by: Person, post: QueryDict) -> Outcome:
    chosen, new = post.get("group", "").strip(), post.get("new_group", "").strip()
    if chosen and new:
        return NotChanged("bad-value", says := "Choose a group or name a new one, not both.", {"new_group": says})
    outcome = memberships.join(person, chosen or new, by, is_new=not chosen)
    if isinstance(outcome, NotChanged) and new and "group" in outcome.errors:
        return replace(outcome, errors={"new_group": outcome.errors["group"]})
    return outcome


def _give(person: Person, by: Person, post: QueryDict) -> Outcome:
    unit = Unit.objects.filter(slug=post.get("unit", "")).first()
    if unit is None:
        return NotChanged("bad-value", says := "Choose a unit.", {"unit": says})
    if post.get("part", "") not in Part.Kind.values:
        return NotChanged("bad-value", says := "Choose a part.", {"part": says})
    return parts.give(person, post["part"], unit, by)


def _take(person: Person, by: Person, post: QueryDict) -> Outcome:
    part, _, slug = post.get("part", "").partition(":")
    unit = Unit.objects.filter(slug=slug).first()
    if unit is None:
        return NotChanged("bad-value", says := "Choose a part.", {"part": says})
    return parts.take(person, part, unit, by)


_VERBS: Mapping[guard.Change, Callable[[Person, Person, QueryDict], Outcome]] = {
    "change": lambda person, by, post: accounts.change(person, by, _given(post)),
    "join": _join,
    "leave": lambda person, by, post: memberships.leave(person, post.get("group", ""), by),
    "give-part": _give,
    "take-part": _take,
    "set-password": lambda person, by, post: passwords.set_temporary(person, by, post.get("password", "")),
    "make-administrator": lambda person, by, _: administrators.appoint(person, by),
    "unmake-administrator": lambda person, by, _: administrators.dismiss(person, by),
    "activate": lambda person, by, _: accounts.activate(person, by),
    "deactivate": lambda person, by, _: accounts.deactivate(person, by),
}


def _given(post: QueryDict) -> dict[str, str]:
    return {name: post[name] for name in accounts.DETAILS if name in post}


def add(by: Person, post: QueryDict) -> Outcome:
    """Make an account of what was posted."""
    is_service = post.get("is_service") == "true"
    return accounts.add(post.get("username", ""), by, _given(post), post.get("password", ""), is_service)
