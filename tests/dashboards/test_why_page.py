"""Why not me, and who could: of every act, with the words that the guard would say at the act itself."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.machine.state import Visit
from runs import explaining, guard
from runs.models import Run
from tests.dashboards import office
from tests.runs import house
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def asked(run: Run, people: People) -> Visit:
    return office.plan(run, people["ann"])


def visit_of(act: guard.Act, asked: Visit) -> int | None:
    return asked.number if act in explaining.OF_VISIT else None


@pytest.mark.parametrize("act", [act for act in explaining.ACTS if act != "start"])
def test_it_names_whom_the_guard_allows_and_nobody_else(people: People, run: Run, act: guard.Act) -> None:
    at_task = act in {"claim", "release", "complete", "complete-for", "reassign"}
    open_step = office.at(run, "plan") if at_task else office.plan(run, people["ann"])
    visit = visit_of(act, open_step)
    fresh = Run.objects.get(pk=run.pk)
    could = {one.person.username: one.verdict for one in explaining.who_could(fresh, act, visit)}
    allowed = {name for name, person in people.items() if guard.may(person, act, fresh, visit)}
    assert {name for name, verdict in could.items() if verdict} == allowed
    assert all(verdict == guard.may(people[name], act, fresh, visit) for name, verdict in could.items())
    assert could, "there is always somebody to be named"


def test_of_a_task_and_of_a_start_too(people: People, run: Run) -> None:
    plan = office.at(run, "plan").number
    could = explaining.who_could(run, "complete", plan)
    assert [one.person.username for one in could if one.verdict] == ["ann", "ben"]
    could = explaining.who_could_start(run.version, [people["otto"]])
    allowed = {name for name, person in people.items() if guard.may(person, "start", version=run.version)}
    assert {one.person.username for one in could if one.verdict} == allowed
    assert "Only people of Platform" in next(one.verdict.sentence for one in could if one.person == people["otto"])


def test_the_page_says_it_of_the_reader_and_of_whoever_is_asked_about(people: People, run: Run, asked: Visit) -> None:
    page = f"/runs/{run.number}/why/?act=vote&visit={asked.number}"
    html = office.client(people["ann"]).get(page).content.decode()
    assert "Who may vote at Change board?" in html
    assert "You may not now." in html
    assert "You did the step Write the plan" in html
    assert "Mia Moss" in html
    html = office.client(people["mia"]).get(page + "&person=Zoe+Zell").content.decode()
    assert "You may." in html
    assert "Zoe Zell may not now," in html
    assert "You started this run" in html
    assert "There is nobody called Nemo." in office.client(people["mia"]).get(page + "&person=Nemo").content.decode()


def test_it_is_shown_to_whoever_may_see_the_run_and_asks_for_an_act_that_is_one(
    people: People, run: Run, asked: Visit
) -> None:
    page = f"/runs/{run.number}/why/"
    assert office.client(people["otto"]).get(page, {"act": "vote", "visit": asked.number}).status_code == 404
    mia = office.client(people["mia"])
    for wrong in ({}, {"act": "eat"}, {"act": "vote"}, {"act": "pause", "visit": "2"}, {"act": "vote", "visit": "99"}):
        assert mia.get(page, wrong).status_code == 404, wrong
    assert mia.get("/library/board/why/").status_code == 200
    assert mia.post(page, {"act": "pause"}).status_code == 405


def test_every_button_that_is_missing_leads_to_its_reason(people: People, run: Run, asked: Visit) -> None:
    gate = office.client(people["ann"]).get(f"/runs/{run.number}/gates/{asked.number}/").content.decode()
    assert f"/runs/{run.number}/why/?act=vote&amp;visit={asked.number}" in gate
    html = office.client(people["mia"]).get(f"/runs/{run.number}/").content.decode()
    for act in ("pause", "jump", "change", "rollback", "cancel"):
        assert f"/runs/{run.number}/why/?act={act}" in html
    Part.objects.create(unit=run.unit, person=people["otto"], part=Part.Kind.VIEWER)
    book = office.client(people["otto"]).get("/library/board/").content.decode()
    assert "/library/board/why/" in book


@pytest.mark.parametrize("act", ["vote", "pause", "see", "delegate"])
def test_it_costs_the_same_however_many_people_there_are(
    people: People, run: Run, asked: Visit, act: guard.Act
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            explaining.who_could(
                Run.objects.select_related("unit", "version").get(pk=run.pk), act, visit_of(act, asked)
            )
        return len(caught)

    before = statements()
    for number in range(30):
        person = Person.objects.create(username=f"more{number}")
        person.groups.set(people["mia"].groups.all())
        Part.objects.create(unit=Unit.objects.get(slug="platform"), person=person, part=Part.Kind.OPERATOR)
    assert statements() == before
    assert before < 14


def test_a_start_costs_the_same_too(people: People, run: Run) -> None:
    house.publish(office.board())
    with CaptureQueriesContext(connection) as caught:
        explaining.who_could_start(run.version)
    assert len(caught) < 12
