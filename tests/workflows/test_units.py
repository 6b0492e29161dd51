"""The tree of units changes by verbs: who may, what moves along, what is refused, and what the log keeps of it."""

from __future__ import annotations

import pytest

from workflows.directory import units
from workflows.directory.changing import NotChanged
from workflows.keep_calendar import count_by
from workflows.models import GovernanceEntry, Part, Person, Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", first_name="Rosa", is_staff=True, is_superuser=True)


@pytest.fixture
def tree(db: None) -> dict[str, Unit]:
    """company over (shop over (web, till), store)."""
    found: dict[str, Unit] = {}
    for slug, parent in (("company", ""), ("shop", "company"), ("web", "shop"), ("till", "shop"), ("store", "company")):
        found[slug] = Unit.objects.create(slug=slug, title=slug.title(), parent=found.get(parent))
    return found


def paths() -> list[str]:
    return list(Unit.objects.order_by("path").values_list("path", flat=True))


def logged() -> list[tuple[str, str, str, str]]:
    """The log of governance, oldest first."""
    return list(GovernanceEntry.objects.order_by("pk").values_list("by", "kind", "about", "detail"))


def refused(outcome: units.Outcome) -> NotChanged:
    assert isinstance(outcome, NotChanged), outcome
    return outcome


def test_a_unit_is_added_below_another_with_what_it_counts_by(root: Person, tree: dict[str, Unit]) -> None:
    details = {"title": " Night shift ", "kind": "team", "calendar": "office-hours-eu", "path": "/nowhere/"}
    assert isinstance(units.add("night-shift", root, details, tree["shop"]), GovernanceEntry)

    unit = Unit.objects.get(slug="night-shift")
    assert (unit.title, unit.kind, unit.calendar, unit.path) == (
        "Night shift",
        "team",
        "office-hours-eu",
        "/company/shop/night-shift/",
    )
    assert logged() == [("root", "unit_added", "/company/shop/night-shift/", "")]


@pytest.mark.parametrize(
    ("slug", "details", "name", "code"),
    [
        ("shop", {"title": "Shop"}, "slug", "taken"),
        ("Shop floor", {"title": "Shop"}, "slug", "bad-value"),
        ("", {"title": "Shop"}, "slug", "bad-value"),
        ("x" * 65, {"title": "Shop"}, "slug", "bad-value"),
        ("floor", {"title": " "}, "title", "bad-value"),
        ("floor", {"title": "x" * 201}, "title", "bad-value"),
        ("floor", {"title": "Floor", "kind": "tribe"}, "kind", "bad-value"),
        ("floor", {"title": "Floor", "calendar": "office-hour-eu"}, "calendar", "unknown-name"),
    ],
)
def test_what_is_wrong_with_a_unit_is_said_at_its_input(
    root: Person, tree: dict[str, Unit], slug: str, details: dict[str, str], name: str, code: str
) -> None:
    problem = refused(units.add(slug, root, details, tree["company"]))

    assert (list(problem.errors), problem.code) == ([name], code)
    assert problem.errors[name].endswith((".", "?"))
    assert Unit.objects.count() == len(tree)


def test_of_a_kind_that_is_none_it_is_said_which_there_are(root: Person, tree: dict[str, Unit]) -> None:
    says = refused(units.add("floor", root, {"title": "Floor", "kind": "tribe"}, tree["company"])).sentence

    assert says == "There is no kind `tribe`. Choose one of: portfolio, program, team."


def test_details_change_with_what_they_were_in_the_log(root: Person, tree: dict[str, Unit]) -> None:
    details = {"title": "Shops", "kind": "", "calendar": "office-hours-eu", "decision_links": True}
    assert isinstance(units.change(tree["shop"], root, details), GovernanceEntry)
    assert units.change(tree["shop"], root, details) is None, "it was so already"

    said = "title: Shops (was Shop); calendar: office-hours-eu (was none); decision links: on (was off)"
    assert logged() == [("root", "unit_changed", "/company/shop/", said)]
    assert count_by(tree["shop"], "", None) == ""
    assert logged()[1] == ("penstock", "unit_changed", "/company/shop/", "calendar: none (was office-hours-eu)")


def test_a_unit_moves_with_all_below_it_and_what_belongs_to_them_stays(root: Person, tree: dict[str, Unit]) -> None:
    holder = Person.objects.create(username="zoe")
    Part.objects.create(unit=tree["web"], person=holder, part=Part.Kind.AUTHOR)
    Unit.objects.create(slug="shop-floor", title="Not below shop", parent=tree["company"])
    assert isinstance(units.move(tree["shop"], tree["store"], root), GovernanceEntry)

    moved = ["/company/store/shop/", "/company/store/shop/till/", "/company/store/shop/web/"]
    assert paths() == ["/company/", "/company/shop-floor/", "/company/store/", *moved]
    assert holder.parts.get().unit.path == moved[2]
    assert units.move(tree["shop"], tree["store"], root) is None, "it was there already"
    assert isinstance(units.move(tree["shop"], None, root), GovernanceEntry)
    assert "/shop/web/" in paths()
    assert [entry[3] for entry in logged()] == [
        "from /company/shop/ to /company/store/shop/",
        "from /company/store/shop/ to /shop/",
    ]


def test_no_unit_stands_below_itself(root: Person, tree: dict[str, Unit]) -> None:
    before = paths()
    itself = refused(units.move(tree["shop"], tree["shop"], root))
    below = refused(units.move(tree["company"], tree["web"], root))

    assert itself.errors == {"parent": "Shop cannot stand below itself."}
    assert below.errors == {"parent": "Web stands below Company itself: move it out first."}
    assert (itself.code, below.code) == ("circular", "circular")
    assert paths() == before
    assert logged() == []


def test_only_administrators_change_the_tree_and_the_log_has_who_tried(root: Person, tree: dict[str, Unit]) -> None:
    owner = Person.objects.create(username="priya")
    Part.objects.create(unit=tree["company"], person=owner, part=Part.Kind.PROCESS_OWNER)
    gone = Person.objects.create(username="gone", is_superuser=True, is_active=False)
    for by in (owner, gone):
        assert refused(units.add("new", by, {"title": "New"})).code in ("not-administrator", "not-active")
        assert refused(units.change(tree["shop"], by, {"title": "Mine"})).code in ("not-administrator", "not-active")
        assert refused(units.move(tree["shop"], None, by)).code in ("not-administrator", "not-active")

    assert {entry[:2] for entry in logged()} == {("priya", "refused"), ("gone", "refused")}
    assert len(logged()) == 6
    assert [entry.unit for entry in GovernanceEntry.objects.order_by("pk")[:2]] == [None, tree["shop"]]
    assert Unit.objects.get(slug="shop").title == "Shop"


def test_nobody_moves_a_unit_under_their_own_rights(root: Person, tree: dict[str, Unit]) -> None:
    """A part that holds above where it comes to stand would be a part given to oneself."""
    Part.objects.create(unit=tree["store"], person=root, part=Part.Kind.OPERATOR)
    assert refused(units.move(tree["web"], tree["store"], root)).code == "own-rights"
    Part.objects.create(unit=tree["company"], person=root, part=Part.Kind.OPERATOR)
    assert isinstance(units.move(tree["web"], tree["store"], root), GovernanceEntry), "they had it there already"
    assert refused(units.move(tree["web"], None, root)).code == "own-rights", "nor is it taken from oneself"
