"""Two operators at one incident: the second is told what the first did and what is left; and a run that is gone."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from engine.lifecycles import IncidentStatus
from runs import operate
from runs.models import Entry, Incident, Refused, Run
from tests.dashboards import office
from tests.dashboards.test_operating import log, page, words
from tests.runs import house
from workflows.models import Part, Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def stuck(people: People) -> Run:
    """A run with an action that is refused at once, which two people operate."""
    steps = [
        house.action("ship", "http.request", url="https://10.20.0.15/deploy", method="POST"),
        house.task("check"),
        house.end(),
    ]
    run = house.begin(house.publish(house.playbook("stuck", steps)), people["ann"])
    house.act()
    assert Incident.objects.filter(run=run, status=IncidentStatus.OPEN.value).count() == 1
    Part.objects.create(unit=run.unit, person=people["mo"], part=Part.Kind.OPERATOR)
    return house.now(run)


def seen(html: str) -> dict[str, str]:
    return {name: re.findall(f'name="{name}" value="([^"]*)"', html)[0] for name in ("seen", "key")}


def test_the_second_reads_what_the_first_did_and_what_is_left(people: People, stuck: Run) -> None:
    olga, mo = office.client(people["olga"]), office.client(people["mo"])
    forms = {name: seen(one.get(page(stuck, "skip", 1)).content.decode()) for name, one in (("olga", olga), ("mo", mo))}
    first = mo.post(page(stuck, "skip", 1), {**forms["mo"], "reason": "It was shipped by hand"})
    assert first.status_code == 302
    second = olga.post(page(stuck, "skip", 1), {**forms["olga"], "reason": "Nobody needs it, I asked Ann"})
    assert second.status_code == 409
    said = words(second)
    assert "Nothing was done. Mo Marsh was faster: Mo Marsh skipped this step at" in said
    assert "Rule: Another operator was faster." in said
    assert "“It was shipped by hand”" in said
    assert "Nothing is left to do here." in said
    assert "What you had written: “Nobody needs it, I asked Ann”" in said
    assert log(stuck).count("skip") == 1
    assert Refused.objects.filter(person="olga", act="skip", code="overtaken").count() == 1


def test_what_is_left_can_be_done_with_the_form_as_it_is_now(people: People, stuck: Run) -> None:
    """The first one's retry failed again: the second is told, and may then skip, with the reason still there."""
    olga = office.client(people["olga"])
    form = seen(olga.get(page(stuck, "skip", 1)).content.decode())
    operate.retry(stuck, 1, people["mo"], "The network is back")
    house.act()
    answer = olga.post(page(stuck, "skip", 1), {**form, "reason": "By hand"})
    assert answer.status_code == 409
    said = words(answer)
    assert "Mo Marsh retried this step" in said
    assert "What is left to do at Ship: Retry Ship… Skip Ship…" in said
    html = answer.content.decode()
    assert ">By hand</textarea>" in html
    again = {**form, **seen(html), "reason": "By hand"}
    assert olga.post(page(stuck, "skip", 1), again).status_code == 302
    assert log(stuck)[-1] == "skip"


def test_ones_own_act_and_one_at_another_step_overtake_nobody(people: People, stuck: Run) -> None:
    olga = office.client(people["olga"])
    form = seen(olga.get(page(stuck, "cancel")).content.decode())
    operate.pause(stuck, people["olga"], "from another window")
    assert olga.post(page(stuck, "cancel"), {**form, "reason": "enough"}).status_code == 302


def test_the_page_of_an_act_says_what_the_machine_would_do(people: People, run: Run) -> None:
    olga = office.client(people["olga"])
    said = words(olga.get(page(run, "skip", 1)))
    assert "Closed Write the plan Clocks 3 due times, reminders and waits end with it. Opens next Change board" in said
    assert "Told Max Mill, Mia Moss and Mo Marsh: “Your decision is asked: Change board”" in said
    answer = olga.post(page(run, "jump"), {"look": "1", "to": "tell", "reason": "typed so far"})
    assert answer.status_code == 200
    said = words(answer)
    assert "Nobody approves Change board: the run's page will say so" in said.replace("&#x27;", "'")
    assert "typed so far" in answer.content.decode()
    answer = olga.post(page(run, "complete-for", 1), {"look": "1", "for": "ann"})
    assert answer.status_code == 422
    answer = olga.post(page(run, "change"), {"look": "1", "inputs.service": "store"})
    assert "inputs.service: shop becomes store" in words(answer)
    assert log(run) == ["start"]


def test_a_run_that_went_out_of_sight_leaves_nothing_to_press(people: People, run: Run) -> None:
    olga = office.client(people["olga"])
    assert olga.get(page(run)).status_code == 200
    Part.objects.filter(person=people["olga"]).delete()
    assert "no longer yours to see" in words(gone := olga.get(page(run)))
    assert gone.status_code == 404
    fragment = olga.get(page(run), headers={"HX-Request": "true"})
    assert fragment.status_code == 404
    html = fragment.content.decode()
    assert "no longer yours to see" in html
    assert "hx-" not in html, "what takes the page's place asks no more"
    assert "<html" not in html
    answer = olga.post(page(run, "cancel"), {"reason": "I still have the form"})
    assert answer.status_code == 404
    assert list(Refused.objects.values_list("person", "act", "code")) == [("olga", "run-cancel", "not-visible")]
    never = olga.get("/runs/987654/")
    assert words(never) == words(gone)
    assert Entry.objects.filter(run=run).count() == 1


def test_a_page_takes_what_is_gone_for_the_whole_of_it(people: People) -> None:
    config = office.client(people["olga"]).get("/runs/").content.decode()
    assert '{"code": "404", "swap": true, "target": "#main", "swapOverride": "innerHTML"}' in config


def test_who_may_not_is_told_by_which_rule(people: People, run: Run) -> None:
    ann: Client = office.client(people["ann"])
    said = words(ann.get(page(run, "cancel")))
    assert "Only operators of this run may do this. Rule: You are not in a role that may do this." in said
