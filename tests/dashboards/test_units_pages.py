"""The pages of units: whom they show which part of the tree, what they say before a change, what they refuse."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.dashboards import office
from tests.runs import house
from workflows.models import GovernanceEntry, Part, Person, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", first_name="Rosa", last_name="Root", is_staff=True, is_superuser=True)


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def shown(browser: Client) -> list[str]:
    """The units of the tree, with how far each is set in."""
    return re.findall(r'unit--(\d)"><a[^>]*>([^<]+)', browser.get(reverse("units")).content.decode())


def page(slug: str, act: str = "") -> str:
    return reverse(f"unit-{act}" if act else "unit", args=[slug])


def test_everybody_sees_their_part_of_the_tree_and_whoever_reads_people_all_of_it(people: People, root: Person) -> None:
    whole = [("0", "The company"), ("1", "Elsewhere"), ("1", "Platform")]
    mine = [("0", "The company"), ("1", "Platform")]
    for username, tree in {"root": whole, "audrey": whole, "zoe": mine, "olga": mine, "ann": []}.items():
        browser = office.client(Person.objects.get(username=username))
        assert shown(browser) == tree, username
        titles = {title for _, title in tree}
        for unit in Unit.objects.all():
            assert browser.get(page(unit.slug)).status_code == (200 if unit.title in titles else 404), unit
    assert "You hold no part in a unit" in text(office.client(people["ann"]), reverse("units"))
    assert Client().get(reverse("units")).status_code == 302


def test_a_unit_shows_who_holds_what_from_where_and_what_is_published(people: People) -> None:
    house.publish(office.board())
    said = text(office.client(people["zoe"]), page("platform"))
    assert "Olga Oak Operator, break-glass operator" in said or "Olga Oak Break-glass operator, operator" in said
    assert "Audrey Ash Auditor, from The company" in said
    assert "Board runbook, version 1" in said
    assert "What has changed" not in said
    assert reverse("person", args=["olga"]) not in office.client(people["zoe"]).get(page("platform")).content.decode()
    above = text(office.client(people["zoe"]), page("company"))
    assert "Elsewhere" not in above, "what stands beside is not hers to see"


def test_an_administrator_adds_changes_and_moves_a_unit(people: People, root: Person) -> None:
    browser = office.client(root)
    form = browser.get(reverse("unit-add"), {"below": "platform"}).content.decode()
    assert '<option value="platform" selected>' in form
    given = {"slug": "Night shift", "title": "Night shift", "kind": "team", "calendar": "", "parent": "platform"}
    wrong = browser.post(reverse("unit-add"), given)
    assert wrong.status_code == 422
    assert 'aria-describedby="field-slug-error' in wrong.content.decode()
    assert 'value="Night shift"' in wrong.content.decode()
    assert browser.post(reverse("unit-add"), {**given, "parent": "nowhere"}).status_code == 422
    assert browser.post(reverse("unit-add"), {**given, "slug": "night"})["Location"] == page("night")

    changed = {"title": "Nights", "kind": "", "calendar": "office-hours-eu", "decision_links": "true"}
    assert browser.post(page("night", "change"), {**changed, "calendar": "nine-to-five"}).status_code == 422
    assert browser.post(page("night", "change"), changed).status_code == 302
    assert "title: Nights (was Night shift)" in text(browser, page("night"))

    said = text(browser, page("night", "move"))
    assert "Parts from above hold here now and may not afterwards: Audrey Ash (auditor in The company)" in said
    below = browser.post(page("company", "move"), {"parent": "night"})
    assert below.status_code == 422
    assert "Nights stands below The company itself" in below.content.decode()
    assert browser.post(page("night", "move"), {"parent": "elsewhere"}).status_code == 302
    assert browser.post(page("platform", "move"), {"parent": "/"}).status_code == 302
    assert set(Unit.objects.values_list("path", flat=True)) == {
        "/company/",
        "/company/elsewhere/",
        "/company/elsewhere/night/",
        "/platform/",
    }
    assert [entry.kind for entry in GovernanceEntry.objects.order_by("pk")] == [
        "unit_added",
        "unit_changed",
        "unit_moved",
        "unit_moved",
    ]


def test_what_a_move_would_break_is_said_and_takes_a_tick(people: People, root: Person) -> None:
    policy = "policy: in-time\ntitle: In time\nunit: elsewhere\nrequire: [{every: task, has: [due]}]\n"
    assert isinstance(publish(policy, Unit.objects.get(slug="elsewhere"), None), Version)
    house.publish(office.board())
    browser = office.client(root)
    assert "Move it all the same" not in browser.get(page("platform", "move")).content.decode()
    answer = browser.post(page("platform", "move"), {"parent": "elsewhere"})
    assert answer.status_code == 422
    said = " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())
    assert "“Board” could not start any more." in said
    assert "Move it all the same" in said
    assert 'value="elsewhere" selected' in answer.content.decode()
    known = {"parent": "elsewhere", "although_broken": "true"}
    assert browser.post(page("platform", "move"), known).status_code == 302
    assert "although: “Board” could not start any more." in text(browser, page("platform"))


def test_nobody_else_changes_the_tree_and_the_log_has_who_tried(people: People, root: Person) -> None:
    posts = {
        reverse("unit-add"): {"slug": "mine", "title": "Mine", "parent": "nowhere"},
        page("platform", "change"): {"title": "Mine"},
        page("platform", "move"): {"parent": "nowhere"},
    }
    for username, status in {"zoe": 404, "audrey": 403}.items():
        browser = office.client(people[username])
        for address, form in posts.items():
            assert browser.get(address).status_code == 404, (username, address)
            assert browser.post(address, form).status_code == status, (username, address)
        assert GovernanceEntry.objects.filter(by=username, kind="refused").count() == len(posts)
    assert office.client(people["otto"]).post(page("platform", "move"), {"parent": "/"}).status_code == 404
    assert not GovernanceEntry.objects.filter(by="otto").exists(), "a unit that is not there for him"
    refused = text(office.client(people["audrey"]), page("platform"))
    assert "Audrey Ash tried to change it, and was refused." in refused
    Part.objects.create(unit=Unit.objects.get(slug="elsewhere"), person=root, part=Part.Kind.AUTHOR)
    own = office.client(root).post(page("platform", "move"), {"parent": "elsewhere"})
    assert own.status_code == 403
    assert "It would change what you may do in Platform yourself" in own.content.decode()
    assert Unit.objects.get(slug="platform").path == "/company/platform/"


def test_however_many_units_and_people_the_pages_ask_the_same(people: People) -> None:
    def statements(address: str) -> int:
        browser = office.client(people["audrey"])
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            browser.get(address)
        return len(asked)

    before = statements(reverse("units")), statements(page("platform"))
    platform = Unit.objects.get(slug="platform")
    for number in range(8):
        below = Unit.objects.create(slug=f"team-{number}", title=f"Team {number}", parent=platform)
        for unit in (below, platform):
            Part.objects.get_or_create(unit=unit, person=people["mia"], part=Part.Kind.values[number % 7])
    assert (statements(reverse("units")), statements(page("platform"))) == before
    assert before[0] <= 13, before
    assert before[1] <= 17, before
