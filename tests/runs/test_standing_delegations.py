"""Standing delegations as facts of the directory: who may act for whom at the instant of the act (guarantees S4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine.lifecycles import DelegationStatus
from engine.machine.commands import Refusal
from engine.machine.events import Claim
from runs import appoint, be_away, definitions, delegations, directory
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Absence, Delegation, DelegationEntry, Refused
from runs.outcomes import FieldErrors, is_accepted
from tests.runs import house
from workflows.models import Artifact, Person, Version

pytestmark = pytest.mark.django_db
People = dict[str, Person]
DAY = timedelta(days=1)


def hand(person: Person, to: Person, by: Person | None = None, **more: object) -> Delegation:
    now = timezone.now()
    answer = appoint.appoint(person, to, now, now + DAY, by or person, **more)
    assert isinstance(answer, appoint.Appointed), answer
    return answer.delegation


def away(person: Person, substitute: Person | None = None, by: Person | None = None) -> Absence:
    now = timezone.now()
    answer = be_away.be_away(person, now, now + 7 * DAY, by or person, substitute)
    assert isinstance(answer, be_away.Away), answer
    return answer.absence


def acting(*usernames: str, at: datetime | None = None) -> dict[str, tuple[str, ...]]:
    return delegations.acting_for(usernames, at or timezone.now())


def test_it_holds_from_its_start_until_its_end(people: People) -> None:
    given = hand(people["mia"], people["zoe"])
    assert acting("zoe", "mia") == {"zoe": ("mia",)}
    assert acting("zoe", at=given.starts_at) == {"zoe": ("mia",)}
    assert acting("zoe", at=given.starts_at - timedelta(microseconds=1)) == {}
    assert acting("zoe", at=given.ends_at) == {}


def test_it_holds_in_the_playbooks_it_names(people: People, change: Version) -> None:
    hand(people["mia"], people["zoe"], playbooks=[change.artifact])
    now = timezone.now()
    assert delegations.acting_for(["zoe"], now, "change") == {"zoe": ("mia",)}
    assert delegations.acting_for(["zoe"], now, "another") == {}


def test_what_was_handed_to_somebody_is_not_handed_on(people: People) -> None:
    hand(people["mia"], people["zoe"])
    hand(people["zoe"], people["otto"])
    hand(people["otto"], people["mia"])
    assert acting("zoe", "otto", "mia") == {"zoe": ("mia",), "otto": ("zoe",), "mia": ("otto",)}
    now = timezone.now()
    answer = appoint.appoint(people["zoe"], people["max"], now, now + DAY, people["zoe"])
    assert isinstance(answer, appoint.Appointed)
    assert answer.warnings == ("What Mia Moss handed to Zoe Zell does not go along: it cannot be passed on.",)


@pytest.mark.parametrize("who", ["mia", "zoe"])
def test_nobody_acts_for_or_by_an_account_that_is_not_active(people: People, who: str) -> None:
    hand(people["mia"], people["zoe"])
    Person.objects.filter(username=who).update(is_active=False)
    assert acting("zoe") == {}
    Person.objects.filter(username=who).update(is_active=True, is_service=True)
    assert acting("zoe") == {}


@pytest.mark.parametrize("by", ["mia", "zoe"])
def test_either_of_the_two_ends_it_and_both_names_are_kept(people: People, by: str) -> None:
    given = hand(people["mia"], people["zoe"])
    ended = appoint.take_back(given, people[by])
    assert isinstance(ended, Delegation)
    assert (ended.status, ended.ended_by) == (DelegationStatus.TAKEN_BACK, people[by])
    assert acting("zoe") == {}
    first, last = DelegationEntry.objects.order_by("pk")
    assert (first.kind, first.by, first.person, first.to) == ("appointed", people["mia"], people["mia"], people["zoe"])
    assert (last.kind, last.by) == ("declined" if by == "zoe" else "taken_back", people[by])
    again = appoint.take_back(given, people[by])
    assert isinstance(again, Refusal)
    assert again.sentence == "This delegation is over."


def test_whose_it_is_not_cannot_end_it_and_that_is_written_down(people: People) -> None:
    given = hand(people["mia"], people["zoe"])
    answer = appoint.take_back(given, people["max"])
    assert isinstance(answer, Refusal)
    assert acting("zoe") == {"zoe": ("mia",)}
    assert Refused.objects.get().person == "max"


def test_the_log_takes_no_change(people: People) -> None:
    hand(people["mia"], people["zoe"])
    entry = DelegationEntry.objects.get()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DelegationEntry.objects.filter(pk=entry.pk).update(detail="never was")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()


def test_nobody_takes_the_rights_of_another(people: People) -> None:
    """Not for themselves, an administrator either; for a third person only administrators do it."""
    now = timezone.now()
    chief = Person.objects.create(username="chief", is_superuser=True)
    refused = appoint.appoint(people["mia"], people["max"], now, now + DAY, people["max"])
    assert isinstance(refused, Refusal)
    assert refused.sentence == "Only administrators may do this for somebody else."
    for answer in (
        appoint.appoint(people["mia"], chief, now, now + DAY, chief),
        be_away.be_away(people["mia"], now, now + DAY, chief, chief),
        be_away.name_substitute(people["mia"], chief, chief),
    ):
        assert isinstance(answer, Refusal), answer
        assert answer.sentence.startswith("Nobody appoints themselves to act for somebody else.")
    assert not Delegation.objects.exists()
    assert not Absence.objects.exists()
    assert Refused.objects.filter(act="appoint").count() == 4
    assert hand(people["mia"], people["max"], by=chief).made_by == chief
    be_away.name_substitute(people["mo"], chief, people["mo"])
    assert away(people["mo"], chief, by=chief).substitute == chief


@pytest.mark.parametrize(
    ("to", "starts", "ends", "field", "sentence"),
    [
        ("mia", 0, 1, "to", "Choose somebody else: nobody stands in for themselves."),
        ("gus", 0, 1, "to", "Gus Gone has no active account."),
        ("robot", 0, 1, "to", "robot is a program's account, which decides nothing."),
        ("", 0, 1, "to", "Choose who is to act."),
        ("zoe", 2, 1, "ends_at", "It must end after it starts."),
        ("zoe", -3, -1, "ends_at", "This is over already."),
        ("zoe", 0, 400, "ends_at", "This is longer than a year."),
        ("zoe", 400, 401, "starts_at", "This starts more than a year from now."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    people: People, to: str, starts: int, ends: int, field: str, sentence: str
) -> None:
    Person.objects.create(username="robot", is_service=True)
    now, whom = timezone.now(), Person.objects.filter(username=to).first()
    answer = appoint.appoint(people["mia"], whom, now + starts * DAY, now + ends * DAY, people["mia"])
    assert isinstance(answer, FieldErrors)
    assert list(answer) == [field]
    assert answer[field].startswith(sentence)


def test_the_same_is_not_handed_over_twice(people: People, change: Version) -> None:
    given = hand(people["mia"], people["zoe"])
    answer = appoint.appoint(
        people["mia"], people["zoe"], given.starts_at, given.ends_at, people["mia"], [change.artifact]
    )
    assert isinstance(answer, FieldErrors)
    assert "acts for Mia Moss" in answer["to"]


def test_an_absence_lets_its_substitute_act_until_the_person_is_back(people: People) -> None:
    absence = away(people["mia"], people["zoe"])
    assert acting("zoe") == {"zoe": ("mia",)}
    assert acting("zoe", at=absence.ends_at) == {}
    now = timezone.now()
    twice = be_away.be_away(people["mia"], now + 2 * DAY, now + 3 * DAY, people["mia"])
    assert isinstance(twice, FieldErrors)
    assert "Change that instead." in twice["starts_at"]
    changed = be_away.change(absence, absence.starts_at, absence.ends_at + DAY, people["mia"], people["max"])
    assert isinstance(changed, be_away.Away)
    assert acting("zoe", "max") == {"max": ("mia",)}
    assert acting("max", at=absence.ends_at) == {"max": ("mia",)}
    assert be_away.come_back(absence, people["mia"]) == absence
    assert acting("zoe", "max") == {}
    kinds = list(DelegationEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["away", "appointed", "changed", "taken_back", "appointed", "back", "taken_back"]


def test_an_absence_whose_substitute_declines_has_none(people: People) -> None:
    absence = away(people["mia"], people["zoe"])
    appoint.take_back(Delegation.objects.get(), people["zoe"])
    absence.refresh_from_db()
    assert absence.substitute is None
    assert acting("zoe") == {}


def test_who_hands_over_to_somebody_away_is_warned(people: People) -> None:
    away(people["zoe"])
    now = timezone.now()
    answer = appoint.appoint(people["mia"], people["zoe"], now, now + DAY, people["mia"])
    assert isinstance(answer, appoint.Appointed)
    assert answer.warnings[0].startswith("Zoe Zell is away on") or answer.warnings[0].startswith(
        "Zoe Zell is away from"
    )


def test_what_is_visible_to_whom(people: People) -> None:
    given, absence = hand(people["mia"], people["zoe"]), away(people["mo"], people["max"])
    for who, seen in {"mia": 1, "zoe": 1, "max": 0, "otto": 0}.items():
        assert Delegation.objects.visible_to(people[who]).filter(pk=given.pk).count() == seen, who
    for who, seen in {"mia": 0, "mo": 1, "max": 1, "otto": 0}.items():
        assert Absence.objects.visible_to(people[who]).filter(pk=absence.pk).count() == seen, who
    assert Delegation.objects.visible_to(Person(is_superuser=True)).count() == 2


def test_facts_name_the_delegators_and_what_they_hold(people: People, change: Version) -> None:
    run = house.begin(change, people["ann"], service="shop")
    hand(people["ben"], people["zoe"])
    hand(people["mia"], people["zoe"], playbooks=[Artifact.objects.create(slug="other", unit=change.artifact.unit)])
    apply([Delivery(run.pk, Claim(at=NOT_YET, actor="zoe", visit=1))])
    known = directory.look_up(["zoe"], ["zoe"], timezone.now())
    facts = known.facts(definitions.of(run), run.unit.path, definitions.state_of(run), "zoe", 1)
    assert facts.delegators == ("ben",)
    assert facts.voters["ben"] == ("engineer", "user:ben")
    assert facts.roles == ("user:zoe",)


def test_it_costs_one_statement_however_many_act(people: People, change: Version) -> None:
    runs = [house.begin(change, people["ann"], service="shop") for _ in range(6)]
    for to in ("ben", "zoe", "otto"):
        hand(people["mia"], people[to])

    def statements(actors: list[str], runs: list[object]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            answers = apply(
                [
                    Delivery(run.pk, Claim(at=NOT_YET, actor=actor, visit=1))
                    for actor, run in zip(actors, runs, strict=True)
                ]
            )
        assert any(is_accepted(answer) for answer in answers)
        return [query["sql"] for query in captured if "runs_delegation" in query["sql"]]

    assert len(statements(["ben"], runs[:1])) == 1
    assert len(statements(["ben", "zoe", "otto", "ben"], runs[1:5])) == 1
