"""What the log says of a gate: who was asked, how they voted, for whom, and what became of it."""

from __future__ import annotations

from collections.abc import Callable

from dashboards.course.told import Lines, Move, Sentence, Told

VOTED = {
    "approve": "approved",
    "reject": "rejected",
    "return": "asked for changes at",
    "abstain": "abstained at",
}
DECIDED = {
    "approved": "was approved",
    "rejected": "was rejected",
    "returned": "went back for changes",
    "overridden": "was overridden by an operator: an approval for nobody",
    "cancelled": "was not needed any more",
}


def _asked(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.title(move)} was asked:", str(move["data"].get("question", "")))


def _roster(move: Move, told: Told) -> Lines:
    people, barred = list(move["data"].get("people") or ()), list(move["data"].get("barred") or ())
    may = (
        f"{told.people(people)} may vote at {told.title(move)}."
        if people
        else f"Nobody may vote at {told.title(move)}."
    )
    yield Sentence(may)
    if barred:
        yield Sentence(f"{told.people(barred)} may not: excluded by the playbook.")


def _voted(move: Move, told: Told) -> Lines:
    data = move["data"]
    again = " (changing the vote)" if data.get("changed") else ""
    verb = VOTED.get(str(data.get("choice")), "voted at")
    behalf = f", for {told.name(data['on_behalf_of'])}," if data.get("on_behalf_of") else ""
    who = f"{told.name(data['person'])}{behalf}"
    yield Sentence(f"{who} {verb} {told.title(move)}{again}.", str(data.get("comment") or ""))


def _delegated(move: Move, told: Told) -> Lines:
    who, to = told.name(move["data"]["person"]), told.name(move["data"]["to"])
    yield Sentence(f"{who} delegated the vote at {told.title(move)} to {to}.")


def _undelegated(move: Move, told: Told) -> Lines:
    data = move["data"]
    who, to = told.name(data["person"]), told.name(data["to"])
    why = {"voted": " by voting", "replaced": " for somebody else"}.get(str(data.get("how")), "")
    yield Sentence(f"{who} ended the delegation to {to} at {told.title(move)}{why}.")


def _withdrawn(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.name(move['data']['person'])} withdrew the vote at {told.title(move)}.")


def _voided(move: Move, told: Told) -> Lines:
    who = told.people(list(move["data"].get("people") or ()))
    if told.event in ("vote", "withdraw"):
        yield Sentence(f"What {who} had voted at {told.title(move)} does not count: the right to it is gone.")
    else:
        yield Sentence(f"What is shown at {told.title(move)} changed: what {who} voted does not count any more.")


def _decided(move: Move, told: Told) -> Lines:
    data = move["data"]
    by = str(data.get("by") or "")
    how = ", by a rule of the playbook and by no person" if by.startswith("rung") else ""
    yield Sentence(f"{told.title(move)} {DECIDED.get(str(data.get('status')), 'was decided')}{how}.")


VOTING: dict[str, Callable[[Move, Told], Lines]] = {
    "asked": _asked,
    "roster": _roster,
    "voted": _voted,
    "delegated": _delegated,
    "undelegated": _undelegated,
    "withdrawn": _withdrawn,
    "voided": _voided,
    "decided": _decided,
}
