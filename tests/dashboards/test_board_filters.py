"""The filters of the board: every one from the address and back, what cannot be read is said, nothing breaks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dashboards.board import filters as asked
from dashboards.board.filters import Filters
from dashboards.board.known import Known
from tests.dashboards import office, rows
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db
NAMES = (*asked.NAMES, *asked.BESIDE)


@pytest.fixture
def ines() -> Person:
    return rows.person("ines", "engineers", first="Ines", last="Okafor")


@pytest.fixture
def reader(ines: Person) -> Client:
    return office.client(ines)


def shown(reader: Client, query: str) -> set[int]:
    answer = reader.get(f"/runs/?{query}")
    assert answer.status_code == 200
    return {int(number) for number in re.findall(r'id="run-(\d+)"', answer.content.decode())}


def said(reader: Client, query: str) -> list[str]:
    html = reader.get(f"/runs/?{query}").content.decode()
    return re.findall(r"could be used\.</strong> (.*?)</p>", html)


def test_every_filter_is_written_as_it_is_read(ines: Person) -> None:
    rows.version(status="deprecated")
    rows.version()
    tom = rows.person("tom", "engineers")
    filters = Filters(
        state="waiting",
        playbook="change",
        version=2,
        unit="platform",
        mine="started",
        person=tom.username,
        overdue="1",
        risk="high",
        text="meter & co",
        order="due",
        called="1",
        columns=("unit", "risk"),
    )
    assert asked.read_query(filters.query(), Known(ines)) == filters
    assert asked.read_query("?", Known(ines)) == Filters()
    assert Filters().query() == "?"


def test_version_unit_risk_and_overdue_narrow_the_list(ines: Person, reader: Client) -> None:
    first, second = rows.version(status="deprecated"), rows.version()
    team = Unit.objects.create(slug="team", title="Team", parent=rows.unit())
    elsewhere = Unit.objects.create(slug="elsewhere", title="Elsewhere")
    old = rows.run(first, ines)
    late = rows.run(second, ines, next_due_at=timezone.now() - timedelta(hours=1))
    below = rows.run(second, ines)
    below.unit = team
    below.save(update_fields=["unit"])
    rows.version(rows.change(), slug="other", risk="low")
    Part.objects.create(person=ines, unit=elsewhere, part=Part.Kind.MEMBER)
    assert shown(reader, "playbook=change&version=1") == {old.number}
    assert shown(reader, "unit=platform") == {old.number, late.number, below.number}
    assert shown(reader, "unit=elsewhere") == set()
    assert shown(reader, "overdue=1") == {late.number}
    assert shown(reader, "risk=high&overdue=1&playbook=change&version=2") == {late.number}
    assert shown(reader, "risk=low") == set()


def test_a_person_is_whom_runs_wait_for_or_who_started_them(ines: Person, reader: Client) -> None:
    tom = rows.person("tom", "engineers")
    version = rows.version()
    his, mine = rows.run(version, tom), rows.run(version, ines)
    rows.waits_for(rows.step(mine), tom)
    assert shown(reader, "person=tom") == {mine.number}
    assert shown(reader, "person=tom&mine=started") == {his.number}
    assert shown(reader, "person=ines&mine=started") == {mine.number}
    assert "Remove the filter: started by Tom Doe" in reader.get("/runs/?person=tom&mine=started").content.decode()


def test_only_what_the_reader_has_to_do_with_is_offered(ines: Person, reader: Client) -> None:
    stranger = rows.person("stranger", "strangers", first="Secret", last="Name")
    Unit.objects.create(slug="hidden", title="Hidden unit")
    rows.version()
    html = reader.get("/runs/").content.decode()
    assert "Secret Name" not in html
    assert "Hidden unit" not in html
    assert said(reader, "unit=hidden") == ["There is no unit “hidden”."] == [*said(reader, "unit=hidden")]
    ghost, real = said(reader, "person=ghost"), said(reader, f"person={stranger.username}")
    assert [ghost[0].replace("ghost", "x")] == [real[0].replace("stranger", "x")]
    operator = office.client(rows.operator("olga"))
    assert "Ines Okafor" in operator.get("/runs/").content.decode()  # in a role of her unit's playbooks


def test_each_thing_that_cannot_be_read_is_one_sentence_and_the_rest_holds(ines: Person, reader: Client) -> None:
    run = rows.run(rows.version(), ines, title="Ship it")
    assert said(reader, "state=sideways") == ["There is no state “sideways”."]
    assert said(reader, "staet=waiting") == ["There is no filter called “staet”."]
    assert said(reader, "version=2") == ["A version is one of a playbook: choose the playbook as well."]
    assert said(reader, "playbook=change&version=99") == ["That playbook has no version “99”."]
    assert said(reader, "risk=low&risk=high") == ["“risk” is given more than once: the last one counts."]
    assert said(reader, "columns=unit,colour") == ["There is no column “colour”."]
    assert len(said(reader, "&".join(f"x{nth}=1" for nth in range(40)))) == asked.SAID + 1
    assert shown(reader, "state=sideways&q=ship&version=-1&risk=%00") == {run.number}


NASTY = [
    "%00",
    "-1",
    "1e999",
    "٣",
    "²",
    "9" * 400,
    "%ED%A0%80",
    "%F0%9F%92%A9",
    "' OR 1=1 --",
    "<img src=x>",
    "{}",
    "%25s",
]
CURSORS = [
    "WzksMSwyXQ",
    "e30",
    "bnVsbA",
    "WzAsIjAwMDEtMDEtMDFUMDA6MDA6MDArMTQ6MDAiLCAiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0",  # the year 1
    "WzAsICIyMDI2LTAxLTAxIiwgIngiXQ",
    "W1tbW1tbW1tbW1tbW1tbW1tb" * 20,
]


def test_nasty_values_break_nothing(ines: Person, reader: Client) -> None:
    """Each is read in every place; on the page all places hold it at once."""
    rows.run(rows.version(), ines)
    known = Known(ines)
    for value in NASTY + CURSORS:
        for name in NAMES:
            asked.read(QueryDict(f"playbook=change&{name}={value}&{name}={value}"), known)
        everywhere = "&".join(f"{name}={value}" for name in NAMES if name != "wall")
        answer = reader.get(f"/runs/?{everywhere}", headers={"HX-Request": "true"})
        assert answer.status_code == 200, value
    for cursor in CURSORS:
        for order in asked.ORDERS:
            address = f"/runs/?order={order}&after={cursor}"
            assert reader.get(address, headers={"HX-Request": "true"}).status_code == 200, address


class AnyAddress(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(st.sampled_from([*NAMES, "", "x\0"]), st.text(max_size=12)), max_size=6))
    def test_any_address_is_read_and_what_was_read_is_written_and_read_alike(
        self, pairs: list[tuple[str, str]]
    ) -> None:
        reader = Person.objects.filter(username="hypo").first() or rows.person("hypo")
        address = QueryDict(mutable=True)
        for name, value in pairs:
            address.appendlist(name, value)
        filters = asked.read(address, Known(reader))
        again = asked.read_query(filters.query(after=filters.after), Known(reader))
        assert again == Filters(**{**vars(filters), "problems": ()})


def test_the_form_sends_columns_one_by_one_and_links_as_one(ines: Person, reader: Client) -> None:
    rows.run(rows.version(), ines)
    for address in ("columns=unit&columns=risk", "columns=risk,unit"):
        html = reader.get(f"/runs/?{address}").content.decode()
        assert "table--runs with-unit with-risk" in html, address
    assert "columns=unit%2Crisk" in html
    plain = reader.get("/runs/").content.decode()
    assert "with-unit" not in plain
    assert len(re.findall(r'<td role="cell"', plain)) == 7  # cells that nobody chose are not even sent
    wide = reader.get("/runs/?columns=unit").content.decode()
    assert len(re.findall(r'<td role="cell"', wide)) == 13  # of those that can be chosen the table shows which were
