"""Tables of people and of units: what each line would do, what is wrong where, and all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workflows.directory import parts, units
from workflows.directory.imports import doing
from workflows.directory.imports.doing import NotImported
from workflows.directory.imports.planned import Plan
from workflows.directory.imports.table import MOST_LINES, read
from workflows.models import DirectoryEntry, GovernanceEntry, Part, Person, Unit
from workflows.sheets import SheetError

pytestmark = pytest.mark.django_db

PEOPLE = """\
Username;First name;Last name;E-mail;Groups;Parts
ann;Ann;Archer;;engineers;author:platform, Process owner:company
bea;;;;;
cyd;Cyd;Cole;cyd@example.org;engineers,night-shift;
"""
UNITS = """\
unit,title,kind,parent,calendar
web,Web,Team,shop,
shop,Shop,program,company,office-hours-eu
platform,Platform,,/,
company,,,,
"""


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", is_staff=True, is_superuser=True)


@pytest.fixture(autouse=True)
def company(db: None) -> Unit:
    """With a platform below; ann is there already under another name, bea as she is; there are engineers."""
    company = Unit.objects.create(slug="company", title="Company")
    Unit.objects.create(slug="platform", title="Platform", parent=company)
    Group.objects.create(name="engineers")
    ann = Person.objects.create(username="ann", first_name="Anna", last_name="Archer")
    Person.objects.create(username="bea")
    Part.objects.create(unit=company, person=ann, part=Part.Kind.PROCESS_OWNER)
    return company


def look(text: str, by: Person | str = "penstock", new: bool = False) -> Plan:
    return doing.look(read(text.encode()), by, new)


def said(plan: Plan) -> list[tuple[int, str, list[str]]]:
    return [(line.number, line.does, [act.says for act in line.acts]) for line in plan.lines]


def wrong(text: str, by: Person | str = "penstock") -> dict[int, dict[str, str]]:
    return {line.number: dict(line.errors) for line in look(text, by).lines if line.errors}


def do(text: str, by: Person, new: bool = False, seen: str | None = None) -> object:
    return doing.do(read(text.encode()), by, new, seen)


def test_people_are_told_and_then_done(root: Person) -> None:
    plan = look(PEOPLE, root, new=True)
    assert said(plan) == [
        (2, "changed", ["first name: Ann (was Anna)", "joins engineers", "becomes author in Platform"]),
        (3, "nothing", []),
        (
            4,
            "added",
            ["gets an account: Cyd, Cole, cyd@example.org", "joins engineers", "joins night-shift, a new group"],
        ),
    ]
    assert not DirectoryEntry.objects.exists()

    entry = do(PEOPLE, root, new=True, seen=plan.digest)
    assert isinstance(entry, GovernanceEntry)
    assert (entry.kind, entry.about, entry.detail) == ("imported", "people", "1 added, 1 changed, 1 as they were")
    cyd = Person.objects.get(username="cyd")
    assert (str(cyd), cyd.email, cyd.has_usable_password()) == ("Cyd Cole", "cyd@example.org", False)
    assert sorted(cyd.groups.values_list("name", flat=True)) == ["engineers", "night-shift"]
    assert Person.objects.get(username="ann").parts.count() == 2
    assert [(entry.by, entry.kind) for entry in DirectoryEntry.objects.order_by("pk")] == [
        ("root", kind) for kind in ("added", "changed", "joined", "joined", "joined", "part_given")
    ]
    assert do(PEOPLE, root, new=True) is None, "it was so already"
    assert GovernanceEntry.objects.count() == 1


def test_units_are_told_and_then_done_from_the_top(root: Person) -> None:
    assert said(look(UNITS, root)) == [
        (2, "added", ["is added below shop: Web"]),
        (3, "added", ["is added below company: Shop"]),
        (4, "changed", ["moves to the top, with all below it"]),
        (5, "nothing", []),
    ]
    entry = do(UNITS, root)
    assert isinstance(entry, GovernanceEntry)
    assert list(Unit.objects.order_by("path").values_list("path", "kind", "calendar")) == [
        ("/company/", "", ""),
        ("/company/shop/", "program", "office-hours-eu"),
        ("/company/shop/web/", "team", ""),
        ("/platform/", "", ""),
    ]
    kinds = list(GovernanceEntry.objects.order_by("pk").values_list("kind", "about"))
    assert kinds[:3] == [
        ("unit_moved", "/platform/"),
        ("unit_added", "/company/shop/"),
        ("unit_added", "/company/shop/web/"),
    ]
    assert kinds[3] == ("imported", "units")


def test_what_is_wrong_is_said_at_its_column(root: Person) -> None:
    table = """\
username,first_name,email,time_zone,groups,parts
,Nobody,,,,
Ann,,,,,
engine,,,,,
dee dee,,,,,
dan,,nowhere,,enginers,
eve,,,Mars/Olympus,,member
fay,,,,,membr:platform
gus,,,,,member:platfrm
hal,,,,,
HAL,,,,,
ivy,Ivy,,,,,too much
root,,,,engineers,
"""
    found = wrong(table, root)
    assert {number: list(errors) for number, errors in found.items()} == {
        2: ["username"],
        3: ["username"],
        4: ["username"],
        5: ["username"],
        6: ["email", "groups"],
        7: ["time_zone", "parts"],
        8: ["parts"],
        9: ["parts"],
        11: ["username"],
        12: [""],
        13: ["groups"],
    }
    assert found[3]["username"] == "Somebody signs in as `ann`: write it so, or choose another name."
    assert found[6]["groups"] == "No group is called `enginers`. Did you mean `engineers`?"
    assert found[8]["parts"] == "There is no part `membr`. Did you mean `member`?"
    assert found[9]["parts"] == "No unit is called `platfrm`. Did you mean `platform`?"
    assert found[11]["username"] == "Line 10 is about `HAL` already."
    assert found[13]["groups"].startswith("Nobody changes their own rights")

    answer = do(table, root)
    assert isinstance(answer, NotImported)
    assert (answer.code, answer.sentence) == ("wrong-lines", "11 lines are wrong, and all of them are done or none.")
    assert not Person.objects.filter(username="hal").exists()
    assert not GovernanceEntry.objects.exists()


def test_no_table_makes_a_circle(root: Person) -> None:
    table = "unit,title,parent\na,A,b\nb,B,c\nc,C,a\nd,D,nowhere\ncompany,,platform\nshop,,\nshop,Shop,\nBad,Bad,\n"
    found = wrong(table, root)
    assert found[2] == {"parent": "It would stand below itself: `a` below `b` below `c` below `a`."}
    assert set(found) == {2, 3, 4, 5, 6, 7, 8, 9}
    assert found[5] == {"parent": "No unit is called `nowhere`."}
    assert found[6]["parent"] == "It would stand below itself: `company` below `platform` below `company`."
    assert list(found[7]) == ["title"]
    assert list(found[8]) == ["unit"]
    assert list(found[9]) == ["unit"]
    assert Unit.objects.count() == 2

    swap = "unit,parent\nplatform,/\ncompany,platform\n"
    assert isinstance(do(swap, root), GovernanceEntry), "turned round it is no circle"
    assert list(Unit.objects.order_by("path").values_list("path", flat=True)) == ["/platform/", "/platform/company/"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is nothing in it."),
        (";;\n", "There is nothing in it."),
        ("username\n", "There is nothing below the names of the columns."),
        ("name,title\nann,x\n", "The first row names the columns: "),
        ("username,first_nam\nann,x\n", "No column of people is called `first_nam`. Did you mean `first_name`?"),
        ("username,password\nann,x\n", "No column of people is called `password`."),
        ("username,email,e-mail\nann,x,y\n", "Two columns are called `email`."),
        ("username,,email\nann,x,y\n", "Column 2 has no name."),
        ("unit,unit\na,b\n", "Two columns are called `unit`."),
        ('username\n"ann\n', "Row "),
        ("username\n" + "ann\n" * (MOST_LINES + 1), "There are 10,001 lines, and at most 10,000 at once"),
        ("username\n" + "x" * 2_000_001, "The table is larger than 2 MB"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(SheetError) as error:
        read(text.encode())
    assert str(error.value).startswith(says)


def test_cells_are_texts_whatever_a_spreadsheet_takes_them_for(root: Person) -> None:
    """What a spreadsheet wrote with a `'` in front, so that it is no formula, is read as it was."""
    table = "username,first_name,job_title\ndot,'=1+1,'@home\nnul,a\0b,\n"
    assert said(look(table, root))[0][2] == ["gets an account: =1+1, @home"]
    assert list(wrong(table, root)[3].values()) == [
        "`first_name` holds a line break, or something else that cannot be seen."
    ]


def test_where_a_line_cannot_be_done_everything_before_it_is_undone(root: Person, company: Unit) -> None:
    """To move a unit under one's own part is found out when it is done, with the units as they are by then."""
    parts.give(root, "author", units_added(company, "store"), "penstock")
    before = GovernanceEntry.objects.count()
    answer = do("unit,title,parent\nnew,New,company\nplatform,,store\n", root)
    assert isinstance(answer, NotImported)
    assert answer.code == "stopped"
    assert answer.sentence.startswith("Line 3, platform: It would change what you may do in Platform yourself")
    assert not Unit.objects.filter(slug="new").exists()
    assert GovernanceEntry.objects.count() == before


def units_added(parent: Unit, slug: str) -> Unit:
    units.add(slug, "penstock", {"title": slug}, parent)
    return Unit.objects.get(slug=slug)


def test_what_was_looked_at_is_done_and_nothing_else(root: Person) -> None:
    seen = look(PEOPLE, root, new=True).digest
    Person.objects.filter(username="ann").update(last_name="Baker")
    answer = do(PEOPLE, root, new=True, seen=seen)
    assert isinstance(answer, NotImported)
    assert answer.code == "changed-meanwhile"
    assert answer.plan is not None
    assert "last name: Archer (was Baker)" in said(answer.plan)[0][2][0]
    assert not Person.objects.filter(username="cyd").exists()


def test_only_administrators_import_and_the_log_has_who_tried(root: Person) -> None:
    ann = Person.objects.get(username="ann")
    answer = do(PEOPLE, ann)
    assert isinstance(answer, NotImported)
    assert (answer.code, answer.plan) == ("not-administrator", None)
    entry = GovernanceEntry.objects.get()
    assert (entry.by, entry.kind, entry.about) == ("ann", "refused", "an import of people")


def test_to_look_costs_the_same_however_many_lines(root: Person) -> None:
    def statements(count: int) -> int:
        lines = "".join(f"new-{n},New,engineers,member:platform\n" for n in range(count))
        with CaptureQueriesContext(connection) as asked:
            look(f"username,first_name,groups,parts\n{lines}", root)
        return len(asked)

    assert statements(2) == statements(200) <= 6


def test_to_do_it_costs_hardly_more_however_many_lines(root: Person) -> None:
    """People who come, people who change, groups that come to be; and units, by how deep they stand."""

    def statements(text: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert isinstance(do(text, root, new=True), GovernanceEntry)
        return len(asked)

    def people(first: str, count: int) -> str:
        lines = "".join(f"{first}-{n},New,engineers;{first},member:platform\n" for n in range(count))
        return f"username,first_name,groups,parts\n{lines}"

    few, many = statements(people("few", 2)), statements(people("many", 90))
    # SQLite takes so many values in one statement and no more
    assert few <= many <= few + 8 <= 50
    assert statements(people("many", 90).replace("New", "Old")) <= 40
    assert Person.objects.filter(first_name="Old", groups__name="many", parts__unit__slug="platform").count() == 90
    assert DirectoryEntry.objects.filter(person__username="many-7").count() == 5

    def units(first: str, count: int) -> str:
        lines = "".join(f"{first}-{n}-below,Below,{first}-{n}\n{first}-{n},New,company\n" for n in range(count))
        return f"unit,title,parent\n{lines}"

    few, many = statements(units("few", 2)), statements(units("many", 60))
    assert few <= many <= few + 8 <= 40
    assert Unit.objects.get(slug="many-7-below").path == "/company/many-7/many-7-below/"
    assert GovernanceEntry.objects.filter(kind="unit_added", unit__slug="many-7").count() == 1


def test_on_the_command_line(root: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    with pytest.raises(SystemExit):
        call_command("people", "import", str(file), "--by", "root", "--dry-run")
    told = capsys.readouterr().out
    assert "line 2  ann  changed: first name: Ann (was Anna); joins engineers; becomes author in Platform" in told
    assert "line 4  cyd  wrong: groups: No group is called `night-shift`." in told
    assert "0 added, 1 changed, 1 nothing, 1 wrong" in told
    with pytest.raises(SystemExit):
        call_command("people", "import", str(file), "--by", "root")
    assert "1 line is wrong" in capsys.readouterr().err
    call_command("people", "import", str(file), "--by", "root", "--new-groups", "--dry-run")
    assert not Person.objects.filter(username="cyd").exists()
    call_command("people", "import", str(file), "--by", "root", "--new-groups")
    assert "people: 1 added, 1 changed, 1 as they were." in capsys.readouterr().out
    call_command("people", "import", str(file), "--by", "root")
    assert "It was so already" in capsys.readouterr().out
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("people", "import", str(file), "--by", "root")
