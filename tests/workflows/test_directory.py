"""The organisation changes by verbs: who may, what is written, what is refused, and that the log stays as it is."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from workflows.directory import accounts, administrators, memberships, parts, passwords
from workflows.directory.changing import NotChanged
from workflows.models import DirectoryEntry, Part, Person, Unit

pytestmark = pytest.mark.django_db
PASSWORD = "penstock-and-sluice"


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", first_name="Rosa", is_staff=True, is_superuser=True)


@pytest.fixture
def ada(db: None) -> Person:
    return Person.objects.create(username="ada", first_name="Ada", last_name="Low")


@pytest.fixture
def company(db: None) -> Unit:
    return Unit.objects.create(slug="company", title="Company")


def written() -> list[tuple[str, str, str, str, str]]:
    """The log, oldest first."""
    rows = DirectoryEntry.objects.order_by("pk")
    return list(rows.values_list("by", "kind", "person__username", "about", "detail"))


def refused(outcome: object) -> NotChanged:
    assert isinstance(outcome, NotChanged), outcome
    return outcome


def test_an_account_is_added_with_a_temporary_password(root: Person) -> None:
    details = {"first_name": "Bo", "email": "bo@example.org", "time_zone": "Europe/Rome", "is_superuser": "1"}
    assert isinstance(accounts.add("bo", root, details, PASSWORD), DirectoryEntry)

    bo = Person.objects.get(username="bo")
    assert (bo.first_name, bo.email, bo.time_zone) == ("Bo", "bo@example.org", "Europe/Rome")
    assert bo.check_password(PASSWORD)
    assert bo.password_is_temporary
    assert (bo.is_superuser, bo.is_staff, bo.is_service) == (False, False, False)
    assert written() == [("root", "added", "bo", "", "")]


@pytest.mark.parametrize(
    ("username", "details", "password", "name"),
    [
        ("ADA", {}, "", "username"),
        ("engine", {}, "", "username"),
        ("a b", {}, "", "username"),
        ("", {}, "", "username"),
        ("bo", {"email": "nowhere"}, "", "email"),
        ("bo", {"time_zone": "Mars/Olympus"}, "", "time_zone"),
        ("bo", {"job_title": "x" * 101}, "", "job_title"),
        ("bo", {}, "12345678901", "password"),
        ("bobobobobobo", {}, "bobobobobobo", "password"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_at_its_input(
    root: Person, ada: Person, username: str, details: dict[str, str], password: str, name: str
) -> None:
    problem = refused(accounts.add(username, root, details, password))

    assert list(problem.errors) == [name]
    assert problem.errors[name].endswith(".")
    assert set(Person.objects.values_list("username", flat=True)) == {"root", "ada"}
    assert written() == []


def test_details_are_changed_and_the_log_says_from_what(root: Person, ada: Person) -> None:
    accounts.change(ada, root, {"job_title": "Engineer", "first_name": "Ada"})
    assert accounts.change(ada, root, {"job_title": "Engineer"}) is None
    accounts.change(ada, root, {"job_title": "Lead"})

    assert [entry[4] for entry in written()] == [
        "job title: Engineer (was none)",
        "job title: Lead (was Engineer)",
    ]


def test_a_group_comes_to_be_only_where_that_is_meant(root: Person, ada: Person) -> None:
    Group.objects.create(name="managers")
    problem = refused(memberships.join(ada, "manager", root))
    assert "Did you mean `managers`?" in problem.errors["group"]

    memberships.join(ada, "managers", root)
    assert memberships.join(ada, "managers", root) is None
    memberships.join(ada, "night-shift", root, is_new=True)
    memberships.leave(ada, "managers", root)
    assert memberships.leave(ada, "managers", root) is None

    assert [group.name for group in ada.groups.all()] == ["night-shift"]
    assert [(kind, about, detail) for _, kind, _, about, detail in written()] == [
        ("joined", "managers", ""),
        ("joined", "night-shift", "a new group"),
        ("left", "managers", ""),
    ]


def test_parts_are_given_and_taken(root: Person, ada: Person, company: Unit) -> None:
    parts.give(ada, "operator", company, root)
    assert parts.give(ada, "operator", company, root) is None
    assert ada.parts.get().part == Part.Kind.OPERATOR
    parts.take(ada, "operator", company, root)
    assert parts.take(ada, "operator", company, root) is None
    assert refused(parts.give(ada, "king", company, root)).errors["part"]

    assert not ada.parts.exists()
    assert [(kind, about) for _, kind, _, about, _ in written()] == [
        ("part_given", "operator in /company/"),
        ("part_taken", "operator in /company/"),
    ]


def everything(person: Person, company: Unit, by: Person) -> dict[str, object]:
    """Every verb that changes rights, done to this person."""
    return {
        "join": memberships.join(person, "managers", by, is_new=True),
        "leave": memberships.leave(person, "managers", by),
        "give-part": parts.give(person, "operator", company, by),
        "take-part": parts.take(person, "operator", company, by),
        "activate": accounts.activate(person, by),
        "deactivate": accounts.deactivate(person, by),
        "make-administrator": administrators.appoint(person, by),
        "unmake-administrator": administrators.dismiss(person, by),
        "set-password": passwords.set_temporary(person, by, PASSWORD),
    }


def test_nobody_changes_their_own_rights_not_even_an_administrator(root: Person, company: Unit) -> None:
    Person.objects.create(username="second", is_staff=True, is_superuser=True)

    outcomes = everything(root, company, root)

    assert {refused(outcome).code for outcome in outcomes.values()} == {"own-rights"}
    assert not root.groups.exists()
    assert not root.parts.exists()
    assert [(by, kind, person) for by, kind, person, _, _ in written()] == [("root", "refused", "root")] * len(outcomes)
    assert written()[2][3:] == (
        "operator in /company/",
        "give-part: Nobody changes their own rights: ask another administrator.",
    )


@pytest.mark.parametrize("who", ["nobody", "staff", "inactive", "service", "stale"])
def test_only_administrators_of_this_instant_change_anything(ada: Person, company: Unit, who: str) -> None:
    rights = {"is_staff": True, "is_superuser": who != "staff"} if who != "nobody" else {}
    by = Person.objects.create(username="by", is_active=who != "inactive", is_service=who == "service", **rights)
    if who == "stale":  # the object in hand still says so, the database no more
        Person.objects.filter(pk=by.pk).update(is_superuser=False)

    outcomes = [*everything(ada, company, by).values(), accounts.add("bo", by), accounts.change(ada, by, {"email": ""})]

    assert {refused(outcome).code for outcome in outcomes} == {
        "not-active" if who == "inactive" else "not-administrator"
    }
    assert not Person.objects.filter(username="bo").exists()
    assert {kind for _, kind, _, _, _ in written()} == {"refused"}
    assert not ada.groups.exists()


def test_the_last_administrator_stays(root: Person, ada: Person) -> None:
    assert refused(accounts.deactivate(root, "penstock")).code == "last-administrator"
    assert refused(administrators.dismiss(root, "penstock")).code == "last-administrator"
    Person.objects.create(username="old", is_superuser=True, is_active=False)
    assert refused(administrators.dismiss(root, "penstock")).code == "last-administrator"

    administrators.appoint(ada, root)
    assert isinstance(administrators.dismiss(root, ada), DirectoryEntry)

    root.refresh_from_db()
    assert (root.is_superuser, root.is_staff) == (False, False)


def test_a_service_account_is_one_from_the_start_and_gets_no_right_that_decides(root: Person, company: Unit) -> None:
    assert refused(accounts.add("robot", root, password=PASSWORD, is_service=True)).errors["password"]
    accounts.add("robot", root, is_service=True)
    robot = Person.objects.get(username="robot")

    assert robot.is_service
    assert refused(administrators.appoint(robot, root)).code == "service"
    assert refused(parts.give(robot, "break_glass", company, root)).code == "service"
    assert refused(passwords.set_temporary(robot, root, PASSWORD)).errors["password"]
    assert not robot.has_usable_password()


def test_a_deactivated_persons_sessions_end_and_do_not_come_back(root: Person, ada: Person) -> None:
    browser = Client()
    ada.set_password(PASSWORD)
    ada.save()
    browser.force_login(ada)
    page = reverse("my-work")
    assert browser.get(page).status_code == 200

    accounts.deactivate(ada, root)
    assert accounts.deactivate(ada, root) is None
    assert browser.get(page).status_code == 302

    accounts.activate(ada, root)
    assert browser.get(page).status_code == 302
    ada.refresh_from_db()
    assert ada.is_active
    assert not ada.has_usable_password()


def test_a_password_is_changed_by_who_knows_the_old_one(root: Person, ada: Person) -> None:
    passwords.set_temporary(ada, root, PASSWORD)
    wrong = [("x", "new-sluice-gate", "new-sluice-gate"), (PASSWORD, "new-sluice-gate", "other"), (PASSWORD, "1", "1")]
    wrong.append((PASSWORD, PASSWORD, PASSWORD))
    names = [next(iter(refused(passwords.change_own(ada, *typed)).errors)) for typed in wrong]
    assert names == ["old", "again", "new", "new"]

    assert isinstance(passwords.change_own(ada, PASSWORD, "new-sluice-gate", "new-sluice-gate"), DirectoryEntry)

    ada.refresh_from_db()
    assert ada.check_password("new-sluice-gate")
    assert not ada.password_is_temporary
    assert [(by, kind, detail) for by, kind, _, _, detail in written()] == [
        ("root", "password", "a temporary one"),
        ("ada", "password", "their own"),
    ]


def test_the_log_takes_no_change(root: Person, ada: Person) -> None:
    memberships.join(ada, "managers", root, is_new=True)
    for change in (
        lambda: DirectoryEntry.objects.update(by="somebody"),
        lambda: DirectoryEntry.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert written() == [("root", "joined", "ada", "managers", "a new group")]


def test_the_first_administrator_stands_in_the_log_too(db: None) -> None:
    Person.objects.create_superuser("root", password=PASSWORD)
    assert written() == [("createsuperuser", "added", "root", "", "administrator")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_remove_each_other_one_stays() -> None:
    for _ in range(10):
        one, other = (
            Person.objects.create(username=f"{name}-{_}", is_staff=True, is_superuser=True) for name in ("one", "other")
        )
        gate = threading.Barrier(2)

        def remove(whom: Person, by: Person, gate: threading.Barrier = gate) -> None:
            gate.wait()
            administrators.dismiss(whom, by)
            connection.close()

        both = [threading.Thread(target=remove, args=pair) for pair in ((one, other), (other, one))]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        left = Person.objects.filter(is_superuser=True)
        assert left.count() == 1
        left.update(is_superuser=False)


def test_the_command_line_asks_for_the_rights_of_whom_it_acts_for(
    root: Person, ada: Person, company: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("people", "join", "ada", "managers", "--new", "--by", "root")
    call_command("people", "give", "ada", "auditor", "--unit", "company", "--by", "root")
    call_command("people", "give", "ada", "auditor", "--unit", "company", "--by", "root")
    for refusal in (
        ("join", "root", "managers", "--by", "root"),
        ("join", "root", "managers", "--by", "ada"),
        ("deactivate", "root", "--by", "ada"),
    ):
        with pytest.raises(SystemExit) as told:
            call_command("people", *refusal)
        assert told.value.code == 1
    with pytest.raises(CommandError, match="Nobody signs in as `nobody`"):
        call_command("people", "join", "ada", "managers", "--by", "nobody")
    call_command("people", "list", "--group", "managers")
    call_command("people", "log", "--of", "ada")

    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "Ada Low: joined a group managers",
        "Ada Low: part given auditor in /company/",
        "It was so already: nothing was changed.",
    ]
    assert said[3] == "ada  Ada Low  managers  auditor:/company/"
    assert said[4].endswith("  root  ada: part given auditor in /company/")
    assert not root.groups.exists()
