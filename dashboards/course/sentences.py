"""What one entry of the log says, in plain sentences: one for each move that a reader cares about.

Takes the event and the moves as stored, and full names; leaves texts without markup. What a person wrote is
set apart by the caller: a sentence is (text, quoted).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboards.course.operated import OPERATED, whom
from dashboards.course.told import Lines, Move, Sentence, Told, in_words
from dashboards.course.voting import VOTING
from dashboards.templatetags.times import clock
from engine.lifecycles import INCIDENTS, RUN_MOVES, RunStatus
from engine.machine.events import ENGINE


def tell(moves: Sequence[Mapping[str, Any]], told: Told) -> tuple[Sentence, ...]:
    """Say what happened, in the order in which it did."""
    said: list[Sentence] = []
    for index, move in enumerate(moves):
        if told.is_decision(move):
            said += _decision(moves[index + 1 :], told)
        else:
            said += TELLERS.get(move["kind"], _silent)(move, told)
    said = [one for nth, one in enumerate(said) if not _is_repeated(one, said[:nth])]
    if not said:
        said = [Sentence(f"{told.actor} acted ({told.event.replace('_', ' ')}).")]
    if told.reason:
        said[0] = Sentence(said[0].text, said[0].quote or told.reason)
    return tuple(said)


def _decision(following: Sequence[Move], told: Told) -> Lines:
    """Say where the rules led: to the step that comes next among the moves."""
    target = next((move for move in following if move["kind"] in ("opened", "skipped", "ended")), None)
    if target is not None and target.get("visit"):
        yield Sentence(f"The playbook's rules lead to {told.title(target)}.")


def _is_repeated(sentence: Sentence, before: Sequence[Sentence]) -> bool:
    return any(one.text == sentence.text and one.quote == sentence.quote for one in before)


def _silent(move: Move, told: Told) -> Lines:
    return iter(())


def _started(move: Move, told: Told) -> Lines:
    if told.event == "admit":
        yield Sentence("The run got its place and began.")
    else:
        yield Sentence(f"{told.actor} started the run.")


def _queued(move: Move, told: Told) -> Lines:
    place = move["data"].get("place")
    yield Sentence(f"{told.actor} started the run; it waits for a place{f' for “{place}”' if place else ''}.")


def _opened(move: Move, told: Told) -> Lines:
    kind = told.kind(move)
    if kind in ("task", "wait", "action"):
        yield Sentence(f"{told.title(move)} opened.")
    elif kind in ("parallel", "each"):
        yield Sentence(f"{told.title(move)} began{': its parts go side by side' if kind == 'parallel' else ''}.")


def _skipped(move: Move, told: Told) -> Lines:
    if told.event == "skip" and move["data"].get("by"):
        yield Sentence(f"{told.actor} skipped {told.title(move)}.")
    elif move["data"].get("by"):
        yield Sentence(f"{told.actor} passed over {told.title(move)}.")
    elif not told.is_guarded(move):
        yield Sentence(f"{told.title(move)} was skipped: nothing that it needs was taken.")
    else:
        yield Sentence(f"{told.title(move)} was skipped: its condition does not hold.")


def _completed(move: Move, told: Told) -> Lines:
    kind, by, outcome = told.kinds.get(move.get("step") or ""), move["data"].get("by"), move["data"].get("outcome")
    if kind == "task" and by and by != ENGINE:
        how = f" as {outcome}" if outcome else ""
        yield Sentence(f"{told.name(by)} completed {told.title(move)}{how}.")
    elif kind == "task":
        yield Sentence(f"{told.title(move)} was closed{f' as {outcome}' if outcome else ''} by a rule of the playbook.")
    elif kind == "action":
        yield Sentence(f"{told.title(move)} was done by machine.")
    elif kind == "wait" and told.signal(move):
        yield Sentence(f"{told.title(move)}: the signal “{told.signal(move)}” has come.")
    elif kind == "wait":
        yield Sentence(f"{told.title(move)}: the time is up.")
    elif kind in ("parallel", "each"):
        yield Sentence(f"{told.title(move)} is complete.")


def _failed(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.title(move)} failed for good.", str(move["data"].get("error", "")))


def _cancelled(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.title(move)} was cancelled.")


def _shut(move: Move, told: Told) -> Lines:
    at = datetime.fromisoformat(str(move["data"]["opens_at"]))
    yield Sentence(f"{told.title(move)} waits for its window, which opens {clock(at)}.")


def _called(move: Move, told: Told) -> Lines:
    data = move["data"]
    again = " once more" if int(data.get("nth") or 1) > 1 else ""
    yield Sentence(f"{told.title(move)} called the playbook {data.get('playbook', '')}{again}.")


def _returned(move: Move, told: Told) -> Lines:
    data, status = move["data"], str(move["data"].get("status", ""))
    how = {"completed": "was completed", "refused": "could not be started"}.get(status, f"ended as {in_words(status)}")
    yield Sentence(f"The run that {told.title(move)} called {how}.", str(data.get("message") or ""))


def _claimed(move: Move, told: Told) -> Lines:
    by = move["data"].get("by")
    if told.event == "claim":
        yield Sentence(f"{told.name(by) if by else told.actor} took {told.title(move)}.")


def _released(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.actor} gave {told.title(move)} back.")


def _attempted(move: Move, told: Told) -> Lines:
    number = move["data"].get("attempt", 1)
    if number != 1:
        yield Sentence(f"{told.title(move)}: attempt {number} began.")


def _attempt_failed(move: Move, told: Told) -> Lines:
    data = move["data"]
    yield Sentence(f"Attempt {data.get('attempt', 1)} of {told.title(move)} failed.", str(data.get("error") or ""))


def _reminded(move: Move, told: Told) -> Lines:
    people, roles = list(move["data"].get("people") or ()), list(move["data"].get("roles") or ())
    whom = [told.people(people)] * bool(people) + [f"everybody in the role {told.name(role)}" for role in roles]
    who = " and ".join(whom) or "nobody"
    yield Sentence(f"{who[0].upper()}{who[1:]} {'were' if len(people) > 1 else 'was'} reminded of {told.title(move)}.")


def _added(move: Move, told: Told) -> Lines:
    people = list(move["data"].get("people") or ())
    name = str(move["data"].get("name", ""))
    who = told.people(people) or (
        told.name(name) if name.startswith("user:") else f"Everybody in the role {told.name(name)}"
    )
    yield Sentence(f"{who} may answer at {told.title(move)} too.")


def _escalated(move: Move, told: Told) -> Lines:
    data = move["data"]
    if data.get("outcome"):
        yield Sentence(f"{told.title(move)} got no answer: the playbook closes it as {data['outcome']}.")
    elif data.get("name"):
        yield Sentence(f"{told.title(move)} got no answer: the playbook adds {whom(str(data['name']), told)}.")
    elif data.get("incident"):
        yield Sentence(f"{told.title(move)} got no answer: the playbook calls an operator.")
    else:
        yield Sentence(f"{told.title(move)} got no answer: the playbook goes another way.")


def _picked(move: Move, told: Told) -> Lines:
    data = move["data"]
    why = "has the fewest open tasks" if data.get("how") == "least-busy" else "is next in turn"
    who, role = told.name(str(data["person"])), told.name(str(data.get("role", "")))
    yield Sentence(f"{told.title(move)} is for {who}, who of the role {role} {why}.")


def _overdue(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.title(move)} is overdue.")


def _incident(move: Move, told: Told) -> Lines:
    code = str(move["data"].get("code", ""))
    says = INCIDENTS.get(code, "something went wrong")
    message = str(move["data"].get("message") or "")
    is_said = message.rstrip(".").lower() == says or code in ("failed", "timed-out")
    yield Sentence(f"{told.title(move)} needs an operator: {says}.", "" if is_said else message)


def _resolved(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.title(move)} does not need an operator any more.")


def _ended(move: Move, told: Told) -> Lines:
    status = str(move["data"].get("status", ""))
    how = next((says for (was, to), says in RUN_MOVES.items() if to == status and was != RunStatus.QUEUED), "ended")
    if status == RunStatus.CANCELLED and told.event == "cancel":
        yield Sentence(f"{told.actor} cancelled the run.")
    else:
        yield Sentence(f"The run {how}.", str(move["data"].get("message") or ""))


def _commented(move: Move, told: Told) -> Lines:
    data = move["data"]
    at = told.titles.get(data.get("at_visit") or 0)
    what = "commented" if data.get("text") else "attached files"
    yield Sentence(f"{told.actor} {what}{f' at {at}' if at else ''}.", str(data.get("text") or ""))


def _note(move: Move, told: Told) -> Lines:
    yield Sentence(str(move["data"].get("text", "")))


#: Every kind of move that the machine makes; a test holds it against the sources.
TELLERS: dict[str, Callable[[Move, Told], Lines]] = {
    "started": _started,
    "queued": _queued,
    "opened": _opened,
    "skipped": _skipped,
    "completed": _completed,
    "failed": _failed,
    "cancelled": _cancelled,
    "shut": _shut,
    "called": _called,
    "returned": _returned,
    "claimed": _claimed,
    "released": _released,
    "picked": _picked,
    "attempted": _attempted,
    "attempt_failed": _attempt_failed,
    "reminded": _reminded,
    "added": _added,
    "escalated": _escalated,
    "overdue": _overdue,
    "incident": _incident,
    "resolved": _resolved,
    "ended": _ended,
    "commented": _commented,
    "note": _note,
    **VOTING,
    **OPERATED,
}
