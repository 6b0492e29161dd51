"""What of a batch of events is news, and for whom: worked out from the runs before and after, and from the moves.

Whom a step waits for is compared before and after, so that every way to become one of them is found: an opening, a
rung that adds somebody, a sequence that comes to the next role, a delegation. Everything else is a move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from engine.definition import STARTER, Definition, GateSpec, TaskSpec
from engine.lifecycles import INCIDENTS, VISIT_ENDED, Choice, GateStatus, VisitStatus
from engine.machine import quorum, scopes
from engine.machine.commands import Move
from engine.machine.events import ENGINE
from engine.machine.state import State, Visit, step_of
from runs import directory
from runs.directory import USER
from runs.models import Notice
from runs.notices import calling
from runs.notices.piece import News
from runs.story import Happened, Story

Kind = Notice.Kind

DECIDED = {
    GateStatus.APPROVED: "Approved",
    GateStatus.REJECTED: "Rejected",
    GateStatus.RETURNED: "Sent back for changes",
    GateStatus.OVERRIDDEN: "Passed over by an operator",
}
ENDED = {
    "completed": "Completed",
    "failed": "Ended as failed",
    "cancelled": "Cancelled",
    "rolled_back": "Rolled back",
}


@dataclass(frozen=True)
class _Asked:
    """Whom one visit waits for."""

    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def of(stories: Iterable[Story]) -> list[News]:
    """Return the news of these runs, in the order in which they should stand."""
    found: list[News] = []
    for story in stories:
        told = [*_of_moves(story), *_of_visits(story)]
        found += [replace(one, playbook=story.definition.playbook, barred=_barred(story, one)) for one in told]
    return found


def _barred(story: Story, one: News) -> frozenset[str]:
    """Whom the gate of these news excludes by name, the starter or what they did; of roles the guard knows more."""
    visit = story.touched.get(one.visit or 0)
    does = step_of(story.definition, visit).does if visit else None
    if visit is None or visit.asking is None or not isinstance(does, GateSpec):
        return frozenset()
    state = _state(story)
    names = {name.removeprefix(USER) for name in does.exclude if name.startswith(USER)}
    names |= {state.started_by} if STARTER in does.exclude else set()
    return frozenset(names.union(visit.asking.barred, *(state.doers.get(step, ()) for step in does.exclude)))


def _of_visits(story: Story) -> Iterator[News]:
    """Whoever is asked now and was not before."""
    actors = frozenset(one.event.actor for one in story.happened if one.event.actor != ENGINE)
    came_back = _sent_back(story)
    for visit in story.touched.values():
        spec = step_of(story.definition, visit)
        was = story.before.visits.get(visit.number) if story.before else None
        before = _asked(story.defined_before, was) if was else _Asked()
        now = _asked(story.definition, visit)
        people, groups = now.people - before.people, now.groups - before.groups
        title = titled(story.definition, visit)
        if isinstance(spec.does, GateSpec) and people and visit.asking is not None:
            question, handed = visit.asking.question, people & {one.to for one in visit.asking.delegations}
            for says, whom in (("Your decision is asked", people - handed), ("A vote is delegated to you", handed)):
                if whom:
                    yield _news(story, Kind.ASKED, f"{says}: {title}", visit, question, whom, without=actors)
        elif isinstance(spec.does, TaskSpec) and (people or groups):
            if came_back and was is None:
                heading = f"Back for changes: {title}"
                yield _news(story, Kind.REWORK, heading, visit, "", people, groups, without=actors, quotes=came_back)
                continue
            mine = {USER + name for name in people} & {visit.assigned, *visit.added}
            named = frozenset(name.removeprefix(USER) for name in mine)
            if named:
                yield _news(story, Kind.TASK, f"Your task: {title}", visit, "", named, without=actors)
            if groups or people - named:
                heading, others = f"Open to your role: {title}", people - named
                yield _news(story, Kind.OFFERED, heading, visit, "", others, groups, without=actors | named)


def _asked(definition: Definition, visit: Visit) -> _Asked:
    """Return whom a visit waits for now: of a gate those whose turn it is and who have not voted."""
    if visit.status in VISIT_ENDED or visit.status is VisitStatus.WAITING:
        return _Asked()
    does = step_of(definition, visit).does
    if isinstance(does, GateSpec) and visit.asking is not None:
        asking = visit.asking
        delegates = {one.by: one.to for one in asking.delegations}
        seats = [seat for seat in asking.seats or () if quorum.may_speak(does, seat, asking.stage)]
        waiting = {seat.person for seat in seats if seat.person not in asking.spoke}
        return _Asked(frozenset(delegates.get(person, person) for person in waiting))
    if isinstance(does, TaskSpec):
        people, groups = _meant(definition, (visit.assigned, *visit.added))
        return _Asked(people, groups)
    return _Asked()


def _meant(definition: Definition, names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    people: set[str] = set()
    groups: set[str] = set()
    for name in filter(None, names):
        in_groups, users = directory.meaning(definition, name)
        people |= set(users)
        groups |= set(in_groups)
    return frozenset(people), frozenset(groups)


def _sent_back(story: Story) -> tuple[tuple[str, str], ...]:
    """Return what was said where a gate was rejected or sent back just now: at least one line, or nothing."""
    against = {GateStatus.REJECTED.value, GateStatus.RETURNED.value}
    said: list[tuple[str, str]] = []
    for happening in story.happened:
        for move in happening.moves:
            visit = story.touched.get(move.visit or 0)
            if move.kind == "decided" and move.data.get("status") in against and visit and visit.asking:
                votes = [vote for vote in visit.asking.votes if vote.choice in (Choice.REJECT, Choice.RETURN)]
                said += [(vote.person, vote.comment) for vote in votes] or [("", "")]
    return tuple(said)


def _of_moves(story: Story) -> Iterator[News]:
    for happening in story.happened:
        for move in happening.moves:
            teller = _TELLERS.get(move.kind)
            if teller is not None:
                yield from teller(story, happening, move)


def _reminded(story: Story, happening: Happened, move: Move) -> Iterator[News]:
    visit = story.touched.get(move.visit or 0) or _state(story).visits[move.visit or 0]
    users, groups = _meant(story.definition, move.data.get("roles") or ())
    people = frozenset(move.data.get("people") or ()) | users
    body = visit.asking.question if visit.asking else ""
    yield _news(story, Kind.REMINDER, f"Reminder: {titled(story.definition, visit)}", visit, body, people, groups)


def _overdue(story: Story, happening: Happened, move: Move) -> Iterator[News]:
    """To whom it waits for by name, and to the operators; a role is not scolded."""
    visit = story.touched[move.visit or 0]
    people = _asked(story.definition, visit).people
    yield _news(
        story,
        Kind.OVERDUE,
        f"Overdue: {titled(story.definition, visit)}",
        visit,
        "",
        people,
        operators_of=story.run.unit.paths,
    )


def _decided(story: Story, happening: Happened, move: Move) -> Iterator[News]:
    words = DECIDED.get(GateStatus(move.data["status"]))
    visit = story.touched.get(move.visit or 0)
    if words is None or visit is None or visit.asking is None:
        return
    votes = [vote for vote in visit.asking.votes if vote.comment]
    people = frozenset({_state(story).started_by, *visit.asking.spoke})
    yield _news(
        story,
        Kind.DECIDED,
        f"{words}: {titled(story.definition, visit)}",
        visit,
        "" if votes or move.data.get("code") == "vote" else "A rule of the playbook decided.",
        people,
        without=_actor(happening),
        quotes=tuple((vote.person, vote.comment) for vote in votes),
    )


def _incident(story: Story, happening: Happened, move: Move) -> Iterator[News]:
    """To the operators, where it still stands when the batch has ended."""
    state = _state(story)
    visit = state.visits.get(move.visit or 0)
    if visit is None or visit.incident is None or visit.incident.code != move.data.get("code"):
        return
    says = INCIDENTS.get(visit.incident.code, "something went wrong")
    more = visit.incident.message
    body = f"{says[0].upper()}{says[1:]}."
    if more and more.rstrip(".").lower() != says:
        body = f"{body} {more}"
    yield _news(
        story,
        Kind.INCIDENT,
        f"Needs an operator: {titled(story.definition, visit)}",
        visit,
        body,
        operators_of=story.run.unit.paths,
        without=_actor(happening),
    )


def _ended(story: Story, happening: Happened, move: Move) -> Iterator[News]:
    """To whoever started it; a called run is its caller's business."""
    state = _state(story)
    if state.parent is not None:
        return
    title = state.title or story.definition.title
    words = f"{ENDED.get(str(move.data.get('status')), 'Ended')}: {title}"
    message = str(move.data.get("message") or "")
    yield _news(story, Kind.ENDED, words, None, message, frozenset({state.started_by}), without=_actor(happening))


_TELLERS = {
    "reminded": _reminded,
    "overdue": _overdue,
    "decided": _decided,
    "incident": _incident,
    "commented": calling.of,
    "ended": _ended,
}


def titled(definition: Definition, visit: Visit) -> str:
    """The title of a visit, with the number of its item where it belongs to one."""
    title = visit.title or step_of(definition, visit).title or visit.step
    numbers = ".".join(str(index + 1) for index in scopes.indexes(visit.scope)) if visit.scope else ""
    return f"{title} (item {numbers})" if numbers else title


def _news(
    story: Story,
    kind: Notice.Kind,
    title: str,
    visit: Visit | None,
    body: str = "",
    people: Collection[str] = (),
    groups: Collection[str] = (),
    operators_of: tuple[str, ...] = (),
    without: Collection[str] = (),
    quotes: tuple[tuple[str, str], ...] = (),
) -> News:
    return News(
        kind,
        story.run.pk,
        title,
        visit.number if visit else None,
        body,
        frozenset(people),
        frozenset(groups),
        operators_of,
        frozenset(without),
        quotes,
    )


def _actor(happening: Happened) -> frozenset[str]:
    return frozenset({happening.event.actor} - {ENGINE})


def _state(story: Story) -> State:
    assert story.state is not None, "only stories in which something happened are told"
    return story.state
