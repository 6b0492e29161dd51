"""The only place that says whether a person may do a thing, and why or why not.

Asks the directory now, then the machine's own rules (`engine.machine.rights`), which `advance` asks
again inside the transaction with facts of that instant: a verdict given to a page is never a licence.
Sentences name people by their full names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from engine.definition import Definition
from engine.lifecycles import RunStatus
from engine.machine import rights
from engine.machine.commands import Refusal
from engine.machine.events import Facts
from engine.machine.state import State
from runs import definitions, directory
from runs.directory import Directory
from runs.models import Run, seeing
from runs.wording import TEMPLATE, all_in_words, nothing_runs_on
from workflows.eligible import STARTERS
from workflows.models import Part, Person, Version

Act = Literal[
    "see",
    "start",
    "claim",
    "release",
    "complete",
    "vote",
    "withdraw",
    "delegate",
    "cancel",
    "rollback",
    "signal",
    "pause",
    "resume",
    "jump",
    "change",
    "migrate",
    "retry",
    "skip",
    "complete-for",
    "reassign",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """True when allowed. `code` is a refusal's (engine.lifecycles.REFUSALS, or `not-visible`, `not-active`)."""

    allowed: bool
    code: str = ""
    sentence: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Verdict(True)
NOT_ACTIVE = Verdict(False, "not-active", "This account is not active.")
NOT_OPERATING = Verdict(False, "not-in-role", "Only operators of these runs may do this.")
NOT_VISIBLE = Verdict(False, "not-visible", "There is no such run, or it is not yours to see.")


def may(
    person: Person,
    act: Act,
    run: Run | None = None,
    visit: int | None = None,
    version: Version | None = None,
    to: str = "",
) -> Verdict:
    """Say whether this person may do this now: `start` of a version, everything else of a run (and a visit).

    `to` is the address that a `jump` goes to, the name of a `signal`, or the person somebody `delegate`s to; without it
    the question is whether one may be made at all. A `vote` may be one's own, or that of whoever delegated to this
    person; so may a task that is claimed or completed.
    """
    if not person.is_authenticated or not person.is_active:
        return NOT_ACTIVE
    if act == "start":
        if version is None:
            raise ValueError("start what? give the version")
        return may_start(person.username, version)
    if run is None:
        raise ValueError(f"{act} of what? give the run")
    if act == "see":
        return YES if Run.objects.visible_to(person).filter(pk=run.pk).exists() else NOT_VISIBLE
    return may_each([person.username], act, run, visit, to)[person.username]


def may_comment(person: Person, run: Run) -> Verdict:
    """Whoever sees a run may say something there, but who only audits its unit: they read all and change nothing."""
    if person.is_active and Run.objects.filter(seeing.taking_part(person), pk=run.pk).exists():
        return YES
    says = f"Auditors of {run.unit.title} read its runs and change nothing in them."
    return Verdict(False, "not-in-role", says) if (verdict := may(person, "see", run)) else verdict


def may_operate(person: Person, units: Collection[str]) -> Verdict:
    """Say whether this person operates runs of any of these units, given by their paths; two statements.

    Whoever acts on many runs is asked this before each of them asks for itself.
    """
    if not person.is_active:
        return NOT_ACTIVE
    people = directory.look_up([person.username])
    return YES if any(people.operates(person.username, path) for path in units) else NOT_OPERATING


def may_jump(person: Person, run: Run, addresses: Iterable[str]) -> dict[str, Verdict]:
    """Say of each of these addresses whether this person may let the run go on there; the directory is asked once."""
    if not person.is_active:
        return dict.fromkeys(addresses, NOT_ACTIVE)
    state, definition = definitions.state_of(run), definitions.of(run)
    facts = directory.look_up({person.username}).facts(definition, run.unit.path, state, person.username, None)
    refusals = {to: rights.to_jump(definition, state, to, person.username, facts) for to in addresses}
    worded = all_in_words(definition, state, {refusal for refusal in refusals.values() if refusal})
    return {
        to: Verdict(False, worded[refusal].code, worded[refusal].sentence) if refusal else YES
        for to, refusal in refusals.items()
    }


def may_start(username: str, version: Version) -> Verdict:
    """Whoever works in the version's unit or above, or is in one of its roles, may start it."""
    return may_start_each([username], version)[username]


def may_start_each(usernames: Iterable[str], version: Version) -> dict[str, Verdict]:
    """Say of each of these people whether they may start it: three statements for any number."""
    usernames = list(usernames)
    people, starters = directory.look_up(usernames), set(_starters(usernames, version.artifact.unit.paths))
    here = {username for username, _ in starters}
    return {username: _starting(people, username, version, username in here) for username in usernames}


def may_start_of(person: Person, versions: Iterable[Version]) -> dict[int, Verdict]:
    """Say of each of these versions, by its key, whether this person may start it: three statements for any number."""
    versions = list(versions)
    people = directory.look_up([person.username])
    paths = {path for version in versions for path in version.artifact.unit.paths}
    units = {path for _, path in _starters([person.username], paths)}
    return {
        version.pk: _starting(people, person.username, version, not units.isdisjoint(version.artifact.unit.paths))
        for version in versions
    }


def _never_starts(version: Version) -> Verdict | None:
    if version.is_document:
        return Verdict(False, "not-published", nothing_runs_on(version))
    return Verdict(False, "not-published", TEMPLATE) if definitions.of_version(version).template else None


def _starters(usernames: Collection[str], paths: Collection[str]) -> Iterable[tuple[str, str]]:
    """Who of these may start what belongs to the units of these paths, by a part there."""
    parts = Part.objects.filter(person__username__in=usernames, part__in=STARTERS, unit__path__in=paths)
    return parts.values_list("person__username", "unit__path")


def _starting(people: Directory, username: str, version: Version, has_part: bool) -> Verdict:
    if (never := _never_starts(version)) is not None:
        return never
    member = people.members.get(username)
    if member is None or not member.active:
        return NOT_ACTIVE
    held = people.roles(definitions.of_version(version), username)
    if has_part or any(not role.startswith(directory.USER) for role in held):
        return YES
    title = version.artifact.unit.title
    return Verdict(False, "not-in-role", f"Only people of {title}, or in one of the playbook's roles, may start it.")


def may_at(person: Person, act: Act, places: Iterable[tuple[Run, int]]) -> list[bool]:
    """Say of each of these places, a run and a visit of it, whether this person may do this; it is looked up once.

    In the person's own name: what others have delegated is not asked for.
    """
    people = directory.look_up({person.username})
    verdicts = []
    for run, visit in places:
        state, definition = definitions.state_of(run), definitions.of(run)
        facts = people.facts(definition, run.unit.path, state, person.username, visit)
        refusal = _refusal(definition, state, act, person.username, facts, visit, "")
        verdicts.append(person.is_active and refusal is None)
    return verdicts


def may_each(
    usernames: Iterable[str], act: Act, run: Run, visit: int | None = None, to: str = ""
) -> dict[str, Verdict]:
    """Say of each of these people whether they may do this to a run now; the directory is asked once for all."""
    usernames = list(usernames)
    state, definition = definitions.state_of(run), definitions.of(run)
    others = (to,) if act == "delegate" and to else ()
    people = directory.look_up({*usernames, *directory.voters_of(state, visit), *others}, usernames, timezone.now())
    refusals: dict[str, Refusal | None] = {}
    for username in usernames:
        member = people.members.get(username)
        if member is None or not member.active:
            refusals[username] = Refusal(NOT_ACTIVE.code, NOT_ACTIVE.sentence)
            continue
        facts = people.facts(definition, run.unit.path, state, username, visit, others)
        refusals[username] = _refusal(definition, state, act, username, facts, visit, to)
    others = (*others, *(hand.delegator for hands in people.hands.values() for hand in hands))
    worded = all_in_words(definition, state, {one for one in refusals.values() if one}, others)
    return {
        username: Verdict(False, worded[refusal].code, worded[refusal].sentence) if refusal else YES
        for username, refusal in refusals.items()
    }


def _refusal(
    definition: Definition, state: State, act: Act, person: str, facts: Facts, visit: int | None, to: str
) -> Refusal | None:
    """Ask the machine's rule of this act."""
    if state.status is RunStatus.QUEUED and act not in _IN_A_QUEUE:
        refusal = rights.to_operate(state, facts) if act in _OF_RUN or act == "jump" else None
        return refusal or Refusal("not-open", "This run waits for its place.")
    if act == "delegate" and visit is not None:
        return rights.to_delegate(definition, state, visit, person, facts, to or None)
    if act == "jump":
        return rights.to_jump(definition, state, to, person, facts)
    if act == "signal":
        return rights.to_signal(definition, state, to, person, facts)
    if act in _OF_RUN:
        return _OF_RUN[act](definition, state, person, facts)
    if visit is None:
        raise ValueError(f"{act} which step? give the visit's number")
    return _RULES[act](definition, state, visit, person, facts)


#: What may be done to a run that waits for its place (`engine.machine.advance`).
_IN_A_QUEUE = ("cancel", "signal", "migrate")
_OF_RUN: dict[str, Callable[[Definition, State, str, Facts], Refusal | None]] = {
    "cancel": rights.to_cancel,
    "rollback": rights.to_rollback,
    "pause": rights.to_pause,
    "resume": rights.to_resume,
    "change": rights.to_change,
    "migrate": rights.to_migrate,
}
_RULES: dict[str, Callable[[Definition, State, int, str, Facts], Refusal | None]] = {
    "claim": rights.to_claim_for_anybody,
    "release": rights.to_release,
    "complete": rights.to_complete_for_anybody,
    "vote": rights.to_vote_for_anybody,
    "withdraw": rights.to_withdraw,
    "retry": rights.to_retry,
    "skip": rights.to_skip,
    "complete-for": rights.to_complete_for,
    "reassign": lambda definition, state, visit, person, facts: rights.to_reassign(
        definition, state, visit, "", person, facts
    ),
}
