"""Who may see, start and operate, and the words in which it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.utils import timezone

from engine.definition import Rung
from engine.machine.commands import Refusal
from runs import claim, complete, definitions, guard, operate, start, tick, vote
from runs.models import Refused, Run, Step
from runs.outcomes import is_accepted
from runs.stances import missing, stances
from runs.work.sweep import sweep
from tests.runs import house
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db

#: Who sees a run of the unit platform that ann started, whose roles are engineers and managers.
SEES = {
    "ann": True,  # started it
    "ben": True,  # in a role, though not asked yet
    "mia": True,
    "olga": True,  # operates its unit
    "otto": False,  # operates another
    "audrey": True,  # audits the unit above
    "zoe": False,  # nobody to it
    "gus": False,  # in a role, not active
}


@pytest.fixture
def run(change, people) -> Run:
    return house.begin(change, people["ann"], service="shop")


@pytest.mark.parametrize("who", SEES)
def test_who_sees_a_run(run, people, who):
    person = people[who]
    assert Run.objects.visible_to(person).filter(pk=run.pk).exists() is SEES[who]
    assert bool(guard.may(person, "see", run=run)) is SEES[who]
    assert list(Run.objects.visible_to(person)) == ([run] if SEES[who] else [])


@pytest.mark.parametrize("part", Part.Kind.values)
@pytest.mark.parametrize(("unit", "above"), [("platform", True), ("company", True), ("elsewhere", False)])
def test_parts_in_the_unit_or_above_oversee(run, people, part, unit, above):
    Part.objects.create(unit=Unit.objects.get(slug=unit), person=people["zoe"], part=part)
    sees = above and part in {"operator", "auditor"}
    assert Run.objects.visible_to(people["zoe"]).exists() is sees
    starts = above and part in {"member", "author", "operator", "process_owner"}
    assert bool(guard.may(people["zoe"], "start", version=run.version)) is starts
    assert bool(guard.may(people["zoe"], "cancel", run=run)) is (above and part == "operator")


def test_a_unit_whose_name_begins_alike_is_another_unit(run, people):
    other = Unit.objects.create(slug="plat", title="Plat", parent=Unit.objects.get(slug="company"))
    Part.objects.create(unit=other, person=people["zoe"], part=Part.Kind.OPERATOR)
    assert not Run.objects.visible_to(people["zoe"]).exists()


def test_whom_an_escalation_adds_sees_the_run(people):
    rung = Rung(after=timedelta(seconds=1), add="user:zoe")
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=2, rungs=(rung,)), house.end()]))
    past = timezone.now() - timedelta(minutes=1)
    run = house.begin(version, people["ann"], clock=lambda: past)
    assert not guard.may(people["zoe"], "see", run=run)
    assert sweep().timers == 1
    assert guard.may(people["zoe"], "see", run=run)
    assert guard.may(people["zoe"], "vote", run=Run.objects.get(pk=run.pk), visit=1)


def test_who_may_start(change, people):
    may = {name: bool(guard.may(person, "start", version=change)) for name, person in people.items()}
    assert may == {
        "ann": True,
        "ben": True,
        "mia": True,
        "max": True,
        "mo": True,
        "olga": True,
        "otto": False,
        "audrey": False,
        "zoe": False,
        "gus": False,
    }
    refused = start.start(change, people["zoe"], {"service": "shop"})
    assert isinstance(refused, Refusal)
    assert "Platform" in refused.sentence
    assert not Run.objects.exists()
    assert Refused.objects.get().act == "start"


def test_nobody_acts_without_an_active_account(run, people):
    for person in (AnonymousUser(), people["gus"]):
        for act in ("see", "claim", "complete", "cancel", "retry"):
            assert guard.may(person, act, run=run, visit=1).code == "not-active"
        assert guard.may(person, "start", version=run.version).code == "not-active"
    assert isinstance(claim.claim(run, 1, people["gus"]), Refusal)
    assert isinstance(start.start(run.version, people["gus"], {"service": "x"}), Refusal)


def test_a_superuser_is_bound_like_everybody(people):
    boss = Person.objects.create(username="boss", is_superuser=True, is_staff=True, first_name="Bo", last_name="Boss")
    boss.groups.set(people["mia"].groups.all())
    version = house.publish(house.playbook("asked", [house.gate("board"), house.end()]))
    run = house.begin(version, boss)
    verdict = guard.may(boss, "vote", run=run, visit=1)
    assert (verdict.allowed, verdict.code) == (False, "excluded")
    digest = definitions.state_of(run).visits[1].asking.digest
    assert isinstance(vote.vote(run, 1, boss, "approve", "", digest), Refusal)
    assert not guard.may(boss, "cancel", run=run)
    assert not guard.may(boss, "skip", run=run, visit=1)


def test_rights_lost_a_moment_ago_are_lost(run, people):
    assert guard.may(people["ben"], "complete", run=run, visit=1)
    people["ben"].groups.clear()
    assert not guard.may(people["ben"], "complete", run=run, visit=1)
    assert isinstance(complete.complete(run, 1, people["ben"], {}), Refusal)
    Part.objects.filter(person=people["olga"]).delete()
    assert isinstance(operate.cancel(run, people["olga"], "no"), Refusal)


def test_a_refusal_calls_people_by_their_full_names_and_roles_by_words(run, people):
    assert is_accepted(claim.claim(run, 1, people["ann"]))
    verdict = guard.may(people["ben"], "complete", run=Run.objects.get(pk=run.pk), visit=1)
    assert (verdict.code, verdict.sentence) == ("claimed-by", "Ann Archer has claimed this task.")
    tick.tick(Step.objects.get(run=run), "Told everybody", people["ann"], True)
    assert is_accepted(complete.complete(Run.objects.get(pk=run.pk), 1, people["ann"], {}))
    verdict = guard.may(people["ben"], "complete", run=Run.objects.get(pk=run.pk), visit=1)
    assert verdict.code == "not-open"
    assert "Ann Archer" in verdict.sentence


def test_standings_tell_who_voted_and_who_may_not_and_why(people):
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=2), house.end()]))
    people["mo"].groups.add(*people["ann"].groups.all())
    run = house.begin(version, people["mo"])
    digest = definitions.state_of(run).visits[1].asking.digest
    assert missing(run, 1) == ("2 approvals",)
    assert is_accepted(vote.vote(run, 1, people["mia"], "approve", "fine", digest))
    run = Run.objects.get(pk=run.pk)
    told = {stance.name: stance for stance in stances(run, 1)}
    assert set(told) == {"Mia Moss", "Max Mill", "Mo Marsh"}
    assert told["Mia Moss"].standing.vote.choice == "approve"
    assert told["Max Mill"].standing.may
    assert told["Mo Marsh"].sentence == "Mo Marsh started this run."
    assert missing(run, 1) == ("1 approval",)
    people["mia"].groups.clear()
    told = {stance.name: stance for stance in stances(run, 1)}
    assert not told["Mia Moss"].standing.counts
    assert told["Mia Moss"].sentence == "Mia Moss no longer has the role."
    assert stances(run, 7) == ()


def test_operating_from_the_command_line_asks_the_same_guard(run, people, capsys):
    with pytest.raises(CommandError, match="not-in-role"):
        call_command("run", "cancel", str(run.number), "--by", "otto", "--reason", "no")
    with pytest.raises(CommandError, match="not open"):
        call_command("run", "skip", str(run.number), "board", "--by", "olga", "--reason", "no")
    call_command("run", "skip", str(run.number), "plan", "--by", "olga", "--reason", "done on paper")
    call_command("run", "cancel", str(run.number), "--by", "olga", "--reason", "no")
    assert Run.objects.get(pk=run.pk).status == "cancelled"
