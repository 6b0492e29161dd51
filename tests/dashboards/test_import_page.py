"""The page that imports: nothing that was sent is lost, what is wrong stands at its line, then all of it or nothing."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.dashboards import office
from workflows.models import GovernanceEntry, Person, Unit

pytestmark = pytest.mark.django_db
PAGE = "/people/import/"
TABLE = 'username,first_name,groups\nann,"Ann, the first",engineers\neve,Eve,managers\n'


@pytest.fixture
def root(db: None) -> Client:
    return office.client(Person.objects.create(username="root", is_staff=True, is_superuser=True))


def kept(answer) -> str:
    """The table as the page carries it."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", answer.content.decode(), re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def words(answer) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def seen(answer) -> str:
    found = re.search(r'name="seen" value="(\w+)"', answer.content.decode())
    return found[1] if found else ""


def test_a_file_is_looked_at_put_right_and_done(people: dict[str, Person], root: Client) -> None:
    file = SimpleUploadedFile("people.csv", TABLE.replace("managers", "mangers").encode())
    first = root.post(PAGE, {"file": file, "act": "look"})
    assert first.status_code == 200
    assert "1 line is wrong." in words(first)
    assert "groups : No group is called mangers . Did you mean managers ?" in words(first)
    assert not seen(first), "what is wrong is not to be done"
    assert kept(first) == TABLE.replace("managers", "mangers")

    second = root.post(PAGE, {"text": TABLE, "act": "look"})
    assert "Add 1 person and change 1 person" in words(second)
    assert "1 added, 1 changed" in words(second)
    # a browser sends lines with a return
    done = root.post(PAGE, {"text": kept(second).replace("\n", "\r\n"), "act": "import", "seen": seen(second)})
    assert done["Location"] == reverse("people")
    assert Person.objects.get(username="ann").first_name == "Ann, the first"
    assert Person.objects.get(username="eve").groups.get().name == "managers"
    again = root.post(PAGE, {"text": TABLE, "act": "look"})
    assert "Everything is so already" in words(again)


def test_what_was_changed_since_the_look_is_looked_at_again(people: dict[str, Person], root: Client) -> None:
    looked = root.post(PAGE, {"text": TABLE, "act": "look"})
    answer = root.post(PAGE, {"text": TABLE.replace("eve", "ida"), "act": "import", "seen": seen(looked)})
    assert answer.status_code == 422
    assert "Something has changed since you looked" in words(answer)
    assert "ida" in kept(answer)
    assert not Person.objects.filter(username__in=["eve", "ida"]).exists()


@pytest.mark.parametrize(
    ("sent", "says", "is_kept"),
    [
        ({}, "Choose a file, or paste a table.", ""),
        ({"text": "nme\nann"}, "The first row names the columns", "nme\nann"),
        ({"file": b"\xff\xfe", "text": "username\nann"}, "not UTF-8", "username\nann"),
        ({"file": b"username\n" + b"x" * 2_000_001}, "larger than 2 MB", ""),
        (
            {"text": "username,first_name\nann,</textarea><script>"},
            "Ann",
            "username,first_name\nann,</textarea><script>",
        ),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(
    people: dict[str, Person], root: Client, sent: dict[str, object], says: str, is_kept: str
) -> None:
    raw = sent.get("file")
    files = {"file": SimpleUploadedFile("people.csv", raw)} if isinstance(raw, bytes) else {}
    answer = root.post(PAGE, {"act": "look", **sent, **files})
    assert answer.status_code in (200, 422)
    assert says in words(answer)
    assert kept(answer) == is_kept


def test_of_many_lines_all_that_is_wrong_is_shown_and_the_rest_is_counted(
    people: dict[str, Person], root: Client
) -> None:
    lines = [f"new-{n:03},engineers" for n in range(400)]
    table = "\n".join(["username,groups", *lines, *(f"bad {n},nobody-{n}" for n in range(120))])
    looked = root.post(PAGE, {"text": table, "act": "look"})
    assert "120 lines are wrong." in words(looked)
    assert all(f"No group is called nobody-{n} " in words(looked) for n in range(120))
    assert "300 more lines, with nothing wrong in them." in words(looked)
    assert kept(looked) == table
    whole = root.post(PAGE, {"text": "\n".join(["username,groups", *lines]), "act": "look-at-all"})
    assert "more line" not in words(whole)
    assert "new-399" in words(whole).split("The table as it was sent")[0]
    done = root.post(PAGE, {"text": kept(whole), "act": "import", "seen": seen(whole)}, follow=True)
    assert "400 added, 0 changed" in words(done)
    too_much = "x" * 2_500_000
    assert "larger than 2 MB" in words(root.post(PAGE, {"text": too_much, "act": "look"}))


def test_units_come_by_the_same_page_and_strangers_find_none(people: dict[str, Person], root: Client) -> None:
    table = "unit,title,parent\nnight,Night,platform\n"
    looked = root.post(PAGE, {"text": table})
    for username, status in {"zoe": 404, "audrey": 403, "ann": 404}.items():
        browser = office.client(people[username])
        assert browser.get(PAGE).status_code == 404
        answer = browser.post(PAGE, {"text": table, "act": "import", "seen": seen(looked)})
        assert answer.status_code == status, username
        assert GovernanceEntry.objects.filter(by=username, kind="refused", about="an import of units").exists()
    done = root.post(PAGE, {"text": table, "act": "import", "seen": seen(looked)})
    assert done["Location"] == reverse("units")
    assert Unit.objects.get(slug="night").path == "/company/platform/night/"
