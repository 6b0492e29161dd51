"""Gates: who is left at each gate, who is away, what it costs; for those who answer for the unit and nobody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.metrics.period import Period
from dashboards.staffing import ahead, cost, thin
from runs.be_away import be_away
from runs.models import Gate, Opening, Vote
from runs.staffing import check
from tests.dashboards import office, rows
from tests.runs import house
from workflows.models import Artifact, Part, Person, Unit, Version

pytestmark = pytest.mark.django_db

People = dict[str, Person]
UTC_ZONE = ZoneInfo("UTC")


def give(person: Person, unit: str, part: Part.Kind) -> None:
    Part.objects.create(unit=Unit.objects.get(slug=unit), person=person, part=part)


@pytest.fixture
def owner(people: People) -> Client:
    give(people["zoe"], "company", Part.Kind.PROCESS_OWNER)
    return office.client(people["zoe"])


@pytest.fixture
def board(people: People) -> Version:
    return publish("board-of-two", 2)


def publish(slug: str, quorum: int, **more: object) -> Version:
    return house.publish(house.playbook(slug, [house.gate("board", quorum=quorum, **more), house.end()]))


def words(reader: Client, address: str = "/gates/") -> str:
    answer = reader.get(address)
    assert answer.status_code == 200, address
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_only_those_who_answer_for_a_unit_find_it(people: People, board: Version) -> None:
    for name, status in {"ann": 404, "mia": 404, "olga": 200, "audrey": 200}.items():
        reader = office.client(people[name])
        assert reader.get("/gates/").status_code == status, name
        assert reader.get("/gates/board-of-two/board/").status_code == status, name
        assert ("/gates/" in reader.get("/metrics/").content.decode()) is (status == 200), name
    elsewhere = office.client(people["otto"])
    assert "Board-of-two" not in words(elsewhere)
    assert elsewhere.get("/gates/board-of-two/board/").status_code == 404


def test_the_thinnest_gate_stands_first_with_its_people_and_who_may_leave(owner: Client, board: Version) -> None:
    publish("one", 1)
    publish("alone", 1, exclude=("starter", "user:mia", "user:max"))
    publish("four", 4)
    found = thin.read(thin.visible(["/company/"]), timezone.now(), UTC_ZONE)
    assert [(row.version.artifact.slug, row.spare, row.look) for row in found] == [
        ("four", -2, "failed"),
        ("alone", -1, "attention"),
        ("board-of-two", 0, "attention"),
        ("one", 1, "done"),
    ]
    said = words(owner)
    assert "One more person in manager would do." in said
    order = [said.index(f"Board {title} ") for title in ("Four", "Alone", "Board of two", "One")]
    assert order == sorted(order)
    narrowed = words(owner, "/gates/?playbook=one&unit=platform")
    assert "1 may leave" in narrowed
    assert "nobody to spare" not in narrowed
    assert "There is no playbook “none”" in words(owner, "/gates/?playbook=none")


def test_a_task_that_hangs_on_one_person_is_listed(people: People, owner: Client) -> None:
    house.publish(house.playbook("tasks", [house.task("plan"), house.task("ask", assign="user:mo"), house.end()]))
    said = words(owner)
    assert "Tasks that hang on one person" in said
    assert "Hangs on Mo Marsh." in said
    assert "Plan" not in said


def test_who_is_away_and_on_which_days_too_few_are_left(people: People, owner: Client, board: Version) -> None:
    begins = datetime.combine(timezone.now().date() + timedelta(days=3), datetime.min.time(), UTC)
    be_away(people["mo"], begins, begins + timedelta(days=2), people["mo"])
    (row,) = thin.read([board], timezone.now(), UTC_ZONE)
    assert [absence.person.username for absence in row.away] == ["mo"]
    assert row.unmet == ((begins.date(), begins.date() + timedelta(days=1)),)
    assert "Mo Marsh" in words(owner, "/gates/board-of-two/board/")
    be_away(people["max"], begins, begins + timedelta(days=2), people["max"], substitute=people["ben"])
    (row,) = thin.read([board], timezone.now(), UTC_ZONE)
    assert row.unmet == ((begins.date(), begins.date() + timedelta(days=1)),)
    assert len(row.away) == 2
    assert ahead.stretches([]) == ()


def test_an_open_gate_that_lacks_people_stands_on_top_and_on_the_board(people: People, owner: Client) -> None:
    run = house.begin(publish("three", 3), people["ann"])
    people["mo"].groups.clear()
    check.check()
    says = "It still needs 3 approvals, and only Max Mill and Mia Moss may vote now."
    assert says in words(owner)
    operator = office.client(people["olga"])
    assert says in words(operator, "/runs/?state=attention")
    page = words(operator, f"/runs/{run.number}/")
    assert "needs an operator: too few people are there who may answer" in page
    assert says in page


def test_the_number_of_statements_does_not_grow(owner: Client, board: Version) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            owner.get("/gates/")
        return len(queries)

    count()
    few = count()
    for number in range(6):
        publish(f"more-{number}", 1)
    count()
    assert count() == few


# ---- what it costs


def decided(version: Version, voter: Person, *, told: int, opened: int | None, status: str = "approved") -> Gate:
    """A gate that was decided an hour ago: told so many minutes before, opened so many seconds before."""
    at = timezone.now() - timedelta(hours=1)
    run = rows.run(version, voter)
    step = rows.step(run, "board", "gate", opened_at=at - timedelta(minutes=told))
    gate = rows.gate(step, status, decided_at=at)
    Gate.objects.filter(pk=gate.pk).update(decided_by=voter.username)
    Vote.objects.create(gate=gate, person=voter, choice="approve", digest=gate.digest, at=at)
    if opened is not None:
        Opening.objects.create(step=step, person=voter, digest=gate.digest, at=at - timedelta(seconds=opened))
    return gate


def test_what_a_gate_costs(people: People, owner: Client, board: Version) -> None:
    decided(board, people["mia"], told=10, opened=300)
    decided(board, people["mia"], told=20, opened=5)
    decided(board, people["mia"], told=30, opened=None, status="rejected")
    decided(board, people["max"], told=40, opened=60, status="returned")
    ruled = decided(board, people["max"], told=50, opened=None)
    Gate.objects.filter(pk=ruled.pk).update(decided_by="rung:0")
    ruled.votes.all().delete()
    decided(board, people["max"], told=60, opened=None, status="overridden").votes.all().delete()
    found = cost.measure(board.artifact, "board", Period(90, timezone.now(), UTC_ZONE))
    assert found.whole is not None
    assert (found.whole.count, found.whole.p50) == (5, 30 * 60)
    assert found.opened is not None
    assert (found.opened.count, found.opened.p50) == (3, 60)
    assert found.unopened is not None
    assert found.unopened.p50 == 20 * 60 - 5
    assert (found.decided, found.rejected, found.returned, found.by_rule, found.overridden) == (5, 1, 1, 1, 1)
    assert (found.votes, found.timed, found.hasty) == (4, 3, 1)
    assert [(one.person.username, one.votes, one.hasty, one.decided) for one in found.voters] == [
        ("mia", 3, 1, 3),
        ("max", 1, 0, 1),
    ]
    assert found.most_share == 75
    page = words(owner, "/gates/board-of-two/board/")
    assert "3 of 4 by Mia Moss" in page
    assert "1 by a rule, 1 passed over" in page
    assert "1 of 3 votes" in page
    operator = words(office.client(people["olga"]), "/gates/board-of-two/board/")
    assert "1 of 3 votes" in operator
    assert "by Mia Moss" not in operator


def test_a_gate_that_was_never_decided_says_what_will_be_here(owner: Client, board: Version) -> None:
    assert "This gate was not decided in the last 90 days." in words(owner, "/gates/board-of-two/board/")
    with CaptureQueriesContext(connection) as queries:
        cost.measure(Artifact.objects.get(slug="board-of-two"), "board", Period(90, timezone.now(), UTC_ZONE))
    assert len(queries) == 7


def test_the_board_says_that_a_published_gate_has_too_few(people: People, owner: Client) -> None:
    publish("four", 4)
    check.check()
    assert "1 step of published playbooks has too few people." in words(owner, "/runs/")
    assert "too few people" not in words(office.client(people["ann"]), "/runs/")


def test_the_start_page_says_it_before_anything_is_typed(people: People) -> None:
    publish("three", 3)
    mia, ann = office.client(people["mia"]), office.client(people["ann"])
    assert '<form class="panel"' in ann.get("/library/three/start/").content.decode()
    page = words(mia, "/library/three/start/")
    assert "This run could not be brought to an end: too few people." in page
    assert "One more person in manager would do." in page
    assert "Start the run" not in page
    refused = mia.post("/library/three/start/", {"key": "k"})
    assert refused.status_code == 409
    assert "Not started." in refused.content.decode()
