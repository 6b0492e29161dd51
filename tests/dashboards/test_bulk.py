"""Several runs at once: what it will do to each is said first, it is done once, and what came of it is kept."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from engine.lifecycles import RunStatus
from runs import definitions, operate
from runs.models import BulkAct, Entry, Refused, Run
from tests.dashboards import office
from tests.dashboards.test_operating import log, words
from tests.runs import house
from workflows.models import Part, Person, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
People = dict[str, Person]


@pytest.fixture
def olga(people: People) -> Client:
    return office.client(people["olga"])


@pytest.fixture
def three(people: People, run: Run) -> list[Run]:
    version = run.version
    return [run, *(house.begin(version, people["zoe"], service=name) for name in ("store", "depot"))]


def ask(reader: Client, act: str, runs: list[Run], **more: str) -> str:
    answer = reader.get("/runs/bulk/", {"act": act, "run": [str(run.number) for run in runs], **more})
    assert answer.status_code == 200
    return answer.content.decode()


def sent(html: str) -> dict[str, list[str]]:
    """What the form of the preview sends."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html.split('method="post"')[-1]):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found


def targets(html: str) -> list[str]:
    return " ".join(sent(html).get("target", [])).split()


def send(reader: Client, html: str, reason: str, **more: object) -> str:
    """Send the form of a preview, and return the words of the page with the results."""
    answer = reader.post("/runs/bulk/", {**sent(html), "reason": reason, **more}, follow=True)
    assert answer.status_code == 200
    return words(answer)


def test_one_act_on_several_runs_is_shown_first_done_then_and_only_once(three: list[Run], olga: Client) -> None:
    board = olga.get("/runs/").content.decode()
    assert all(f'name="run" value="{run.number}"' in board for run in three)
    preview = ask(olga, "pause", three[:2])
    assert "2 runs Stands still: nobody can hand in or vote, clocks stop. Told: nobody." in re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", preview)
    )
    assert [log(run) for run in three] == [["start"]] * 3
    answer = olga.post("/runs/bulk/", sent(preview))
    assert answer.status_code == 422
    assert "Say why" in words(answer)
    assert len(targets(answer.content.decode())) == 2
    for _ in range(2):  # sent twice, it is one act
        assert send(olga, preview, "Holiday").count("Done , and kept in its log as entry 2.") == 2
    assert BulkAct.objects.count() == 1
    assert [log(run) for run in three] == [["start", "pause"], ["start", "pause"], ["start"]]
    mixed = ask(olga, "resume", three)
    assert "This run is not paused" in mixed
    assert "Rule: There is nothing open to act on." in mixed
    assert len(targets(mixed)) == 2


def test_cancel_and_skip_in_bulk_name_what_they_close_and_tell_what_was_refused(
    people: People, three: list[Run], olga: Client
) -> None:
    preview = ask(olga, "skip", three)
    assert "At Write the plan: Closes Write the plan. Opens Change board. Told: Max Mill, Mia Moss and Mo" in preview
    operate.cancel(three[0], people["olga"], "meanwhile")
    done = send(olga, preview, "Not needed")
    assert done.count("Done at Write the plan") == 2
    assert "Nothing was done. This run has ended: it is cancelled. Rule: The run has ended." in done
    assert "nothing to retry" in ask(olga, "retry", three[1:])
    preview = ask(olga, "cancel", three)
    assert "2 runs" in preview
    assert "Closes Change board. Ends as cancelled. Told: whoever started it." in preview
    assert "This run has ended: it is cancelled." in preview
    send(olga, preview, "All of it")
    assert {house.now(run).status for run in three} == {RunStatus.CANCELLED.value}


def test_what_has_to_be_chosen_is_asked_before_it_is_said_what_it_does(three: list[Run], olga: Client) -> None:
    asking = ask(olga, "jump", three[:2])
    assert "Go on at which step?" in asking
    assert '<option value="board">Change board</option>' in asking
    assert not targets(asking)
    form = {"act": "jump", "target": f"{three[0].number}:0@1", "reason": "On", "to": ""}
    assert olga.post("/runs/bulk/", form).status_code == 422
    assert [log(run) for run in three] == [["start"]] * 3

    preview = ask(olga, "jump", three[:2], to="plan")
    assert "Closes Write the plan. Opens Write the plan." in preview
    assert send(olga, preview, "Once more").count("Done , and kept in its log") == 2
    assert [log(run) for run in three] == [["start", "jump"], ["start", "jump"], ["start"]]

    preview = ask(olga, "reassign", three, to="manager")
    assert "Write the plan from the role engineer to the role manager" in preview
    assert send(olga, preview, "Holiday").count("Done at Write the plan") == 3
    assert {definitions.state_of(house.now(run)).visits.popitem()[1].assigned for run in three} == {"manager"}
    assert "There is nothing to choose from" in ask(olga, "signal", three)


def test_in_bulk_too_only_operators_act_and_what_is_not_theirs_is_not_there(people: People, three: list[Run]) -> None:
    ann = office.client(people["ann"])
    for act in ("cancel", "jump"):  # she is not asked where to, only to read that she may not
        page = ask(ann, act, three)
        assert "Only operators of these runs may do this." in page
        assert "<textarea" not in page
        assert "<select" not in page.partition("<main")[2]
    form = {"act": "cancel", "target": [f"{run.number}:0@1" for run in three], "reason": "mine", "key": "k"}
    answer = ann.post("/runs/bulk/", form)
    assert answer.status_code == 403
    assert "Nothing is done. Only operators of these runs may do this." in words(answer)
    assert "Rule: You are not in a role that may do this." in words(answer)
    assert BulkAct.objects.count() == 0, "nothing is kept that could only be refused"
    assert list(Refused.objects.values_list("person", "act", "code")) == [("ann", "cancel", "not-in-role")] * 3
    otto = office.client(people["otto"])
    answer = otto.get("/runs/bulk/", {"act": "cancel", "run": [run.number for run in three]})
    assert answer.status_code == 422
    assert "3 of those chosen are left out." in words(answer)
    Refused.objects.all().delete()
    assert otto.post("/runs/bulk/", form).status_code == 404
    assert set(Refused.objects.values_list("person", "act", "code")) == {("otto", "cancel", "not-visible")}
    assert [log(run) for run in three] == [["start"]] * 3


def test_only_who_may_act_on_several_runs_somewhere_is_offered_it(people: People, three: list[Run]) -> None:
    for name, offered in (("olga", True), ("audrey", False), ("ann", False)):
        html = office.client(people[name]).get("/runs/").content.decode()
        assert ('name="act" value="pause"' in html) is offered, name
        assert ("table--unpicked" in html) is not offered, name
        assert "Change of the shop" in html or "shop" in html


def test_where_some_of_them_are_theirs_the_others_refuse_line_by_line(people: People, three: list[Run]) -> None:
    elsewhere = Unit.objects.create(slug="far", title="Far")
    Run.objects.filter(pk=three[0].pk).update(unit=elsewhere)
    Part.objects.create(unit=elsewhere, person=people["olga"], part=Part.Kind.AUDITOR)
    olga = office.client(people["olga"])
    form = {"act": "cancel", "target": [f"{run.number}:0@1" for run in three], "reason": "All", "key": "k"}

    told = words(olga.post("/runs/bulk/", form, follow=True))

    assert told.count("Nothing was done. Only operators of this run may do this.") == 1
    assert told.count("Done , and kept in its log") == 2


def test_only_who_ordered_it_and_who_oversees_its_runs_sees_what_came_of_it(
    people: People, three: list[Run], olga: Client
) -> None:
    send(olga, ask(olga, "pause", three), "Holiday")
    page = f"/runs/bulk/{BulkAct.objects.get().pk}/"
    assert {name: office.client(people[name]).get(page).status_code for name in ("olga", "audrey", "ann", "otto")} == {
        "olga": 200,
        "audrey": 200,
        "ann": 404,
        "otto": 404,
    }
    assert "Olga Oak" in words(office.client(people["audrey"]).get(page))
    assert olga.get("/runs/bulk/99999/").status_code == 404
    sheet = olga.get(f"{page}results.csv").content.decode()
    assert sheet.count(",done,") == 3
    assert office.client(people["ann"]).get(f"{page}results.csv").status_code == 404
    # what is no longer hers to see keeps its line and loses its name
    Part.objects.filter(person=people["olga"]).delete()
    assert "A run: It does not exist, or is no longer yours to see." in words(olga.get(page))
    assert "Ship shop" not in words(olga.get(page))


def test_all_that_a_filter_leaves_is_chosen_without_naming_each(three: list[Run], olga: Client) -> None:
    operate.pause(three[0], Person.objects.get(username="olga"), "first")
    answer = olga.get("/runs/bulk/", {"act": "resume", "all": "1", "filters": "state=paused"})
    assert len(targets(answer.content.decode())) == 1
    answer = olga.get("/runs/bulk/", {"act": "pause", "all": "1", "filters": "?q=Ship"})
    assert len(targets(answer.content.decode())) == 2
    answer = olga.get("/runs/bulk/", {"act": "pause", "all": "1", "filters": "state=nonsense"})
    assert answer.status_code == 422
    assert "Nothing was chosen by this filter. " in words(answer)


def test_those_refused_are_tried_again_with_what_there_is_now(people: People, three: list[Run], olga: Client) -> None:
    preview = ask(olga, "pause", three)
    operate.pause(three[0], people["olga"], "meanwhile")
    done = send(olga, preview, "Holiday")
    assert "2 done, 1 refused" in done
    operate.resume(three[0], people["olga"], "for now")
    again = olga.get("/runs/bulk/", {"again": BulkAct.objects.get().pk}).content.decode()
    assert len(targets(again)) == 1
    assert ">Holiday</textarea>" in again
    assert "1 done, 0 refused" in send(olga, again, "Holiday")
    assert [log(run)[-1] for run in three] == ["pause"] * 3


@pytest.mark.parametrize("address", ["", "?act=explode&run=1", "?act=cancel", "?act=cancel&run=x&run=9999999999"])
def test_nonsense_in_the_address_is_said_and_not_broken(people: People, olga: Client, address: str) -> None:
    answer = olga.get(f"/runs/bulk/{address}")
    assert answer.status_code == 422
    assert "Nothing was chosen." in words(answer)


def test_another_operator_was_faster(people: People, three: list[Run], olga: Client) -> None:
    """What somebody else has done since the preview is read first: that run is refused, the others are done."""
    Part.objects.create(unit=three[0].unit, person=people["mo"], part=Part.Kind.OPERATOR)
    preview = ask(olga, "cancel", three)
    operate.pause(three[1], people["mo"], "I look at it")
    done = send(olga, preview, "All of it")
    assert "2 done, 1 refused" in done
    assert "Mo Marsh was faster: Mo Marsh paused this run at" in done
    assert Entry.objects.filter(run=three[1], kind="cancel").count() == 0
