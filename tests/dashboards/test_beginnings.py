"""How runs begin by themselves, on the playbook's page: in words, when next, what failed last, in whose name."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from dashboards.shelf import beginnings
from engine.definition import FieldSpec, Schedule, Webhook
from runs import definitions
from runs.trigger import fire_webhook, follow_and_fire
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 9 * * MON", "Mondays at 09:00 Europe/Amsterdam"),
        ("0 9 * * MON-FRI", "Monday to Friday at 09:00 Europe/Amsterdam"),
        ("30 8 * * sat,0", "Saturdays and Sundays at 08:30 Europe/Amsterdam"),
        ("0 9 * * FRI#1", "On the first Friday of every month at 09:00 Europe/Amsterdam"),
        ("0 9 * * L5", "On the last Friday of every month at 09:00 Europe/Amsterdam"),
        ("0 6,12,18 * * *", "Every day at 06:00, 12:00 and 18:00 Europe/Amsterdam"),
        ("0 0 1 * *", "On day 1 of every month at 00:00 Europe/Amsterdam"),
        ("0 17 L * *", "On the last day of every month at 17:00 Europe/Amsterdam"),
        ("0 9 1 JAN,07 *", "On 1 January and July at 09:00 Europe/Amsterdam"),
        ("30 2 * 3 *", "Every day in March at 02:30 Europe/Amsterdam"),
        ("*/15 * * * *", "Every 15 minutes, Europe/Amsterdam"),
        ("* * * * *", "Every minute, Europe/Amsterdam"),
        ("0 * * * *", "Every hour, Europe/Amsterdam"),
        ("5 * * * MON", "Mondays every hour, 5 minutes past, Europe/Amsterdam"),
        # what has no plain words stands as written
        ("0 9 1 * MON", "At 0 9 1 * MON, Europe/Amsterdam"),
        ("*/7 * * * *", "At */7 * * * *, Europe/Amsterdam"),
        ("0 9-17/2 * * *", "At 0 9-17/2 * * *, Europe/Amsterdam"),
    ],
)
def test_a_schedule_in_words(cron: str, said: str) -> None:
    assert beginnings.in_words(Schedule(cron, "Europe/Amsterdam")) == said


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    definitions.by_digest.cache_clear()
    return house.settle()


def stock(**more: object):
    return house.playbook(
        "stock",
        [house.task("count"), house.end()],
        inputs=(FieldSpec("shop", "text"),),
        **more,
    )


def panel(person: Person, address: str = "/library/stock/") -> str:
    html = office.client(person).get(address).content.decode()
    found = re.search(r'aria-labelledby="beginnings">(.*?)</section>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def test_the_page_says_when_next_what_began_last_and_in_whose_name(people: dict[str, Person]) -> None:
    schedule = Schedule("0 9 * * MON", "Europe/Amsterdam", given={"shop": "north"})
    published = datetime(2026, 3, 4, 12, tzinfo=UTC)
    house.publish(stock(schedules=(schedule,)), people["ann"], published)
    before = panel(people["mia"])
    assert before.startswith("Starts by itself Mondays at 09:00 Europe/Amsterdam , next Mon ")
    assert "last " not in before.split(".")[0]
    assert before.endswith("In the name of Ann Archer, who published this version.")
    assert follow_and_fire(lambda: datetime(2026, 3, 9, 8, tzinfo=UTC)) == 1
    assert re.search(r"last Mon 9 Mar, 08:00 \( run \d+ \)\.", panel(people["ann"]))
    assert "run" not in panel(people["zoe"]).split("Times that")[0], "zoe may not see that run"


def test_what_failed_last_stands_there_until_it_goes_well(people: dict[str, Person]) -> None:
    webhook = Webhook("delivered", given={"shop": "${payload.shop}"})
    house.publish(stock(webhooks=(webhook,)), people["ann"])
    assert "When “delivered” is called" in panel(people["mia"])
    fire_webhook("delivered", {})
    assert "It started nothing" in panel(people["mia"])
    assert "`shop` has no value" in panel(people["mia"])
    fire_webhook("delivered", {"shop": "north"})
    assert "It started nothing" not in panel(people["mia"])


def test_only_the_version_that_runs_start_on_starts_by_itself(people: dict[str, Person]) -> None:
    version = house.publish(stock(schedules=(Schedule("0 9 * * MON"),)))
    assert "Nobody published this version in their own name" in panel(people["mia"])
    version.deprecate()
    version.save()
    house.publish(stock(summary="By hand."))
    assert panel(people["mia"]) == ""
    assert panel(people["mia"], "/library/stock/?version=1") == ""
