"""The lines of what an act would do, one teller a head: each says it exactly, and as it reads alike for many runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboards import consequences, shown
from dashboards.course import undoing
from dashboards.course.told import in_words
from dashboards.shelf.names import listed
from engine.definition import CallSpec, GateSpec
from engine.lifecycles import INCIDENTS, VISIT_ENDED, GateStatus
from engine.machine.commands import Move, TellChild
from engine.machine.state import Visit, step_of
from runs.models import Notice, Run
from runs.notices import news
from runs.trial import Trial

REGIONS = ("parallel", "each")
#: So many names stand in one line.
NAMED = 6
ENDS = {
    "completed": "The run is completed.",
    "failed": "The run ends as failed.",
    "cancelled": "The run ends as cancelled.",
    "rolled_back": "The run ends as rolled back.",
}


Said = list[tuple[str, str]]
"""What is said twice: exactly, and as it reads alike for many runs."""


@dataclass(frozen=True)
class Around:
    """What the words need to know beside a trial: full names, and called runs that the reader may see."""

    names: dict[str, str]
    runs: dict[UUID, Run]

    def name(self, username: str) -> str:
        return self.names.get(username, username)


def _exact(trial: Trial, move: Move) -> str:
    visit = _visit(trial, move)
    return news.titled(trial.story.definition, visit) if visit else str(move.step)


def _common(trial: Trial, step: str | None) -> str:
    return consequences.title(trial.story.definition, step) if step in trial.story.definition.steps else str(step)


def _visit(trial: Trial, move: Move) -> Visit | None:
    before = trial.story.before
    there = before.visits.get(move.visit or 0) if before else None
    return trial.story.touched.get(move.visit or 0) or there


def closed(trial: Trial, moves: Sequence[Move], around: Around) -> Said:
    """What was open and is so no longer, without an approval of its own."""
    before, found = trial.story.before, []
    for move in moves:
        was = before.visits.get(move.visit or 0) if before and move.kind in ("cancelled", "skipped", "undone") else None
        if was is None:
            continue
        spec = step_of(trial.story.defined_before, was)
        if spec.kind not in REGIONS:
            found.append((_exact(trial, move) + _how_far(was, spec.does, around), _common(trial, was.step)))
    return found


def _how_far(visit: Visit, does: object, around: Around) -> str:
    """Say what is lost with a visit: a claim, votes that were given, an attempt in hand."""
    if visit.claimed_by:
        return f", which {around.name(visit.claimed_by)} has claimed"
    if isinstance(does, GateSpec):
        voted = [around.name(vote.person) for vote in visit.asking.votes] if visit.asking else []
        return (
            f", where {listed(voted)} {'has' if len(voted) == 1 else 'have'} voted" if voted else ", with no vote yet"
        )
    if visit.attempt is not None and visit.attempt.in_hand and visit.incident is None:
        return ", which the machine has in hand"
    return ""


def passed_over(trial: Trial, moves: Sequence[Move]) -> Said:
    over = [move for move in moves if move.kind == "decided" and move.data.get("status") == GateStatus.OVERRIDDEN.value]
    return [(f"{_exact(trial, move)}: the run's page will say so", _common(trial, move.step)) for move in over]


def voided(moves: Sequence[Move], around: Around) -> Said:
    people = [name for move in moves if move.kind == "voided" for name in move.data.get("people") or ()]
    return [(_people([around.name(name) for name in people]), "Votes no longer count")] if people else []


def clocks(trial: Trial, moves: Sequence[Move]) -> Said:
    before, after = trial.story.before, trial.story.state
    kinds = {move.kind for move in moves}
    if before is None or after is None:
        return []
    if "paused" in kinds:
        words = "Stand still until it is resumed; nobody can hand in or vote. What the machine has in hand is finished"
        return [(f"{words}, and held.", "Stands still: nobody can hand in or vote, clocks stop")]
    if "resumed" in kinds:
        held = len(before.held)
        more = f" {held} result{'s that were' if held > 1 else ' that was'} held {'are' if held > 1 else 'is'} applied."
        return [(f"Run on with what was left of them.{more if held else ''}", "Goes on: clocks run, people can act")]
    gone = len(before.timers.keys() - after.timers.keys())
    return [(f"{gone} due time{'s' if gone > 1 else ''}, reminders or waits end with it.", "")] if gone else []


def undone(trial: Trial, moves: Sequence[Move]) -> Said:
    """The plan of taking back that the trial ended with: what is being undone, then what is left."""
    after, definition = trial.story.state, trial.story.definition
    if after is None or not any(move.kind in ("rolling_back", "jumped") for move in moves):
        return []
    going = undoing.under_way(definition, after)
    begun = [visit for visit in after.visits.values() if visit.undoes is not None]
    found = [
        (visit.title.removeprefix("Undo: ") + f", {undoing.how(definition, visit.step)}", _common(trial, visit.step))
        for visit in begun
    ]
    if going is not None:
        found = [
            (f"{title}, if it has happened: its attempt is waited for", title) for title, _ in going.awaits
        ] + found
        found += [(f"{undo.title}, {undo.how}", undo.title) for undo in going.left]
    return found


def handed(trial: Trial, moves: Sequence[Move]) -> Said:
    found = []
    for move in moves:
        if move.kind == "reassigned":
            was, to = (_whom(str(move.data.get(key) or "")) for key in ("from", "to"))
            words = f"{_common(trial, move.step)}{f' from {was}' if was else ''} to {to}"
            found.append((words, words))
        elif move.kind == "changed":
            old, new = shown.text(move.data.get("old")), shown.text(move.data.get("new"))
            found.append((f"{move.data.get('name')}: {old} becomes {new}", ""))
    return found


def _whom(name: str) -> str:
    return name.removeprefix("user:") if name.startswith("user:") or not name else f"the role {in_words(name)}"


def by_machine(trial: Trial, moves: Sequence[Move]) -> Said:
    after, found = trial.story.state, []
    for move in moves:
        visit = after.visits.get(move.visit or 0) if after else None
        if visit is None or visit.undoes is not None:
            continue
        if move.kind == "attempted":
            found.append((f"{_exact(trial, move)} is tried now", f"{_common(trial, move.step)} is tried now"))
        elif move.kind == "called":
            does = step_of(trial.story.definition, visit).does
            name = in_words(does.playbook) if isinstance(does, CallSpec) else "another playbook"
            found.append((f"{_exact(trial, move)} starts a run of {name}", f"Starts a run of {name}"))
    return found


def opened(trial: Trial, moves: Sequence[Move]) -> Said:
    after, found = trial.story.state, []
    for move in moves:
        visit = after.visits.get(move.visit or 0) if after else None
        is_open = visit is not None and visit.status not in VISIT_ENDED and visit.undoes is None
        if move.kind == "opened" and is_open and move.data.get("kind") in consequences.VISIBLE:
            found.append((_exact(trial, move), _common(trial, move.step)))
        elif (
            move.kind == "asked" and is_open and move.visit in (trial.story.before.visits if trial.story.before else ())
        ):
            found.append((f"{_exact(trial, move)}, asked anew", f"{_common(trial, move.step)} anew"))
    return found


def children(trial: Trial, around: Around) -> Said:
    verbs = {"cancel": "is cancelled too", "pause": "is paused too", "resume": "goes on too"}
    found = []
    for _, _, one in trial.story.asked:
        if isinstance(one, TellChild):
            run = around.runs.get(UUID(one.run))
            stands = f", which stands at {run.stands_at}," if run and run.stands_at else ""
            words = f"Run {run.number}{stands}" if run else "A run that you cannot see"
            found.append((f"{words} {verbs[one.act]}", f"What it called {verbs[one.act]}"))
    return found


def incidents(trial: Trial) -> Said:
    """What would still, or again, stand in need of an operator at the steps that the act touches."""
    touched = [visit for visit in trial.story.touched.values() if visit.incident is not None]
    return [
        (
            f"{news.titled(trial.story.definition, visit)}: {visit.incident.message}",
            f"{_common(trial, visit.step)}, as {INCIDENTS.get(visit.incident.code, 'something goes wrong')}",
        )
        for visit in touched
        if visit.incident is not None and visit.status not in VISIT_ENDED
    ]


def of_run(trial: Trial, moves: Sequence[Move]) -> Said:
    found = []
    for move in moves:
        if move.kind == "ended":
            words = ENDS.get(str(move.data.get("status")), "The run ends.")
            found.append((words, words.replace("The run ", "").capitalize()))
        elif move.kind == "migrated":
            words = f"It goes on in version {move.data['number']}"
            again = [_common(trial, step) for step in move.data["repeats"]]
            words += f"; {listed(again)} will be done again" if again else ""
            found.append((f"{words}.", words))
        elif move.kind == "kept":
            found.append(("No step waits for it now: it is kept for one that will.", "Kept until a step waits for it"))
        elif move.kind == "held":
            found.append(("It is held until the run is resumed.", "Held until the run is resumed"))
    return found


def told(trial: Trial, around: Around) -> Said:
    """Who is told what; the sentence for many runs names everybody once, and whoever started the run by that."""
    starter = around.name(trial.story.before.started_by) if trial.story.before else ""
    found, everybody = [], []
    for one, people in trial.told:
        if people:
            found.append((f"{_people(people)}: “{one.title}”", ""))
            by_part = one.kind in (Notice.Kind.ENDED, Notice.Kind.DECIDED)
            everybody += ["whoever started it" if by_part and name == starter else name for name in people]
    return [*found, ("", _people(everybody))] if found else [("Nobody", "nobody")]


def _people(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    return listed([*names[:NAMED], f"{len(names) - NAMED} more"] if len(names) > NAMED else names)
