"""When the demo is not built, how it says so, and what keeps its stories true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from dashboards.demo import organisation, past, present
from dashboards.demo.hours import at_work
from dashboards.demo.script import Act, Complete, Operate, Story
from dashboards.demo.stage import ScriptBroken, Stage
from runs.models import Entry, Run, Step
from workflows import shipped
from workflows.models import Person

NOW = datetime(2026, 6, 18, 8, 42, tzinfo=UTC)


@pytest.mark.django_db
def test_it_is_refused_where_the_demo_is_switched_off() -> None:
    with override_settings(DEMO=False), pytest.raises(CommandError, match="switched off"):
        call_command("demo")
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_it_is_refused_where_others_are_at_home() -> None:
    Person.objects.create(username="somebody")

    with override_settings(DEMO=True), pytest.raises(CommandError, match="not the demo's"):
        call_command("demo")
    assert [person.username for person in Person.objects.all()] == ["somebody"]


@pytest.fixture
def company(db: None) -> None:
    organisation.found()
    assert all(loaded.version for loaded in shipped.load(at=NOW - timedelta(days=40)))


def change(*acts: Act) -> Story:
    inputs = {"service": "tariff-api", "release": "8.3", "risk_score": 2}
    return Story(playbook="production-change", by="ines", at=NOW - timedelta(hours=5), inputs=inputs, acts=acts)


PLAN = {"change_ref": "CHG-1", "what": "It", "way_back": "Back"}


def test_it_is_refused_where_a_demo_was_interrupted(company: None) -> None:
    Stage(NOW).play([change()])

    with override_settings(DEMO=True), pytest.raises(CommandError, match="interrupted"):
        call_command("demo")


def test_founding_again_after_an_interruption_finds_what_is_there(company: None) -> None:
    organisation.found()

    assert Person.objects.count() == len(organisation.PEOPLE)


def test_acts_and_timers_happen_in_the_order_of_time(company: None) -> None:
    """The plan is reminded of after four hours, before it is written four and a half hours after the start."""
    Stage(NOW).play([change(Complete(step="plan", by="ines", form=PLAN, ago=timedelta(minutes=30)))])

    entries = Entry.objects.order_by("seq")
    assert [entry.kind for entry in entries] == ["start", "timer", "complete"]
    assert [NOW - entry.at for entry in entries] == [timedelta(hours=5), timedelta(hours=1), timedelta(minutes=30)]


def test_an_act_waits_until_its_step_is_open(company: None) -> None:
    Stage(NOW).play(
        [
            change(
                Complete(step="plan", by="ines", form=PLAN, after=timedelta(hours=1)),
                Complete(step="by-hand", by="aiko", after=timedelta(hours=1)),
                Complete(
                    step="verify", by="ines", form={"error_rate": 0}, outcome="healthy", after=timedelta(minutes=5)
                ),
            )
        ]
    )

    run = Run.objects.get()
    ended = {step.name: run.started_at + timedelta(hours=2, minutes=20) - step.ended_at for step in run.steps.all()}
    assert run.status == "completed"
    assert abs(ended["verify"]) < timedelta(seconds=5), "an hour, an hour, a quarter of an hour, five minutes"


def test_what_would_happen_later_is_left_to_come(company: None) -> None:
    Stage(NOW).play([change(Complete(step="plan", by="ines", form=PLAN, after=timedelta(hours=6)))])

    assert [step.status for step in Step.objects.all()] == ["open"]


def test_a_story_that_the_verbs_refuse_stops_the_play(company: None) -> None:
    with pytest.raises(ScriptBroken, match="not-in-role"):
        Stage(NOW).play([change(Complete(step="plan", by="owen", form=PLAN))])
    with pytest.raises(ScriptBroken, match="change_ref"):
        Stage(NOW).play([change(Complete(step="plan", by="ines", form={**PLAN, "change_ref": "?"}))])
    with pytest.raises(ScriptBroken):
        Stage(NOW).play([change(Operate(by="ines", verb="cancel", reason="Not hers to do"))])


def test_the_stories_tell_of_people_who_work_there() -> None:
    known = {colleague.username for colleague in organisation.PEOPLE}
    stories = [*past.stories(NOW), *present.stories(NOW)]

    assert {story.by for story in stories} <= known
    assert {act.by for story in stories for act in story.acts} <= known


@pytest.mark.parametrize(
    ("at", "shifted"),
    [
        ("2026-06-18T08:42", "2026-06-18T08:42"),
        ("2026-06-18T04:15", "2026-06-18T06:45"),
        ("2026-06-18T18:10", "2026-06-19T06:40"),
        ("2026-06-19T18:00", "2026-06-22T06:30"),
        ("2026-06-20T10:05", "2026-06-22T06:35"),
        ("2026-01-06T23:05", "2026-01-07T07:35"),
    ],
    ids=["at work", "early", "evening", "friday evening", "saturday", "winter night"],
)
def test_people_act_while_they_are_at_work(at: str, shifted: str) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert at_work(utc(at)) == utc(shifted)
