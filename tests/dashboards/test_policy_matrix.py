"""The matrix of policies and playbooks: what holds, what is broken and how, what is excepted, what does not apply."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.governance import proven
from engine.definition import Definition
from tests.dashboards import office
from tests.runs import house
from workflows.models import Artifact, Part, Person, PolicyException, Unit, Version
from workflows.policies.binding import all_bound
from workflows.publish import publish

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PAGE = "/governance/"
EYES = """
policy: eyes
title: Two pairs of eyes
unit: platform
applies: {kind: [runbook]}
require:
  - {before: {action: "debug.*"}, gate: {roles: [manager]}}
"""


@pytest.fixture
def boss(people: People) -> Person:
    proven._kept.clear()
    platform = Unit.objects.get(slug="platform")
    Part.objects.create(unit=platform, person=people["otto"], part=Part.Kind.PROCESS_OWNER)
    policy = publish(EYES, platform, None)
    assert isinstance(policy, Version), policy
    return people["otto"]


def open_door(slug: str) -> Definition:
    return house.playbook(slug, [house.task("meet"), house.action("ship"), house.end()])


def guarded(slug: str) -> Definition:
    return house.playbook(slug, [house.gate("board"), house.action("ship"), house.end()])


def row(html: str, playbook: str) -> str:
    """The row of a playbook in the table."""
    return html.partition(f'<a class="table__main" href="/library/{playbook}/">')[2].partition("</tr>")[0]


def test_each_playbook_has_a_word_for_each_policy(people: People, boss: Person) -> None:
    for definition in (open_door("fast"), guarded("slow"), open_door("let-off")):
        house.publish(definition)
    (policy,) = Artifact.objects.filter(slug="eyes")
    demand = proven.standings(list(Version.objects.filter(artifact__slug="fast")), all_bound())
    ((standing,),) = demand.values()
    now = timezone.now()
    PolicyException.objects.create(
        policy=policy, playbook=Artifact.objects.get(slug="let-off"), requirement=standing.requirement, reason="Soon",
        asked_at=now, asked_by=people["ann"], starts_at=now, ends_at=now + timedelta(days=60), status="granted",
    )  # fmt: skip
    html = office.client(boss).get(PAGE).content.decode()
    assert "1 playbook breaks a policy" in html
    assert "Broken" in row(html, "fast")
    assert "Holds" in row(html, "slow")
    assert "Excepted" in row(html, "let-off")
    assert html.index("/library/fast/") < html.index("/library/slow/"), "what is broken stands first"
    told = html.partition('id="broken-fast-eyes"')[2].partition("</ul>")[0]
    assert "Meet" in told
    assert "Ship" in told
    assert "“Ship” can be reached without a gate that" in told
    assert "`" not in told
    assert "→" not in told, "the way stands below the sentence, as a list"
    later = now + timedelta(days=90)
    PolicyException.objects.update(starts_at=later, ends_at=later + timedelta(days=1))
    assert "Broken" in row(office.client(boss).get(PAGE).content.decode(), "let-off"), "it has not begun"


def test_a_playbook_proven_once_is_not_proven_again_and_a_newer_one_is(people: People, boss: Person) -> None:
    counts = []
    browser = office.client(boss)
    for more in (2, 20):
        for nth in range(more):
            house.publish((open_door if nth % 2 else guarded)(f"playbook-{more}-{nth}"))
        browser.get(PAGE)
        before = dict(proven._kept)
        with CaptureQueriesContext(connection) as captured:
            browser.get(PAGE)
        counts.append(len(captured))
        assert proven._kept == before
    assert counts[0] == counts[1]
    assert "All 22" in browser.get(PAGE).content.decode()
    house.publish(guarded("playbook-20-1"))
    assert "Holds" in row(browser.get(PAGE, {"show": "matrix"}).content.decode(), "playbook-20-1")


def test_nobody_waits_for_hundreds_of_proofs(people: People, boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for nth in range(3):
        house.publish(open_door(f"playbook-{nth}"))
    browser = office.client(boss)
    monkeypatch.setattr(proven, "PATIENCE", 0)
    html = browser.get(PAGE).content.decode()
    assert "3 playbooks are still to be held against the policies" in html
    assert 'hx-select="#matrix"' in html
    monkeypatch.undo()
    html = browser.get(PAGE).content.decode()
    assert "still to be held" not in html
    assert "3 playbooks break a policy" in html


def test_a_policy_binds_its_unit_and_no_other(people: People, boss: Person) -> None:
    house.publish(open_door("fast"))
    Artifact.objects.filter(slug="fast").update(unit=Unit.objects.get(slug="elsewhere"))
    html = office.client(people["audrey"]).get(PAGE).content.decode()
    assert 'id="broken-' not in html
