"""Two versions beside each other: in words, in two pictures with marks, line by line; and the chooser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from dashboards.beside import beside
from dashboards.differing import shown
from tests.dashboards import office, rows
from tests.dashboards.test_library_page import words
from tests.workflows.texts import ABSENCE, RISK
from workflows.models import Part, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db

STRICTER = ABSENCE.replace("max: 30", "max: 20").replace(
    "      approvers: [boss]", "      approvers: [boss]\n      require: [comment]"
)
LONGER = STRICTER.replace("  - id: done", "  - {id: tell, title: Tell the team, task: {assign: boss}}\n  - id: done")


@pytest.fixture
def reader() -> Client:
    ines = rows.person("ines", "bosses", first="Ines", last="Okafor")
    Group.objects.get_or_create(name="bosses")
    unit = Unit.objects.create(slug="people", title="People")
    Part.objects.create(unit=unit, person=ines, part=Part.Kind.MEMBER)
    for text in (ABSENCE, STRICTER, LONGER, RISK, RISK.replace("> 10", "> 12").replace("<= 10", "<= 12")):
        assert isinstance(publish(text, unit, None), Version)
    return office.client(ines)


def test_what_changed_is_told_drawn_and_shown_line_by_line(reader: Client) -> None:
    said = words(reader, "/library/absence/compare/1/3/")
    assert "The input “Days” must be at most 20; before 30." in said
    assert "The gate “Allow it” now needs a comment with a vote." in said
    assert "The task “Tell the team” is new, after “Enter it in the calendar”: it is for boss." in said
    assert "1.0.0 → 2.1.0 : a major change" in said
    page = reader.get("/library/absence/compare/1/3/").content.decode()
    assert page.count('class="node is-next is-added"') == 1
    assert page.count('class="node is-next is-changed"') == 2  # the gate, in both pictures
    assert page.count("<mark>20</mark>") == page.count("<mark>30</mark>") == 1
    assert 'style="' not in page


def test_the_page_of_a_playbook_offers_its_versions_to_compare(reader: Client) -> None:
    assert "Version 3 · 2.1.0" in words(reader, "/library/absence/")
    assert "version 3 · 2.1.0" in words(reader, "/library/")
    assert reader.get("/library/absence/compare/?from=2&to=3").url == "/library/absence/compare/2/3/"
    for address in ("?from=2", "?from=x&to=3", "1/9/", "9/1/"):
        assert reader.get(f"/library/absence/compare/{address}").status_code == 404
    assert reader.get("/library/nothing/compare/1/2/").status_code == 404


def test_a_decision_is_compared_rule_by_rule(reader: Client) -> None:
    said = words(reader, "/library/risk/compare/1/2/")
    assert "New rule: where days &gt; 12, level high." in said
    assert "In pictures" not in said
    assert "Nothing is different" in words(reader, "/library/risk/compare/2/2/")


def test_policies_and_plans_are_compared_like_everything_else(reader: Client) -> None:
    policy = "policy: due-dates\ntitle: Everything is due\nunit: people\nrequire:\n  - {every: gate, has: [due]}\n"
    plan = "plan: growth\nobjective: Grow\nowner: people\nmilestones:\n  - {id: pilot, due: 2026-06-30}\n"
    unit = Unit.objects.get(slug="people")
    for text in (policy, policy + "  - {every: task, has: [due]}\n", plan, plan.replace("06-30", "07-31")):
        assert isinstance(publish(text, unit, None), Version)
    assert "It now demands: every task has “due”." in words(reader, "/library/due-dates/compare/1/2/")
    assert "The milestone “Pilot” is due 31 July 2026 now" in words(reader, "/library/growth/compare/1/2/")
    for address in ("/library/due-dates/", "/plans/growth/"):
        assert 'aria-label="Compare two versions"' in reader.get(address).content.decode(), address
    assert Version.objects.get(artifact__slug="due-dates", number=2).semantic == "2.0.0"


def test_a_draft_that_does_not_compile_is_told_by_its_lines(reader: Client) -> None:
    before = Version.objects.get(artifact__slug="absence", number=3)
    draft = Version(artifact=before.artifact, number=4, title="x", kind="sop", source="playbook: absence\nsteps: 3\n")
    found = shown(before, draft)
    assert found.difference is None
    assert [side.title for side in found.unreadable] == ["Version 4"]
    assert found.lines is not None
    assert found.lines.added == 1


def test_lines_beside_each_other() -> None:
    found = beside("a\nb: 1\nc\n" + "x\n" * 20 + "z\n", "a\nb: 2\nc\n" + "x\n" * 20 + "y\nz\n")
    assert [[line.kind for line in hunk.lines] for hunk in found.hunks] == [
        ["same", "out", "in", "same", "same", "same"],
        ["same", "same", "same", "in", "same"],
    ]
    assert found.hunks[0].lines[1].parts == (("b: ", False), ("1", True))
    assert (found.hunks[1].skipped, found.left, found.added, found.removed) == (15, 0, 2, 1)
    assert found.hunks[1].lines[3].after == 24
