"""The pages of people: whom they are for, what they say before a change, what they refuse; and rights that are lost."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboards.people import acts
from runs import claim, reauthenticate
from runs.models import Refused, Run, Step, Vote
from tests.dashboards import office
from tests.runs import house
from workflows.directory import accounts, memberships, parts, passwords
from workflows.models import DirectoryEntry, Part, Person, Unit

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PASSWORD = "penstock-and-sluice"
LISTS = ("people", "groups", "directory-log")


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", first_name="Rosa", last_name="Root", is_staff=True, is_superuser=True)


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def page(person: Person, act: str = "") -> str:
    return reverse(f"person-{act}" if act else "person", args=[person.username])


ACTS = tuple(acts.WORDS)


def test_they_are_for_administrators_and_read_by_auditors_and_process_owners(people: People, root: Person) -> None:
    unit = Unit.objects.get(slug="platform")
    parts.give(people["zoe"], "process_owner", unit, root)
    lists = [reverse(name) for name in LISTS]
    forms = [reverse("person-add"), *(page(people["ann"], act) for act in ACTS)]
    allowed = {"root": (200, 200), "audrey": (200, 404), "zoe": (200, 404), "olga": (404, 404), "ann": (404, 404)}
    for username, (reading, changing) in allowed.items():
        browser = office.client(Person.objects.get(username=username))
        assert {browser.get(address).status_code for address in [*lists, page(people["mia"])]} == {reading}, username
        assert {browser.get(address).status_code for address in forms} == {changing}, username
    assert "Change this account" not in text(office.client(people["audrey"]), page(people["mia"]))
    offered = {
        name: 'data-key-name="People"' in office.client(people[name]).get("/").content.decode() for name in people
    }
    assert [name for name, is_offered in offered.items() if is_offered] == ["audrey", "zoe"]
    assert office.client(root).get(reverse("person", args=["nobody"])).status_code == 404
    assert Client().get(lists[0]).status_code == 302


def test_a_stranger_is_refused_as_if_the_page_were_not_there_and_the_log_has_it(people: People, root: Person) -> None:
    for act in ACTS:
        assert office.client(people["ann"]).post(page(people["ben"], act), {"group": "managers"}).status_code == 404
        assert office.client(people["audrey"]).post(page(people["ben"], act), {}).status_code in (403, 422)
    assert office.client(people["ann"]).post(reverse("person-add"), {"username": "eve"}).status_code == 404

    assert not people["ben"].groups.filter(name="managers").exists()
    assert not Person.objects.filter(username="eve").exists()
    by_ann = DirectoryEntry.objects.filter(by="ann")
    assert {entry.kind for entry in by_ann} == {"refused"}
    assert by_ann.count() >= len(ACTS) - 2  # a part that no unit has is nobody's to give


def test_a_person_is_added_and_comes_to_work(people: People, root: Person, run: Run) -> None:
    browser = office.client(root)
    given = {"username": "eve", "first_name": "Eve", "last_name": "Ek", "email": "no", "time_zone": "UTC"}
    wrong = browser.post(reverse("person-add"), {**given, "password": "1234"})
    assert wrong.status_code == 422
    said = wrong.content.decode()
    assert 'aria-describedby="field-email-error' in said
    assert 'value="Eve"' in said
    assert "1234" not in said

    browser.post(reverse("person-add"), {**given, "email": "eve@example.org", "password": PASSWORD})
    eve = Person.objects.get(username="eve")
    assert browser.post(page(eve, "join"), {"group": "", "new_group": ""}).status_code == 422
    assert browser.post(page(eve, "join"), {"group": "managers", "new_group": ""}).status_code == 302
    assert browser.post(page(eve, "join"), {"group": "", "new_group": "night-shift"}).status_code == 302
    assert browser.post(page(eve, "give-part"), {"part": "operator", "unit": "nowhere"}).status_code == 422
    assert browser.post(page(eve, "give-part"), {"part": "operator", "unit": "platform"}).status_code == 302
    said = text(browser, page(eve))
    log = "Rosa Root made Eve Ek operator in Platform."
    assert all(words in said for words in ("Managers", "Night shift", "Operator in Platform", log))
    assert browser.post(page(eve, "take-part"), {"part": "operator:platform"}).status_code == 302
    assert browser.post(page(eve, "leave"), {"group": "night-shift"}).status_code == 302
    assert not eve.parts.exists()
    assert [group.name for group in eve.groups.all()] == ["managers"]

    proof = reauthenticate.prove(Person.objects.get(username="eve"), PASSWORD, run, "board")
    assert proof is not None
    assert proof.sentence == reauthenticate.TEMPORARY

    mine = Client()
    assert mine.post(reverse("sign-in"), {"name": "eve", "password": PASSWORD}).status_code == 302
    assert mine.get(reverse("runs"))["Location"] == reverse("my-password")
    assert mine.post(reverse("person-join", args=["eve"]))["Location"] == reverse("my-password")
    new = {"old": PASSWORD, "new": "a-better-sluice", "again": "a-better-sluice"}
    assert mine.post(reverse("my-password"), {**new, "old": "wrong"}).status_code == 422
    assert mine.post(reverse("my-password"), new).status_code == 302
    assert mine.get(reverse("runs")).status_code == 200
    assert Client().post(reverse("sign-in"), {"name": "eve", "password": PASSWORD}).status_code == 422


def test_ones_other_sessions_end_with_the_password(people: People, root: Person) -> None:
    ann = people["ann"]
    ann.set_password(PASSWORD)
    ann.save()
    here, elsewhere = office.client(ann), office.client(ann)

    here.post(reverse("my-password"), {"old": PASSWORD, "new": "a-better-sluice", "again": "a-better-sluice"})

    assert here.get(reverse("my-work")).status_code == 200
    assert elsewhere.get(reverse("my-work")).status_code == 302


def test_old_passwords_are_not_guessed_there(people: People) -> None:
    browser = office.client(people["ann"])
    typed = {"old": "x", "new": "a-better-sluice", "again": "a-better-sluice"}
    assert [browser.post(reverse("my-password"), typed).status_code for _ in range(7)] == [422] * 5 + [429] * 2


def test_a_page_says_what_a_change_will_lead_to(people: People, root: Person, run: Run) -> None:
    plan = office.at(run, "plan").number
    claim.claim(run, plan, people["ann"])
    for name in ("ben", "gus"):
        memberships.leave(people[name], "engineers", root)
    browser = office.client(root)

    assert "1 open task is theirs, and stay so until an operator" in text(browser, page(people["ann"], "deactivate"))
    said = text(browser, f"{page(people['ann'], 'leave')}?group=engineers")
    assert "Engineers is engineer in Board." in said
    assert "Nobody else is in Engineers: Board would have nobody for it." in said
    assert "Managers is manager in Board." in text(browser, f"{page(people['ann'], 'join')}?group=managers")
    assert "Nobody else" not in text(browser, f"{page(people['mia'], 'leave')}?group=managers")

    assert browser.post(page(people["ann"], "deactivate")).status_code == 302
    assert office.client(people["ann"]).get("/").status_code == 302
    assert Step.objects.get(run=run, number=plan).claimed_by == people["ann"]
    said = text(browser, page(people["ann"]))
    assert "Not active" in said
    assert "1 open task taken and not handed in" in said


def test_nobody_finds_a_way_to_their_own_rights(people: People, root: Person) -> None:
    browser = office.client(root)
    assert "another administrator does it for you" in text(browser, page(root))
    asked = {"group": "managers", "part": "operator", "unit": "platform", "password": PASSWORD}
    for act in ACTS[1:]:
        assert "You may not do this." in text(browser, page(root, act))
        given = asked | ({"part": "operator:platform"} if act == "take-part" else {})
        assert browser.post(page(root, act), given).status_code == 403, act
    assert not root.groups.exists()
    assert not root.parts.exists()


@pytest.mark.parametrize("lost", ["group", "account"])
def test_a_vote_with_rights_lost_since_the_page_was_opened_is_refused(
    people: People, root: Person, run: Run, lost: str
) -> None:
    """Guarantee S7: two sessions, one between the other's GET and POST."""
    gate = office.plan(run, people["ann"])
    address = reverse("gate", args=[run.number, gate.number])
    voter, administrator = office.client(people["mia"]), office.client(root)
    form = voter.get(address).content.decode()
    digest = re.search(r'name="digest" id="digest" value="(\w+)"', form)
    assert digest
    vote = {"digest": digest[1], "choice": "approve", "comment": "Fine"}

    if lost == "group":
        assert administrator.post(page(people["mia"], "leave"), {"group": "managers"}).status_code == 302
    else:
        assert administrator.post(page(people["mia"], "deactivate")).status_code == 302
    answer = voter.post(address, vote, follow=True)

    assert not Vote.objects.filter(gate__step__run=run).exists()
    if lost == "account":
        assert answer.redirect_chain[0][0].startswith("/sign-in/")
    else:
        assert answer.status_code == 409
        assert Refused.objects.get(person="mia", act="vote").code == "not-in-role"
        # and with the right given back, the same form counts
        assert administrator.post(page(people["mia"], "join"), {"group": "managers"}).status_code == 302
        voter.post(address, {**vote, "key": "again"})
        assert Vote.objects.filter(gate__step__run=run).count() == 1


def test_an_administrator_who_lost_the_right_since_the_page_was_opened_changes_nothing(
    people: People, root: Person
) -> None:
    second = Person.objects.create(username="second", is_staff=True, is_superuser=True)
    browser = office.client(second)
    assert browser.get(page(people["ann"], "join")).status_code == 200
    assert office.client(root).post(page(second, "unmake-administrator")).status_code == 302

    assert browser.post(page(people["ann"], "join"), {"group": "managers"}).status_code == 404
    assert not people["ann"].groups.filter(name="managers").exists()
    assert DirectoryEntry.objects.filter(by="second", kind="refused", person=people["ann"]).count() == 1


def test_the_list_is_searched_narrowed_and_paged(people: People, root: Person) -> None:
    browser = office.client(root)
    for number in range(60):
        Person.objects.create(username=f"crew{number:02}", first_name="Crew", last_name=f"Member {number:02}")
    accounts.add("robot", root, {"first_name": "Robot"}, is_service=True)
    address = reverse("people")

    first = browser.get(address)
    names = [str(one) for one in first.context["page"].people]
    following = browser.get(address + first.context["next"]).context
    names += [str(one) for one in following["page"].people]
    assert len(names) == Person.objects.filter(is_active=True).count()
    assert names == sorted(names, key=str.lower)
    assert following["next"] == ""

    def found(query: str) -> list[str]:
        return [one.username for one in browser.get(f"{address}?{query}").context["page"].people]

    assert found("q=member+07") == ["crew07"]
    assert found("group=managers") == ["max", "mia", "mo"]
    assert found("part=auditor") == ["audrey"]
    assert found("show=inactive") == ["gus"]
    assert found("show=services") == ["robot"]
    assert found("show=administrators") == ["root"]
    assert found("q=nobody+at+all") == []
    assert found("group=unknown&show=unknown&part=king&after=nobody") == found("")


def test_what_is_read_does_not_grow_with_the_number_of_people(people: People, root: Person, run: Run) -> None:
    browser = office.client(root)
    browser.post(page(people["ann"], "join"), {"group": "managers"})
    parts.give(people["ann"], "viewer", Unit.objects.get(slug="platform"), root)
    addresses = [*(reverse(name) for name in LISTS), page(people["ann"])]
    counts = []
    for _ in range(2):
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            counts.append(len(queries))
        for number in range(12):
            accounts.add(f"more{number}", "penstock", {"first_name": "More"})
            someone = Person.objects.get(username=f"more{number}")
            memberships.join(someone, "managers", root)
            memberships.join(someone, f"group-{number}", root, is_new=True)
            memberships.join(people["ann"], f"group-{number}", root)
            parts.give(someone, "member", Unit.objects.get(slug="platform"), root)
        house.publish(office.board())
    assert counts[:4] == counts[4:]
    assert max(counts) <= 20


def test_groups_say_who_is_in_them_and_for_what(people: People, root: Person, run: Run) -> None:
    Group.objects.create(name="empty-chairs")
    said = text(office.client(root), reverse("groups"))
    assert re.search(r"Managers managers Max Mill , Mia Moss , Mo Marsh Board Manager", said)
    assert "Gus Gone" not in said
    assert re.search(r"Empty chairs empty-chairs Nobody none", said)


def test_the_log_tells_who_did_what_and_is_narrowed(people: People, root: Person) -> None:
    browser = office.client(root)
    ann = people["ann"]
    memberships.join(ann, "managers", root)
    memberships.join(ann, "night-shift", root, is_new=True)
    parts.give(ann, Part.Kind.AUDITOR, Unit.objects.get(slug="company"), root)
    memberships.join(root, "managers", root)
    passwords.set_temporary(ann, root, PASSWORD)
    accounts.change(people["ben"], root, {"job_title": "Engineer"})

    said = text(browser, reverse("directory-log"))
    for sentence in (
        "Rosa Root took Ann Archer into the group Managers.",
        "Rosa Root took Ann Archer into the group Night shift (a new group).",
        "Rosa Root made Ann Archer auditor in The company.",
        "Rosa Root gave Ann Archer a temporary password.",
        "Rosa Root changed details of Ben Baker. job title: Engineer (was none)",
        "Rosa Root tried to change what Rosa Root may do, and was refused.",
    ):
        assert sentence in said
    assert "Ben Baker" not in text(browser, f"{reverse('directory-log')}?of=ann")
    assert "Ann Archer" not in text(browser, f"{reverse('directory-log')}?kind=refused")
    assert "No entry fits" in text(browser, f"{reverse('directory-log')}?of=nobody&before=x")


def test_the_admins_own_doors_for_passwords_lead_to_ours(people: People, root: Person) -> None:
    """Its sign-in counts no failed attempts, and its change of a password stands in no log."""
    assert Client().post("/admin/login/", {"username": "root", "password": "x"})["Location"] == "/sign-in/?next=/admin/"
    assert office.client(people["ann"]).get("/admin/", follow=True).status_code == 404
    assert office.client(root).post("/admin/password_change/", {})["Location"] == reverse("my-password")
    assert office.client(root).get("/admin/").status_code == 200
