"""Moving live runs: the verb and its guard, what the tables and the log hold then, many at once, the command."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from engine.definition import Definition, FieldSpec
from engine.machine.commands import Refusal
from engine.migration import Kind
from runs import bulk_acts, claim, complete, definitions, guard, migrate, moving, past, vote
from runs.ledger import verify
from runs.models import BulkAct, Candidate, Entry, Run, Secret, Step, Vote, Work
from runs.moving import Move
from runs.outcomes import Accepted, FieldErrors, is_accepted
from tests.runs import house
from workflows.models import GovernanceEntry, Part, Person, Version

pytestmark = pytest.mark.both_databases
SERVICE = (FieldSpec("service", "text"),)


def change(*steps, **more) -> Definition:
    return house.playbook("change", steps, inputs=SERVICE, **more)


def plan(**more):
    return house.task("plan", **more)


OLD = (plan(due=timedelta(hours=8)), house.gate("board", 2), house.task("ship"), house.end())
NEW = (plan(due=timedelta(hours=4)), house.gate("board", 2), house.task("ship"), house.task("tell"), house.end())


@pytest.fixture
def run(people: dict[str, Person]) -> Run:
    return house.begin(house.publish(change(*OLD)), people["ann"], service="shop")


def newer(*steps, **more) -> Version:
    return house.publish(change(*steps, **more))


def open_visit(run: Run) -> int:
    (visit,) = definitions.state_of(house.now(run)).visits
    return visit


def hand_in(run: Run, person: Person) -> None:
    assert is_accepted(complete.complete(house.now(run), open_visit(run), person, {}))


def approve(run: Run, person: Person) -> None:
    asking = definitions.state_of(house.now(run)).visits[open_visit(run)].asking
    assert is_accepted(vote.vote(house.now(run), open_visit(run), person, "approve", "", asking.digest))


def test_a_run_goes_on_in_the_version_with_all_that_stands_in_its_tables(run, people):
    assert is_accepted(claim.claim(run, open_visit(run), people["ben"]))
    before, version = house.now(run), newer(*NEW)
    answer = migrate.migrate(before, people["olga"], version, "The plan was too slow", seen=before.seq)
    assert isinstance(answer, Accepted), answer
    after = house.now(run)
    assert (after.version, definitions.of(after).digest) == (version, version.digest)
    assert after.next_due_at == after.started_at + timedelta(hours=4)
    (step,) = Step.objects.filter(run=run)
    assert (step.claimed_by, step.due_at) == (people["ben"], after.started_at + timedelta(hours=4))
    assert set(Candidate.objects.filter(step=step).values_list("version", flat=True)) == {version.pk}
    assert Work.objects.get(run=run, kind="timer", status="ready").due_at == after.next_due_at
    hand_in(run, people["ben"])
    for name in ("mia", "max"):
        asking = definitions.state_of(house.now(run)).visits[open_visit(run)].asking
        assert is_accepted(
            vote.vote(house.now(run), open_visit(run), people[name], "approve", "", digest=asking.digest)
        )
    hand_in(run, people["ann"])
    assert house.now(run).stands_at == "Tell"
    assert verify(house.now(run)) is None, "the log folds to the same state, byte for byte, through both versions"


def test_the_past_is_shown_in_the_version_of_then(run, people):
    hand_in(run, people["ann"])
    old, mapped = run.version, (plan(), house.gate("review", 2), house.task("ship"), house.end())
    answer = migrate.migrate(house.now(run), people["olga"], newer(*mapped), "Renamed", {"board": "review"})
    assert isinstance(answer, Accepted), answer
    then = past.after(house.now(run), answer.seq - 1)
    assert (then.run.version, then.definition.digest) == (old, old.digest)
    assert [step.name for step in then.steps] == ["plan", "board"]
    now = past.after(house.now(run), answer.seq)
    assert [step.name for step in now.steps] == ["plan", "review"]
    assert list(Step.objects.filter(run=run).order_by("number").values_list("name", flat=True)) == ["plan", "review"]
    assert verify(house.now(run)) is None


def test_a_vote_stays_or_goes_in_the_tables_as_well(run, people):
    hand_in(run, people["ann"])
    approve(run, people["mia"])
    assert is_accepted(migrate.migrate(house.now(run), people["olga"], newer(*NEW), "Same question"))
    assert Vote.objects.get().person == people["mia"]
    three = (plan(), house.gate("board", 3), house.task("ship"), house.end())
    same = {"board": "board"}
    assert is_accepted(migrate.migrate(house.now(run), people["olga"], newer(*three), "Three of them", same))
    assert not Vote.objects.exists()
    assert definitions.state_of(house.now(run)).visits[open_visit(run)].asking.bar.total == 3
    assert verify(house.now(run)) is None


def test_who_may_and_what_stands_against_it(run, people):
    def move(person: str, version: Version, *accepts: str, **mapping: str) -> object:
        return migrate.migrate(house.now(run), people[person], version, "Better", mapping, accepts)

    safe = newer(*NEW)
    for name in ("ann", "mia", "otto"):
        answer = move(name, safe)
        assert isinstance(answer, Refusal)
        assert answer.code == "not-in-role"
    assert not guard.may(people["otto"], "migrate", house.now(run))
    assert guard.may(people["olga"], "migrate", house.now(run))
    assert list(migrate.migrate(run, people["olga"], safe, " ")) == ["reason"]
    gated = newer(house.gate("check"), *OLD)
    assert moving.assess_each([house.now(run)], definitions.of_version(gated), {})[run].kind is Kind.SKIPS_GATE
    assert move("olga", gated).code == "would-skip-gate"
    Part.objects.filter(person=people["olga"], part=Part.Kind.BREAK_GLASS).delete()
    assert move("olga", gated, "skips-gate").code == "not-in-role"
    gone = newer(house.task("draft"), *OLD[1:])
    assert move("olga", gone).code == "needs-mapping"
    wrong = move("olga", gone, plan="board")
    assert isinstance(wrong, FieldErrors)
    assert list(wrong) == ["map.plan"]
    draft = house.approve(change(*NEW, summary="Not published yet"))
    assert move("olga", draft).code == "field:to"
    assert house.now(run).version == run.version
    assert Entry.objects.filter(run=run).count() == 1, "all of it or nothing"
    assert is_accepted(move("olga", gone, plan="draft"))


def test_many_are_moved_by_a_kept_act_each_on_its_own(run, people):
    others = [house.begin(run.version, people["ann"], service=name) for name in ("a", "b")]
    hand_in(others[1], people["ann"])
    late = newer(*OLD[:1], house.gate("check"), *OLD[1:])
    targets = [bulk_acts.Target(one.number, 0, house.now(one).seq) for one in (run, *others)]
    text = Move.to_version(late).text()
    kept = bulk_acts.order(people["olga"], "migrate", text, targets, "A check before the board", "key-1")
    assert bulk_acts.order(people["olga"], "migrate", text, targets, "A check before the board", "key-1") == kept
    bulk_acts.perform(kept)
    lines = {line.run.number: (line.status, line.code) for line in kept.lines.select_related("run")}
    assert lines == {
        run.number: ("done", ""),
        others[0].number: ("done", ""),
        others[1].number: ("refused", "would-skip-gate"),
    }
    (entry,) = GovernanceEntry.objects.all()
    assert (entry.kind, entry.by, entry.number) == ("runs_moved", "olga", 2)
    assert entry.detail == "3 runs to be moved to it: A check before the board"
    assert {one.version.number for one in Run.objects.all()} == {1, 2}
    assert all(verify(one) is None for one in Run.objects.all())


def test_the_command_tries_it_first_and_takes_a_mapping(run, people):
    newer(house.task("draft"), *OLD[1:])
    said = StringIO()
    call_command("run", "move", str(run.number), "--to", "2", "--dry-run", "--by", "olga", stdout=said)
    assert "needs a mapping" in said.getvalue()
    assert "The run stands at “Plan”" in said.getvalue()
    with pytest.raises(CommandError, match="needs-mapping"):
        call_command("run", "move", str(run.number), "--to", "2", "--by", "olga", "--reason", "Better")
    with pytest.raises(CommandError, match="no version"):
        call_command("run", "move", str(run.number), "--to", "7", "--by", "olga", "--reason", "Better")
    with pytest.raises(CommandError, match="no step nowhere"):
        call_command(
            "run", "move", str(run.number), "--to", "2", "--map", "plan=nowhere", "--by", "olga", "--reason", "Better"
        )
    mapped = ("--to", "2", "--map", "plan=draft", "--by", "olga", "--reason", "Better")
    call_command("run", "move", str(run.number), *mapped, stdout=said)
    assert house.now(run).version.number == 2


MORE = (*SERVICE, FieldSpec("cost", "integer"), FieldSpec("word", "text", secret=True))


def test_what_the_run_has_not_is_given_and_a_secret_is_kept_outside_the_log(run, people):
    version = house.publish(house.playbook("change", OLD, inputs=MORE))

    def move(**given: str) -> object:
        given = {f"inputs.{name}": value for name, value in given.items()}
        return migrate.migrate(house.now(run), people["olga"], version, "More is asked", given=given)

    assert "required there" in move().sentence
    wrong = move(cost="much", colour="red", word="shut")
    assert (list(wrong), wrong["inputs.cost"]) == (["inputs.cost", "inputs.colour"], "This must be a whole number.")
    assert is_accepted(move(cost="8", word="shut"))
    state = definitions.state_of(house.now(run))
    assert state.inputs["cost"] == 8
    assert "shut" not in house.now(run).state + "".join(Entry.objects.values_list("event", flat=True))
    assert Secret.objects.filter(run=run).count() == 1
    assert verify(house.now(run)) is None


def test_the_command_moves_several_by_one_kept_act_and_says_what_came_of_each(run, people):
    others = [house.begin(run.version, people["ann"], service=name) for name in ("a", "b")]
    hand_in(others[1], people["ann"])
    house.publish(house.playbook("change", (*OLD[:1], house.gate("check"), *OLD[1:]), inputs=MORE[:2]))
    numbers = [str(one.number) for one in (run, *others)]
    said = StringIO()
    words = ("--to", "2", "--set", "inputs.cost=8", "--by", "olga", "--reason", "Better")
    with pytest.raises(CommandError, match="Nothing was done to 2 of 4 runs"):
        call_command("run", "move", *numbers, "999", *words, stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[:2] == [f"Run {number}: done, entry 2." for number in numbers[:2]]
    assert lines[2].startswith(f"Run {numbers[2]}: refused (would-skip-gate)")
    assert lines[3] == "Run 999: there is no run 999."
    kept = BulkAct.objects.get()
    assert (kept.act, kept.lines.count(), kept.ended_at is not None) == ("migrate", 3, True)
    assert definitions.state_of(house.now(run)).inputs == {"service": "shop", "cost": 8}
    with pytest.raises(CommandError, match="Nothing was done to 2 of 2 runs"):
        call_command("run", "move", *numbers[1:], "--to", "2", "--set", "inputs.cost=x", *words[4:], stdout=said)
    assert "refused: inputs.cost: This must be a whole number." in said.getvalue()


@pytest.mark.parametrize(
    "given",
    [
        '{"a": NaN}',
        '{"a": {"$map": 5}}',
        '{"a": {"$seconds": 1e300}}',
        '{"a": "\\ud800"}',
        "[1]",
        '{"a": {"$secret": {"ref": "another", "hash": "x"}}}',
        "[" * 100_000,
    ],
)
def test_a_text_that_nobody_could_have_made_is_no_move(given):
    assert Move.read('{"to": "x", "number": 1, "mapping": {}, "accepts": [], "given": ' + given + "}") is None
