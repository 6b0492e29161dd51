"""The page Absence and delegations: making, changing, ending, declining; what is wrong at its field; the log as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine import fields
from runs.models import Absence, Delegation, DelegationEntry, Run
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
TODAY = timezone.now().date()


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).isoformat()


def page(who: Person, more: str = "") -> str:
    answer = office.client(who).get(f"/absence/{more}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def say(who: Person, address: str, **form: object) -> tuple[int, str]:
    answer = office.client(who).post(f"/absence/{address}", form, follow=True)
    return answer.status_code, " ".join(answer.content.decode().split())


@pytest.fixture
def chief(people: People) -> Person:
    return Person.objects.create(username="chief", first_name="Cleo", last_name="Chief", is_superuser=True)


def test_who_is_away_says_from_when_until_when_and_who_acts(people: People) -> None:
    assert "You act for yourself, and for nobody else." in page(people["mia"])
    code, html = say(
        people["mia"], "away/", starts_at=day(0), ends_at=day(6), substitute="zoe", reason="the sea", person="mia"
    )
    assert code == 200
    assert "You are away from" in html
    assert "Zoe Zell acts then, and is told." in html
    assert "<b>Zoe Zell</b> acts for you" in html
    theirs = page(people["zoe"])
    assert "You act for <b>Mia Moss</b>" in theirs
    assert "the sea" in theirs
    kept = Absence.objects.get()
    assert (kept.ends_at - kept.starts_at) == timedelta(days=7)


def test_the_days_are_those_of_the_person_whose_they_are(people: People, chief: Person) -> None:
    Person.objects.filter(username="mia").update(time_zone="Asia/Tokyo")
    say(chief, "away/", starts_at=day(5), ends_at=day(5), person="mia")
    kept = Absence.objects.get()
    assert (kept.source, kept.made_by) == ("administrator", chief)
    assert kept.starts_at.hour == 15  # midnight in Tokyo
    assert kept.starts_at.date() == TODAY + timedelta(days=4)


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(people: People) -> None:
    code, html = say(
        people["mia"], "away/", starts_at=day(3), ends_at=day(1), substitute="zoe", reason="a cruise", person=""
    )
    assert code == 422
    assert "It must end after it starts." in html
    assert 'id="away-ends_at-error"' in html
    assert 'value="a cruise"' in html
    assert '<option value="zoe" selected>' in html
    code, html = say(people["mia"], "away/", starts_at="soon", ends_at="", person="")
    assert code == 422
    assert "This is no day." in html
    assert fields.MISSING in html
    assert not Absence.objects.exists()
    code, html = say(people["mia"], "delegations/", to="mia", starts_at=day(0), ends_at=day(1), playbook=[])
    assert code == 422
    assert 'id="hand-to-error"' in html
    assert "nobody stands in for themselves" in html
    code, html = say(people["mia"], "delegations/", to="nemo", starts_at=day(0), ends_at=day(1))
    assert "There is nobody called nemo." in html
    assert not Delegation.objects.exists()


def test_a_delegation_is_made_in_a_playbook_and_declined(people: People) -> None:
    house.publish(house.change())
    code, html = say(people["mia"], "delegations/", to="zoe", starts_at=day(0), ends_at=day(1), playbook=["change"])
    assert code == 200
    assert "Zoe Zell acts for you" in html
    given = Delegation.objects.get()
    assert [artifact.slug for artifact in given.playbooks.all()] == ["change"]
    assert "Decline" in page(people["zoe"])
    assert office.client(people["max"]).post(f"/absence/delegations/{given.pk}/end/").status_code == 404
    code, html = say(people["zoe"], f"delegations/{given.pk}/end/")
    assert "You no longer act for Mia Moss, who is told." in html
    assert "declined" in page(people["mia"])


def test_an_absence_is_changed_and_ended(people: People) -> None:
    say(people["mia"], "away/", starts_at=day(1), ends_at=day(3), substitute="zoe")
    absence = Absence.objects.get()
    html = page(people["mia"], f"?change={absence.pk}")
    assert "Change an absence" in html
    assert f'value="{day(3)}"' in html
    assert office.client(people["max"]).get(f"/absence/?change={absence.pk}").status_code == 404
    assert office.client(people["zoe"]).get(f"/absence/?change={absence.pk}").status_code == 404
    say(people["mia"], "away/", starts_at=day(1), ends_at=day(4), substitute="max", absence=absence.pk)
    absence.refresh_from_db()
    assert (absence.substitute, absence.ends_at - absence.starts_at) == (people["max"], timedelta(days=4))
    assert say(people["zoe"], f"away/{absence.pk}/end/")[0] == 404
    html = say(people["mia"], f"away/{absence.pk}/end/")[1]
    assert "You are no longer down as away." in html
    assert not Delegation.objects.given().exists()


def test_only_administrators_open_the_page_of_somebody_else(people: People, chief: Person) -> None:
    assert office.client(people["max"]).get("/absence/?person=mia").status_code == 404
    assert say(people["max"], "away/", person="mia", starts_at=day(0), ends_at=day(1))[0] == 404
    assert "Mia Moss: absence and delegations" in page(chief, "?person=mia")
    code, html = say(chief, "delegations/", person="mia", to="chief", starts_at=day(0), ends_at=day(1))
    assert code == 409
    assert "Nobody appoints themselves to act for somebody else." in html
    code, html = say(chief, "delegations/", person="mia", to="max", starts_at=day(0), ends_at=day(1))
    assert "Max Mill acts for Mia Moss" in html
    assert "arranged by Cleo Chief" in page(people["mia"])


def test_the_usual_substitute_is_offered(people: People) -> None:
    assert "Zoe Zell usually acts for Mia Moss." in say(people["mia"], "usual/", usual="zoe")[1]
    html = page(people["mia"])
    assert html.count('<option value="zoe" selected>') == 2
    assert "There is nobody called nemo." in say(people["mia"], "usual/", usual="nemo")[1]


def test_the_log_names_everybody_and_no_cell_is_a_formula(people: People) -> None:
    say(people["mia"], "away/", starts_at=day(0), ends_at=day(1), substitute="zoe", reason='=HYPERLINK("x")')
    answer = office.client(people["zoe"]).get("/absence/log.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["by"], row["person"], row["to"]) for row in rows] == [("mia", "mia", "zoe")] * 2
    assert rows[-1]["detail"] == '\'=HYPERLINK("x")'
    assert len(office.client(people["max"]).get("/absence/log.csv").content.decode("utf-8-sig").splitlines()) == 1


def test_nothing_is_changed_by_looking(people: People) -> None:
    for address in ("away/", "delegations/", "usual/"):
        assert office.client(people["mia"]).get(f"/absence/{address}").status_code == 405
    page(people["mia"])
    assert not DelegationEntry.objects.exists()


def test_the_number_of_queries_does_not_grow(people: People) -> None:
    def statements() -> int:
        client = office.client(people["mia"])
        with CaptureQueriesContext(connection) as captured:
            client.get("/absence/")
        return len(captured)

    say(people["mia"], "away/", starts_at=day(0), ends_at=day(1), substitute="zoe")
    say(people["max"], "delegations/", to="mia", starts_at=day(0), ends_at=day(1))
    few = statements()
    for who in ("mo", "ann", "ben"):
        say(people[who], "delegations/", to="mia", starts_at=day(0), ends_at=day(1))
        say(people["mia"], "delegations/", to=who, starts_at=day(0), ends_at=day(1))
    assert statements() == few


def test_what_waits_for_somebody_away_is_in_the_list_of_who_acts_and_returns(people: People, run: Run) -> None:
    gate = office.plan(run, people["ann"])
    mia, otto = office.client(people["mia"]), office.client(people["otto"])
    assert "Approve CHG-1 for shop?" not in otto.get("/").content.decode()
    say(people["mia"], "away/", starts_at=day(0), ends_at=day(6), substitute="otto")
    html = " ".join(otto.get("/").content.decode().split())
    assert "1 gate waits for you." in html
    assert "For Mia Moss, away until" in html
    assert f'href="/runs/{run.number}/gates/{gate.number}/?for=mia"' in html
    assert '<span class="badge badge--now" id="waiting">1' in html
    mine = mia.get("/").content.decode()
    assert "Otto Orr acts for you until" in mine
    assert "Your decision is wanted" in mine
    page = " ".join(otto.get(f"/runs/{run.number}/gates/{gate.number}/").content.decode().split())
    assert "Your decision for Mia Moss" in page
    assert '<input type="hidden" name="for" value="mia">' in page
    theirs = " ".join(
        office.client(people["max"]).get(f"/runs/{run.number}/gates/{gate.number}/").content.decode().split()
    )
    assert "Otto Orr acts for them until" in theirs
    absence = Absence.objects.get()
    say(people["mia"], f"away/{absence.pk}/end/")
    assert "Approve CHG-1 for shop?" not in otto.get("/").content.decode()
    assert otto.get(f"/runs/{run.number}/gates/{gate.number}/").status_code == 404
    assert "acts for you" not in mia.get("/").content.decode()


def test_both_names_stand_on_the_page_after_the_vote(people: People, run: Run) -> None:
    gate = office.plan(run, people["ann"])
    say(people["mia"], "away/", starts_at=day(0), ends_at=day(6), substitute="otto")
    assert gate.asking is not None
    ballot = {"choice": "approve", "digest": gate.asking.digest, "for": "mia"}
    otto = office.client(people["otto"])
    html = otto.post(f"/runs/{run.number}/gates/{gate.number}/", ballot, follow=True).content.decode()
    assert "Your vote is kept: you approve." in html
    assert "Otto Orr for Mia Moss approved" in html
    assert "You have voted for Mia Moss." in otto.get("/").content.decode()
    assert "Otto Orr" in (log := otto.get(f"/runs/{run.number}/").content.decode())
    assert "Mia Moss" in log


def test_a_task_is_taken_and_handed_in_for_somebody(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    office.cast(run, people["mia"], "approve")
    office.cast(run, people["max"], "approve")
    number = office.at(run, "tell").number
    otto = office.client(people["otto"])
    say(people["ben"], "away/", starts_at=day(0), ends_at=day(6), substitute="otto")
    html = " ".join(otto.get("/").content.decode().split())
    assert "For Ben Baker, away until" in html
    assert '<input type="hidden" name="for" value="ben">' in html
    address = f"/runs/{run.number}/tasks/{number}/"
    assert "You act for Ben Baker" in otto.get(address).content.decode()
    assert "is yours" in otto.post(f"{address}claim/", {"for": "ben"}, follow=True).content.decode()
    html = " ".join(otto.get("/").content.decode().split())
    assert "For Ben Baker, away until" in html
    theirs = office.client(people["ben"]).get("/").content.decode()
    assert "Otto Orr has taken it for you." in theirs
    said = otto.post(address, {"key": "k", "for": "ben"}, follow=True).content.decode()
    assert "Tell: handed in. The run reached its end." in said


def test_the_list_costs_a_fixed_number_of_statements_also_for_who_acts(people: People, run: Run) -> None:
    def statements() -> int:
        client = office.client(people["otto"])
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        return len(captured)

    office.plan(run, people["ann"])
    for who in ("mia", "ben"):
        say(people[who], "away/", starts_at=day(0), ends_at=day(6), substitute="otto")
    few = statements()
    for service in ("a", "b", "c"):
        office.plan(house.begin(run.version, people["zoe"], service=service), people["ann"])
        house.begin(run.version, people["zoe"], service=service)
    assert statements() == few
