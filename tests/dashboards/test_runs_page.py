"""Runs: tiles, filters in the address, keyset pages, the live part, the wall, and nobody else's runs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs.models import Run
from tests.dashboards import office, rows
from workflows.models import Part, Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LIVE = {"HX-Request": "true"}


@pytest.fixture
def ines() -> Person:
    return rows.person("ines", "engineers", first="Ines", last="Okafor")


@pytest.fixture
def reader(ines: Person) -> Client:
    return office.client(ines)


def shown(reader: Client, address: str = "/runs/", **headers: str) -> list[int]:
    """The numbers of the runs in the table, in order."""
    answer = reader.get(address, headers=headers or None)
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r'id="run-(\d+)"', answer.content.decode())]


def text(reader: Client, address: str = "/runs/") -> str:
    """The page's words, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", reader.get(address).content.decode()).split())


def test_nobody_comes_in_without_signing_in(client: Client) -> None:
    assert client.get("/runs/").status_code == 302


def test_an_empty_board_says_what_will_be_here_and_how_to_start(reader: Client) -> None:
    html = text(reader)
    assert "No runs yet" in html
    assert "Find a playbook to start" in html


def test_a_row_says_where_it_stands_for_whom_and_how_far(ines: Person, reader: Client) -> None:
    marit = rows.person("marit", "managers", first="Marit", last="de Vries")
    run = rows.run(rows.version(), ines, title="Ship tariff-api", waiting=True)
    rows.step(run, "plan", "task", 1, "completed")
    board = rows.step(run, "board", "gate", 2, title="Change board")
    rows.gate(board)
    rows.waits_for(board, marit, ines)
    said = text(reader)
    assert "Ship tariff-api" in said
    assert "Change board 1 of 3 steps" in said
    assert re.search(r"IO You and 1 more|MV Marit de Vries and 1 more", said)


def test_a_run_with_an_incident_is_first_and_says_what_is_wrong(ines: Person, reader: Client) -> None:
    version = rows.version()
    stuck = rows.run(version, ines, incident_count=1, changed_at=timezone.now() - timedelta(days=3))
    rows.incident(stuck, rows.step(stuck, "ship", "action", title="Ship"))
    newer = rows.run(version, ines)
    assert shown(reader) == [stuck.number, newer.number]
    assert "Ship: the action failed after its last attempt" in text(reader)


def test_tiles_count_and_filter(ines: Person, reader: Client) -> None:
    version, now = rows.version(), timezone.now()
    late = rows.run(version, ines, waiting=True, next_due_at=now - timedelta(hours=1))
    rows.step(late)
    resting = rows.run(version, ines, waiting=True)
    rows.step(resting, "hold", "wait")  # it waits for a time, for nobody
    stuck = rows.run(version, ines, incident_count=1)
    done = rows.run(version, ines, "completed", ended_at=now)
    rows.run(version, ines, "completed", ended_at=now - timedelta(days=3))
    html = reader.get("/runs/").content.decode()
    counts = dict(re.findall(r'id="tile-(\w+)".*?tile__number">(\d+)<', html))
    assert counts == {"running": "3", "waiting": "1", "attention": "1", "overdue": "1", "done": "1"}
    html = reader.get("/runs/?playbook=change&risk=low").content.decode()
    assert set(re.findall(r'tile__number">(\d+)<', html)) == {"0"}  # of what is chosen
    assert shown(reader, "/runs/?state=waiting") == [late.number]
    assert shown(reader, "/runs/?state=attention") == [stuck.number]
    assert shown(reader, "/runs/?state=overdue") == [late.number]
    assert shown(reader, "/runs/?state=done") == [done.number]
    assert len(shown(reader, "/runs/?state=ended")) == 2
    assert len(shown(reader, "/runs/?state=all")) == 5


def test_words_and_playbook_and_mine_narrow_the_list(ines: Person, reader: Client) -> None:
    tom = rows.person("tom", first="Tom", last="Wieczorek")
    change, buy = rows.version(), rows.version(slug="buy", title="Purchase")
    mine = rows.run(change, ines, title="Ship billing")
    other = rows.run(change, tom, title="Ship vault")
    bought = rows.run(buy, tom, title="Buy pumps")
    rows.waits_for(rows.step(other), "engineers")
    assert set(shown(reader, "/runs/?q=ship")) == {mine.number, other.number}
    assert shown(reader, "/runs/?q=bill+ship") == [mine.number]
    assert shown(reader, f"/runs/?q={bought.number}") == [bought.number]
    assert shown(reader, "/runs/?playbook=buy") == [bought.number]
    assert shown(reader, "/runs/?mine=started") == [mine.number]
    assert shown(reader, "/runs/?mine=waiting") == [other.number]
    assert "No run fits these filters" in text(reader, "/runs/?q=nothing-of-that-name")


def test_what_is_wrong_in_the_address_is_said_and_nothing_breaks(ines: Person, reader: Client) -> None:
    run = rows.run(rows.version(), ines)
    for address in ["state=sideways", "playbook=no-such", "mine=yours", "order=random", "after=!!", "q=" + "x" * 500]:
        answer = reader.get(f"/runs/?{address}")
        assert answer.status_code == 200, address
        assert 'class="notice notice--attention"' in answer.content.decode(), address
    assert shown(reader, "/runs/?state=sideways&after=WzksMSwyXQ") == [run.number]
    assert reader.get("/runs/?q=%00%27%3B--").status_code == 200


@pytest.mark.parametrize("address", ["", "&order=change", "&order=due", "&state=overdue", "&state=all"])
def test_125_runs_are_paged_by_keyset_each_once(ines: Person, reader: Client, address: str) -> None:
    version, now = rows.version(), timezone.now()
    for nth in range(125):
        due = None if nth % 3 == 0 and "overdue" not in address else now - timedelta(minutes=nth % 40 + 1)
        at = now - timedelta(minutes=nth % 25)  # many share a time: the key decides
        rows.run(version, ines, changed_at=at, next_due_at=due, incident_count=1 if nth % 60 == 0 else 0)
    seen, page, statements = [], f"/runs/?{address}", []
    while page:
        with CaptureQueriesContext(connection) as queries:
            html = reader.get(page).content.decode()
        statements += [query["sql"] for query in queries]
        seen.append([int(number) for number in re.findall(r'id="run-(\d+)"', html)])
        onward = re.search(r'href="(/runs/[^"]*after=[^"]*)">Show the next', html)
        page = onward[1].replace("&amp;", "&") if onward else ""
    assert [len(numbers) for numbers in seen] == [25] * 5
    assert len({number for numbers in seen for number in numbers}) == 125
    assert not any("OFFSET" in statement for statement in statements)


def test_the_number_of_queries_does_not_grow_with_the_runs(ines: Person, reader: Client) -> None:
    version = rows.version()

    def fill(count: int) -> None:
        for nth in range(count):
            run = rows.run(version, ines, incident_count=nth % 2)
            step = rows.step(run, "board", "gate", title="Board")
            rows.gate(step)
            rows.waits_for(step, ines, "engineers")
            if nth % 2:
                rows.incident(run, step)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reader.get(address).status_code == 200
        return len(captured)

    fill(3)
    few = [queries("/runs/"), queries("/runs/"), queries("/runs/?wall=1")]
    fill(30)
    assert [queries("/runs/"), queries("/runs/"), queries("/runs/?wall=1")] == [few[1], few[1], few[2]]
    assert few[1] <= 30


def test_the_same_address_serves_the_live_part_and_304_while_nothing_changes(ines: Person, reader: Client) -> None:
    run = rows.run(rows.version(), ines)
    answer = reader.get("/runs/", headers=LIVE)
    assert b"<html" not in answer.content
    assert b'hx-trigger="run-changed from:body' in answer.content
    again = reader.get("/runs/", headers={**LIVE, "If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Run.objects.filter(pk=run.pk).update(changed_at=timezone.now(), seq=2)
    changed = reader.get("/runs/", headers={**LIVE, "If-None-Match": answer["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != answer["ETag"]
    assert "private" in changed["Cache-Control"]


def test_the_wall_hides_the_frame(ines: Person, reader: Client) -> None:
    version, now = rows.version(), timezone.now()
    stuck = rows.run(version, ines, title="Stuck one", incident_count=1)
    rows.incident(stuck, rows.step(stuck, "ship", "action", title="Ship"))
    rows.run(version, ines, title="Late one", next_due_at=now - timedelta(hours=3))
    asked = rows.run(version, ines, title="Asked one")
    rows.gate(rows.step(asked, "board", "gate", due_at=now + timedelta(hours=1)))
    html = reader.get("/runs/?wall=1").content.decode()
    assert 'class="side"' not in html
    assert all(title in html for title in ("Stuck one", "Late one", "Asked one"))
    assert b"<html" not in reader.get("/runs/?wall=1", headers=LIVE).content


def test_somebody_elses_runs_are_not_shown_nor_counted(ines: Person) -> None:
    run = rows.run(rows.version(), ines, title="Secret plans", incident_count=1)
    rows.incident(run, rows.step(run))
    stranger = office.client(rows.person("nora"))
    for address in ("/runs/", "/runs/?state=all", "/runs/?q=secret", "/runs/?wall=1"):
        html = stranger.get(address).content.decode()
        assert "Secret plans" not in html, address
        assert re.search(r"tile__number\">[1-9]|<b>[1-9]", html) is None, address


def test_operators_and_auditors_see_the_runs_of_their_unit(ines: Person) -> None:
    run = rows.run(rows.version(), ines)
    assert shown(office.client(rows.operator("olga"))) == [run.number]
    assert shown(office.client(rows.operator("otto", rows.unit("elsewhere")))) == []


def test_titles_are_escaped(ines: Person, reader: Client) -> None:
    rows.run(rows.version(), ines, title="<script>alert(1)</script>")
    html = reader.get("/runs/?q=<img src=x>&state=all").content.decode() + reader.get("/runs/").content.decode()
    assert "<script>alert" not in html
    assert "<img" not in html


def written(answer: object) -> str:
    """The pieces of a sheet, put together as the server writes them one by one."""

    async def pieces() -> bytes:
        return b"".join([piece async for piece in answer])

    return async_to_sync(pieces)().decode("utf-8-sig")


def test_the_sheet_holds_what_the_filters_leave_and_no_formula(ines: Person, reader: Client) -> None:
    version = rows.version()
    rows.run(version, ines, title="=cmd|calc", incident_count=1)
    rows.run(version, rows.person("tom"), title="Not mine")
    answer = reader.get("/runs/runs.csv?mine=started&after=garbage")
    text = written(answer)
    lines = text.strip().split("\r\n")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert len(lines) == 2
    assert lines[0].startswith("run,title,status,where_it_stands,waiting_for")
    assert ",'=cmd|calc,Needs attention," in lines[1]
    assert "Not mine" not in text


def test_the_sheet_ends_at_its_bound_and_says_so(ines: Person, reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    version = rows.version()
    for _ in range(7):
        rows.run(version, ines)
    monkeypatch.setattr("dashboards.board.sheet.PAGE", 2)
    whole = written(reader.get("/runs/runs.csv"))
    assert whole.count("\r\n") == 8
    monkeypatch.setattr("dashboards.board.sheet.MOST", 5)
    cut = written(reader.get("/runs/runs.csv"))
    assert cut.count("\r\n") == 7
    assert "Only the first 5 runs" in cut


def test_a_selection_may_be_all_that_the_filters_leave(ines: Person, reader: Client) -> None:
    version = rows.version()
    for _ in range(51):
        rows.run(version, ines)
    Part.objects.create(unit=version.artifact.unit, person=ines, part=Part.Kind.OPERATOR)
    html = reader.get("/runs/?mine=started&columns=unit").content.decode()
    assert '<input type="hidden" name="filters" value="?mine=started&amp;columns=unit">' in html
    assert 'name="all" value="1"' in html
    assert 'name="all"' not in reader.get(f"/runs/?q={Run.objects.earliest('number').number}").content.decode()


def test_the_wall_keeps_the_filters(ines: Person, reader: Client) -> None:
    version, now = rows.version(), timezone.now()
    rows.run(version, ines, title="Late one", next_due_at=now - timedelta(hours=3))
    assert "/runs/?wall=1&amp;risk=low" in reader.get("/runs/?risk=low").content.decode()
    assert "Late one" in reader.get("/runs/?wall=1&risk=high").content.decode()
    html = reader.get("/runs/?wall=1&risk=low&staet=1").content.decode()
    assert "Late one" not in html
    assert "Low risk" in html
    assert "There is no filter called “staet”." in html
