"""Adapting from the page: parameters, changes, locks; what is wrong at which field; a child and its parent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.dashboards import office, rows
from tests.dashboards.test_library_page import words
from tests.workflows.test_adapting import BETWEEN, LAST, LOCKED, NEWER
from tests.workflows.test_parents import CHILD
from workflows.models import Artifact, GovernanceEntry, Part, Person, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db

PAGE = "/library/absence/adapt/"
FORM: dict[str, Any] = {
    "title": "Days off in the laboratory",
    "id": "absence-lab",
    "unit": "people",
    "parameter-most": "5",
    "row": ["0:insert", "1:role"],
    "act-0": "after",
    "step-0": "allow",
    "title-0": "Tell the laboratory",
    "kind-0": "task",
    "who-0": "lab-lead",
    "due-0": "2d",
    "title-1": "Lab lead",
    "group-1": "bosses",
}


@pytest.fixture
def ada() -> Person:
    someone = rows.person("ada", "bosses", first="Ada", last="Ito")
    rows.person("bo", "bosses")
    unit = Unit.objects.create(slug="people", title="People")
    Part.objects.create(unit=unit, person=someone, part=Part.Kind.AUTHOR)
    for text in (LOCKED, CHILD):
        assert isinstance(publish(text, unit, None), Version)
    return someone


@pytest.fixture
def author(ada: Person) -> Client:
    return office.client(ada)


def member() -> Client:
    """Somebody of the unit who writes nothing."""
    someone = rows.person("sam")
    Part.objects.create(unit=Unit.objects.get(slug="people"), person=someone, part=Part.Kind.MEMBER)
    return office.client(someone)


def said(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def error_at(answer: Any, name: str) -> str:
    found = re.search(rf'id="field-{name}-error">(.*?)</p>', answer.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


def test_the_page_of_a_template_offers_to_adapt_it(author: Client) -> None:
    assert f'href="{PAGE}"' in author.get("/library/absence/").content.decode()
    page = words(author, PAGE)
    assert "Allow it locked Locked by its author: nobody changes it or leads around it." in page
    assert 'name="parameter-most" value="20"' in author.get(PAGE).content.decode()


def test_rows_come_and_go_and_nothing_typed_is_lost(author: Client) -> None:
    answer = author.post(PAGE, {**FORM, "do": "remove"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r'name="row" value="([^"]+)"', page) == ["0:insert", "1:role", "2:remove"]
    assert 'value="Tell the laboratory"' in page
    # what is locked stays: it cannot be chosen to be removed
    [offered] = re.findall(r'name="step-2".*?</select>', page, re.DOTALL)
    assert 'value="enter"' in offered
    assert 'value="allow"' not in offered
    page = author.post(PAGE, {**FORM, "do": "drop:0"}).content.decode()
    assert re.findall(r'name="row" value="([^"]+)"', page) == ["1:role"]
    assert not Version.objects.filter(status="draft").exists()


def test_looking_shows_the_difference_and_writing_writes_a_draft(author: Client, ada: Person) -> None:
    looked = author.post(PAGE, {**FORM, "do": "look"})
    assert looked.status_code == 200
    assert "The task “Tell the laboratory” is new, after “Allow it”" in said(looked)
    assert "at most 5" not in said(looked), "what the parameters say is on both sides"
    assert not Version.objects.filter(status="draft").exists()

    written = author.post(PAGE, {**FORM, "do": "write"})
    draft = Version.objects.get(status="draft")
    assert (draft.artifact.slug, draft.author, draft.title) == ("absence-lab", ada, "Days off in the laboratory")
    assert draft.parent is not None
    assert draft.parent.artifact.slug == "absence"
    assert written.url == "/library/absence-lab/drafts/1/"
    beside = "/library/absence-lab/adaptation/?version=1"
    assert beside in author.get(written.url).content.decode()
    shown = author.get(beside)
    assert "What Days off in the laboratory changes" in said(shown)
    assert "The task “Tell the laboratory” is new" in said(shown)
    stranger = office.client(rows.person("sam"))
    assert stranger.get(beside).status_code == 404
    taken = author.post(PAGE, {**FORM, "do": "write"})
    assert (taken.status_code, error_at(taken, "id")) == (422, "This id is taken: choose another one.")


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"parameter-most": "many"}, "parameter-most", "This must be a whole number."),
        ({"id": "Absence Lab"}, "id", "is no id: lower-case words"),
        ({"unit": "elsewhere"}, "unit", "Choose the unit"),
        ({"title-0": ""}, "title-0", "Say what it is called."),
        ({"due-0": "soon"}, "due-0", "is not a duration"),
        ({"step-0": ""}, "step-0", "Choose a step."),
        ({"kind-0": "gate", "who-0": "starter"}, "who-0", "A gate asks a role"),
        ({"kind-0": "gate", "count-0": "many"}, "count-0", "a whole number from 1 to 99"),
        ({"kind-0": "gate", "count-0": "7"}, "who-0", "7"),
        ({"group-1": "martians"}, "group-1", "martians"),
        ({"row": ["0:replace", "1:role"], "step-0": "allow"}, "step-0", "Locked by its author"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(author: Client, change: dict[str, Any], field: str, says: str) -> None:
    answer = author.post(PAGE, {**FORM, **change, "do": "write"})
    assert says in error_at(answer, field)
    assert answer.status_code == 422
    assert 'value="Lab lead"' in answer.content.decode()
    assert not Version.objects.filter(status="draft").exists()


def test_what_the_compiler_finds_can_be_written_all_the_same(author: Client) -> None:
    wrong = {**FORM, "group-1": "martians"}
    assert "Write the draft all the same" in said(author.post(PAGE, {**wrong, "do": "write"}))
    assert author.post(PAGE, {**wrong, "do": "write-anyway"}).status_code == 302
    assert Version.objects.get(status="draft").artifact.slug == "absence-lab"


def test_who_is_no_author_is_told_so(ada: Person) -> None:
    reader = member()
    assert "You may not adapt it." in words(reader, PAGE)
    assert reader.post(PAGE, {**FORM, "do": "write"}).status_code == 409
    assert GovernanceEntry.objects.filter(kind="refused", by="sam").count() == 1
    assert not Version.objects.filter(status="draft").exists()
    assert reader.get("/library/absence-nothing/adapt/").status_code == 404


def test_a_child_says_when_its_parent_has_moved_on_and_follows_by_one_click(author: Client) -> None:
    assert "has a newer version" not in words(author, "/library/absence-short/")
    unit = Unit.objects.get(slug="people")
    assert isinstance(publish(NEWER, unit, None), Version)
    assert "Leave of absence has a newer version." in words(author, "/library/absence-short/")
    then = words(author, "/library/absence-short/adaptation/")
    now = words(author, "/library/absence-short/adaptation/?parent=now")
    assert "The task “Tell” is new, after “Allow it”" in then
    assert "The task “Tell” is new, after “Allow it”" in now
    assert "Leave of absence, version 1, unchanged" in then
    assert "Leave of absence, version 2, unchanged" in now

    page = words(author, "/library/absence-short/adaptation/newer/")
    assert "It fits that version, and everything is proven." in page
    assert "The input “Days” must be at least 2; before 1." in page
    assert not Version.objects.filter(status="draft").exists()
    assert author.post("/library/absence-short/adaptation/newer/").status_code == 302
    draft = Version.objects.get(status="draft")
    assert (draft.number, draft.changes) == (2, "Brought up to version 2 of Leave of absence.")
    reader = member()
    assert reader.post("/library/absence-short/adaptation/newer/").status_code == 409


def test_the_page_shows_the_whole_chain_and_where_it_has_moved_on(author: Client) -> None:
    unit = Unit.objects.get(slug="people")
    for text in (BETWEEN, LAST, NEWER):
        assert isinstance(publish(text, unit, None), Version)
    assert "has a newer version" not in words(author, "/library/absence-lab/"), "it is not behind yet"
    page = words(author, "/library/absence-lab/adaptation/")
    assert "What it stands on Days off in a team , version 1, the newest" in page
    says = "version 2 is published. It counts here once what stands between is published with it."
    assert f"Leave of absence , version 1; {says}" in page
    assert "has a newer version" in words(author, "/library/absence-team/")


def test_a_parameter_that_names_somebody_offers_people(author: Client) -> None:
    text = LOCKED.replace("most: {type: integer, default: 20}", "deputy: {type: user}").replace(
        'max: "${parameters.most}"', "max: 20"
    )
    text = text.replace("playbook: absence", "playbook: absence-deputy").replace(
        "title: Enter it in the calendar", 'title: "Enter it; ask ${parameters.deputy}"'
    )
    answer = publish(text, Unit.objects.get(slug="people"), None)
    assert isinstance(answer, Version), answer
    page = author.get("/library/absence-deputy/adapt/").content.decode()
    assert re.search(r'<select[^>]* name="parameter-deputy"', page)
    assert '<option value="ada">Ada Ito</option>' in page
    given = {**FORM, "parameter-deputy": "bo", "row": [], "do": "look"}
    assert "deputy: bo" in author.post("/library/absence-deputy/adapt/", given).content.decode()


def test_a_step_of_another_kind_is_written_as_in_a_file(author: Client) -> None:
    given = {**FORM, "kind-0": "other", "text-0": "action: debug.echo\nwith: {ref: x}", "due-0": "", "do": "look"}
    assert "The action “Tell the laboratory” is new" in said(author.post(PAGE, given))
    wrong = author.post(PAGE, {**given, "text-0": "action: debug.ecko"})
    assert "debug.ecko" in error_at(wrong, "text-0")
    assert "action: debug.ecko</textarea>" in wrong.content.decode()
    assert error_at(author.post(PAGE, {**given, "text-0": ""}), "text-0").startswith("Write what it does")


def test_a_parent_behind_a_wall_is_not_shown_through_its_child(author: Client) -> None:
    away = Unit.objects.create(slug="away", title="Away")
    someone = rows.person("tom")
    Part.objects.create(unit=away, person=someone, part=Part.Kind.AUTHOR)
    Artifact.objects.filter(slug="absence-short").update(unit=away)
    assert isinstance(publish(NEWER, Unit.objects.get(slug="people"), None), Version)
    reader = office.client(someone)
    assert reader.get("/library/absence/").status_code == 404
    assert "has a newer version" not in words(reader, "/library/absence-short/")
    assert "You do not find what it adapts." in words(reader, "/library/absence-short/adaptation/?parent=now")
    assert reader.get("/library/absence-short/adaptation/newer/").status_code == 302


def test_what_adapts_nothing_has_no_such_page(author: Client) -> None:
    assert author.get("/library/absence/adaptation/").status_code == 404
    assert author.get("/library/absence-short/adaptation/newer/").status_code == 302
