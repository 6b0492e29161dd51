"""The governance page: what is due in the units somebody looks after; the log; the matrix where there are policies."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine.definition import Definition
from engine.lifecycles import ReviewStatus
from tests.dashboards import office
from tests.runs import house
from workflows import governing
from workflows.models import (
    Artifact,
    GovernanceEntry,
    Opinion,
    Part,
    Person,
    PolicyException,
    Review,
    Rollout,
    Unit,
    Version,
)
from workflows.publish import publish

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PAGE, LOG = "/governance/", "/governance/log/"
NOW = timezone.now()
Kind = GovernanceEntry.Kind


@pytest.fixture
def boss(people: People) -> Person:
    """Process owner of the platform, who is in no role of its playbooks."""
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["otto"], part=Part.Kind.PROCESS_OWNER)
    return people["otto"]


def plain(slug: str) -> Definition:
    return house.playbook(slug, [house.task("meet"), house.end()])


def keep(slug: str, at_days_ago: int = 1, owner: Person | None = None) -> Version:
    version = house.publish(plain(slug), at=NOW - timedelta(days=at_days_ago))
    Artifact.objects.filter(pk=version.artifact_id).update(owner=owner)
    return version


def another(version: Version, status: str, title: str) -> Version:
    return Version.objects.create(
        artifact=version.artifact,
        number=version.number + 1,
        title=title,
        kind="runbook",
        source="",
        definition=version.definition,
        digest=version.digest,
        status=status,
        based_on=version,
    )


def page(person: Person, **asked: str) -> str:
    answer = office.client(person).get(PAGE, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def section(html: str, name: str) -> str:
    """The part of the page that lists one kind of what is due; empty where there is none."""
    _, found, rest = html.partition(f'<section class="panel" id="{name}"')
    return rest.partition("</section>")[0] if found else ""


def test_it_is_for_those_who_look_after_a_unit(people: People, boss: Person) -> None:
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["ann"], part=Part.Kind.AUTHOR)
    for username, status in (("otto", 200), ("ann", 200), ("audrey", 200), ("olga", 404), ("mia", 404)):
        browser = office.client(people[username])
        assert {browser.get(address).status_code for address in (PAGE, LOG, "/governance/log.csv")} == {status}
        assert ("Governance</span>" in browser.get("/").content.decode()) == (status == 200)


def test_an_orderly_unit_says_so_and_what_a_policy_would_show(people: People, boss: Person) -> None:
    keep("change", owner=people["ann"])
    html = page(boss)
    assert "Nothing is due in the units you look after" in html
    assert "No policy is published" in html


def test_what_waits_for_a_decision_is_listed_with_its_act(people: People, boss: Person) -> None:
    change = keep("change", owner=people["ann"])
    waits = another(change, "in_review", "Change, reviewed")
    review = Review.objects.create(
        version=waits, opened_at=NOW, opened_by=people["ann"], quorum=2, approvers="process_owner", rule="r"
    )
    Opinion.objects.create(review=review, person=people["zoe"], choice=Opinion.Choice.APPROVE, digest="d", at=NOW)
    hire, move = keep("hire", owner=people["ann"]), keep("move", owner=people["ann"])
    another(hire, "approved", "Hire, approved")
    pilot = another(move, "approved", "Move, piloted")
    Rollout.objects.create(
        artifact=move.artifact, version=pilot, before=move, share=10, started_at=NOW, started_by=people["ann"]
    )
    policy = Artifact.objects.create(slug="safety", unit=Unit.objects.get(slug="platform"))
    for requirement, status, ends in (
        ("eyes", "asked", 90),
        ("due", "granted", 3),
        ("far", "granted", 90),
        ("no", "refused", 3),
    ):
        PolicyException.objects.create(
            policy=policy, playbook=change.artifact, requirement=requirement, reason="Soon", asked_at=NOW,
            asked_by=people["ann"], starts_at=NOW, ends_at=NOW + timedelta(days=ends), status=status,
        )  # fmt: skip
    html = page(boss)
    assert "1 of 2 approved" in section(html, "reviews")
    assert "Hire, approved" in section(html, "approved")
    assert "piloted" not in section(html, "approved"), "it is being rolled out"
    assert "Takes 10 % of the new runs so far." in section(html, "rollouts")
    assert section(html, "exceptions").count("<li>") == 2
    review.reject()
    review.save()
    assert review.status == ReviewStatus.REJECTED
    assert not section(page(boss), "reviews")


def test_reviews_count_from_the_last_look_and_are_told_two_weeks_before(people: People, boss: Person) -> None:
    for slug, days_ago in (("late", 100), ("soon", 80), ("later", 60), ("looked-at", 100)):
        version = keep(slug, days_ago, people["ann"])
        Version.objects.filter(pk=version.pk).update(status="draft")
        Version.objects.filter(pk=version.pk).update(review_days=90)
        Version.objects.filter(pk=version.pk).update(status="published")
    Artifact.objects.filter(slug="looked-at").update(reviewed_at=NOW - timedelta(days=5))
    due = section(page(boss), "again")
    assert due.index("Late") < due.index("Soon")
    assert "Later" not in due
    assert "Looked at" not in due


def test_owners_who_left_and_units_without_a_process_owner(people: People, boss: Person) -> None:
    keep("owned", owner=people["ann"])
    keep("left", owner=people["gus"])
    keep("nobodys")
    owners = section(page(boss), "owners")
    assert "Gus Gone, who owned it, has left." in owners
    assert "Nobody is named as its owner" in owners
    assert "Owned" not in owners
    Part.objects.filter(person=boss).update(part=Part.Kind.AUTHOR)
    assert section(page(boss), "owners").count("has an active process owner") == 3


def test_what_nobody_uses_and_what_is_behind_its_parent(people: People, boss: Person) -> None:
    keep("idle", 100, people["ann"])
    used = keep("used", 100, people["ann"])
    keep("new", 10, people["ann"])
    house.begin(used, people["zoe"])
    house.publish(plain("used"), at=NOW - timedelta(days=95))
    idle = section(page(boss), "unused")
    assert "Idle" in idle
    assert "Used" not in idle
    assert "New" not in idle
    parent = Version.objects.get(artifact__slug="used", number=1)
    assert parent.status == "deprecated"
    child = keep("child", owner=people["ann"])
    Version.objects.filter(pk=child.pk).update(status="draft")
    Version.objects.filter(pk=child.pk).update(parent=parent)
    Version.objects.filter(pk=child.pk).update(status="published")
    assert "Adapts version 1 of Used, which has a newer one." in section(page(boss), "behind")


def test_gates_without_spare_people_lead_to_their_people(people: People, boss: Person) -> None:
    steps = [house.gate("four", quorum=4), house.gate("three", quorum=3), house.gate("one"), house.end()]
    house.publish(house.playbook("board", steps))
    gates = section(page(boss), "gates")
    assert gates.index("/board/four/") < gates.index("Too few people") < gates.index("/board/three/")
    assert "/gates/board/one/" not in gates
    Part.objects.filter(person=boss).update(part=Part.Kind.AUTHOR)
    assert "/library/board/" in section(page(boss), "gates"), "an author has no page of gates"


def test_late_milestones_stand_there_too(people: People, boss: Person) -> None:
    text = "plan: p\nobjective: O\nowner: ann\nmilestones: [{id: pilot, title: Pilot, due: 2026-01-31}]\n"
    assert isinstance(publish(text, Unit.objects.get(slug="platform"), None), Version)
    assert "Pilot, P" in section(page(boss), "plans")
    assert not section(page(boss), "owners"), "who answers for a plan stands in it"


def test_only_the_readers_units_are_told_of(people: People, boss: Person) -> None:
    keep("nobodys")
    Part.objects.create(unit=Unit.objects.get(slug="elsewhere"), person=people["ann"], part=Part.Kind.AUDITOR)
    assert "Nobodys" in page(boss)
    assert "Nobodys" not in page(people["ann"])


def test_long_lists_are_cut_and_shown_whole_when_asked(people: People, boss: Person) -> None:
    for nth in range(12):
        keep(f"nobodys-{nth:02}")
    html = page(boss)
    assert section(html, "owners").count("<li>") == 10
    assert "Show all 12" in html
    assert section(page(boss, show="owners"), "owners").count("<li>") == 12


def test_the_pages_take_a_fixed_number_of_statements(people: People, boss: Person) -> None:
    counts = []
    for more in (2, 9):
        for nth in range(more):
            version = keep(f"old-{more}-{nth}", 100)
            house.publish(house.playbook(f"board-{more}-{nth}", [house.gate("all", quorum=3), house.end()]))
            text = f"plan: p-{more}-{nth}\nobjective: O\nowner: ann\nmilestones: [{{id: a, due: 2026-01-31}}]\n"
            publish(text, Unit.objects.get(slug="platform"), None)
            another(version, "approved", "Next")
            governing.note(Kind.PUBLISHED, people["ann"], version)
        browser = office.client(boss)
        for address in (PAGE, LOG):
            browser.get(address)
            with CaptureQueriesContext(connection) as captured:
                browser.get(address)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]


def test_the_log_is_narrowed_and_turned_page_by_page(people: People, boss: Person) -> None:
    change, hire = keep("change"), keep("hire")
    far = Artifact.objects.create(slug="far", unit=Unit.objects.get(slug="elsewhere"))
    governing.note(Kind.PUBLISHED, people["ann"], change, at=NOW - timedelta(days=9))
    governing.note(Kind.PUBLISHED, people["ann"], hire, detail="=1+1")
    governing.note(Kind.REFUSED, people["ben"], change, detail="publish: no part")
    governing.note(Kind.PUBLISHED, people["ann"], far)
    governing.note(Kind.IMPORTED, "penstock", says="12 people")
    browser = office.client(boss)

    def told(**asked: str) -> str:
        return browser.get(LOG, asked).content.decode().partition('aria-label="Entries"')[2].partition("</section>")[0]

    assert told().count('class="log__day"') == 2
    assert "far" not in told(), "of another unit"
    assert "12 people" not in told(), "of the whole installation"
    assert "12 people" in office.client(people["audrey"]).get(LOG).content.decode()
    assert "hire" not in told(about="change")
    assert "change" not in told(by="ann", **{"from": str((NOW - timedelta(days=2)).date())})
    assert "Ben Baker was refused at" in told(kind="refused")
    assert "hire" not in told(kind="refused")
    assert "No entry fits" in told(kind="refused", by="ann")
    wrong = browser.get(LOG, {"from": "yesterday", "to": "2026-02-31"}).content.decode()
    assert wrong.count('aria-invalid="true"') == 2
    sheet = async_to_sync(_whole)(browser.get("/governance/log.csv", {"by": "ann"}).streaming_content)
    rows = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert [row[4] for row in rows] == ["about", "hire 1", "change 1"]
    assert rows[1][7] == "'=1+1", "no text is a formula"


def test_the_logs_pages_follow_each_other_without_a_gap(people: People, boss: Person, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.governance.logged.PAGE", 2)
    monkeypatch.setattr("dashboards.governance.logged.read.__defaults__", (2,))
    change = keep("change")
    for nth in range(5):
        governing.note(Kind.PUBLISHED, people["ann"], change, detail=f"number {nth}")
    browser, address, seen = office.client(boss), "?by=ann", []
    while address:
        html = browser.get(LOG + address).content.decode()
        seen += [nth for nth in range(4, -1, -1) if f"number {nth}" in html]
        _, found, rest = html.partition(f'<a href="{LOG}?')
        address = "?" + rest.partition('"')[0].replace("&amp;", "&") if found and "Earlier" in rest[:200] else ""
    assert seen == [4, 3, 2, 1, 0]


async def _whole(pieces) -> str:
    return "".join([piece.decode() async for piece in pieces])
