"""Files on pages: attached to a task, given out through the guard, kept through an error, never executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engine.definition import FieldSpec, GateSpec, Quorum, StepSpec
from runs import start, vote
from runs.models import Entry, File, Run
from tests.dashboards import office
from tests.dashboards.test_task_page import tick_all
from tests.runs import house
from tests.runs.uploads import EXE, HTML, PDF, PNG, upload
from workflows.models import Person, Version

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.PENSTOCK_FILES = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def task(people: People, run: Run) -> str:
    tick_all(run, people["ann"])
    return f"/runs/{run.number}/tasks/1/"


def hand_in(person: Person, task: str, **beside: object) -> Any:
    return office.client(person).post(task, {"change_ref": "CHG-7", **beside})


def test_files_and_a_link_go_with_the_task_and_are_shown_afterwards(people: People, run: Run, task: str) -> None:
    html = office.client(people["ann"]).get(task).content.decode()
    assert 'enctype="multipart/form-data"' in html
    assert "up to 25 MB each" in html
    answer = hand_in(
        people["ann"], task, files=[upload("plan.pdf"), upload("shot.png", PNG)], link="https://example.org/a"
    )
    assert answer.status_code == 302
    file = File.objects.get(name="plan.pdf")
    assert (file.run, file.step.number, file.attached, file.by) == (run, 1, True, people["ann"])
    assert file.sha256 in Entry.objects.get(run=run, kind="complete").event
    html = office.client(people["ben"]).get(task).content.decode()
    assert f'<a href="/files/{file.pk}/">plan.pdf</a>' in html
    assert f'<img src="/files/{File.objects.get(name="shot.png").pk}/?inline=1"' in html
    assert '<a href="https://example.org/a" rel="noopener noreferrer nofollow" target="_blank">' in html


def test_what_is_wrong_is_said_there_and_what_was_chosen_is_kept(people: People, run: Run, task: str) -> None:
    answer = hand_in(people["ann"], task, text="my plan", files=[upload(), upload("run.exe", EXE)], link="no link")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "“run.exe” is of a kind that is not taken" in html
    assert "This must be an address" in html
    assert "my plan" in html
    assert 'value="no link"' in html
    file = File.objects.get()
    assert f'name="kept" value="{file.pk}"' in html
    assert f'name="kept" value="{file.pk}"' in office.client(people["ann"]).get(task).content.decode()
    assert str(file.pk) not in office.client(people["ben"]).get(task).content.decode()
    assert hand_in(people["ann"], task, kept=str(file.pk), offered=str(file.pk)).status_code == 302
    assert File.objects.get(attached=True) == file


def test_what_is_not_ticked_any_more_is_left_out(people: People, run: Run, task: str) -> None:
    hand_in(people["ann"], task, change_ref="wrong", files=upload())
    file = File.objects.get()
    hand_in(people["ann"], task, offered=str(file.pk))
    assert not File.objects.exists()
    assert "plan.pdf" not in Entry.objects.get(run=run, kind="complete").event


def test_nobody_attaches_a_file_of_somebody_else(people: People, run: Run, task: str) -> None:
    hand_in(people["ben"], task, change_ref="wrong", files=upload())
    bens = File.objects.get()
    answer = hand_in(people["ann"], task, kept=str(bens.pk), offered=str(bens.pk))
    assert answer.status_code == 422
    assert "is not there any more" in answer.content.decode()
    hand_in(people["ann"], task, offered=str(bens.pk))
    assert File.objects.filter(pk=bens.pk, attached=False).exists()


def test_a_file_is_given_out_to_save_and_never_to_execute(people: People, run: Run, task: str) -> None:
    hand_in(people["ann"], task, files=[upload("naïve plan.pdf"), upload("shot.png", PNG)])
    plan, shot = File.objects.get(type="application/pdf"), File.objects.get(type="image/png")
    ben = office.client(people["ben"])
    answer = ben.get(f"/files/{plan.pk}/?inline=1")
    assert answer.content == PDF
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''na%C3%AFve%20plan.pdf"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Content-Length"] == str(len(PDF))
    drawn = ben.get(f"/files/{shot.pk}/?inline=1")
    assert drawn["Content-Disposition"] == 'inline; filename="shot.png"'
    assert drawn["Content-Type"] == "image/png"
    assert drawn["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert ben.get(f"/files/{shot.pk}/")["Content-Disposition"].startswith("attachment")
    assert ben.head(f"/files/{plan.pk}/").status_code == 200
    assert ben.post(f"/files/{plan.pk}/").status_code == 405


def test_what_is_not_yours_is_404(people: People, run: Run, task: str) -> None:
    hand_in(people["ann"], task, change_ref="wrong", files=upload())
    address = f"/files/{File.objects.get().pk}/"
    assert office.client(people["ann"]).get(address).status_code == 200
    assert office.client(people["ben"]).get(address).status_code == 404
    stranger = Person.objects.create(username="stranger")
    hand_in(people["ann"], task, kept=str(File.objects.get().pk))
    assert office.client(people["ben"]).get(address).status_code == 200
    assert office.client(stranger).get(address).status_code == 404
    assert office.client(people["ann"]).get("/files/00000000-0000-4000-8000-000000000000/").status_code == 404
    assert Client().get(address).status_code == 302


def test_a_damaged_file_is_not_given_out_and_says_so(people: People, run: Run, task: str, folder: Path) -> None:
    hand_in(people["ann"], task, files=upload())
    file = File.objects.get()
    (folder / file.sha256[:2] / file.sha256).write_bytes(HTML)
    answer = office.client(people["ben"]).get(f"/files/{file.pk}/")
    assert answer.status_code == 410
    assert "its content has been changed" in answer.content.decode()


def test_a_comment_with_a_file_is_kept_and_shown(people: People, run: Run) -> None:
    ben = office.client(people["ben"])
    answer = ben.post(f"/runs/{run.number}/comments/", {"text": "See <b>this</b>", "files": upload(), "visit": "1"})
    assert answer.status_code == 302
    event = Entry.objects.get(run=run, kind="comment").event
    assert File.objects.get(attached=True).sha256 in event
    wrong = ben.post(f"/runs/{run.number}/comments/", {"text": "", "files": upload("a.exe", EXE)})
    assert wrong.status_code == 422
    assert "of a kind that is not taken" in wrong.content.decode()
    stranger = Person.objects.create(username="stranger")
    assert office.client(stranger).post(f"/runs/{run.number}/comments/", {"text": "hi"}).status_code == 404


@pytest.fixture
def asking(people: People) -> Version:
    """An input and a field of type `file`; the gate shows both, and what was attached beside the form."""
    plan = FieldSpec("plan", "file", title="The plan")
    gate = GateSpec(show=("inputs.request", "steps.write"), approvers=("manager",), quorum=Quorum(count=1))
    steps = [
        house.task("write", form=(plan, FieldSpec("ref", "text", title="Number"))),
        StepSpec("board", "Board", gate),
        house.end(),
    ]
    ways = [("board", "reject", "write"), ("board", "return", "write")]
    request = FieldSpec("request", "file", title="The request")
    reason = FieldSpec("reason", "text", title="Why")
    return house.publish(house.playbook("asking", steps, ways, inputs=(request, reason)))


def test_files_of_fields_are_values_that_a_gate_shows(people: People, asking: Version) -> None:
    ann = office.client(people["ann"])
    form = ann.get("/library/asking/start/").content.decode()
    assert 'id="field-request" name="request" type="file"' in form
    wrong = ann.post("/library/asking/start/", {"request": upload("ask.exe", EXE)})
    assert wrong.status_code == 422
    assert "of a kind that is not taken" in wrong.content.decode()
    assert wrong.content.decode().count("This must be filled in.") == 1
    kept = ann.post("/library/asking/start/", {"request": upload("ask.pdf")})
    assert kept.status_code == 422
    file = File.objects.get()
    assert f'name="kept-request" value="{file.pk}"' in kept.content.decode()
    ids = {"kept-request": str(file.pk), "offered-request": str(file.pk)}
    begun = ann.post("/library/asking/start/", {"reason": "because", **ids})
    run = Run.objects.get(version=asking)
    assert begun.status_code == 302
    file.refresh_from_db()
    assert (file.run, file.attached) == (run, True)

    task = f"/runs/{run.number}/tasks/1/"
    assert f'<a href="/files/{file.pk}/">ask.pdf</a>' in ann.get(task).content.decode()
    ann.post(task, {"plan": upload("plan-1.pdf")})
    first = File.objects.get(name="plan-1.pdf")
    again = ann.post(task, {"plan": upload("plan.pdf"), "kept-plan": first.pk, "offered-plan": first.pk})
    assert "plan-1.pdf" not in again.content.decode()
    plan = File.objects.get(name="plan.pdf")
    assert not File.objects.filter(pk=first.pk).exists()
    done = ann.post(task, {"ref": "1", "kept-plan": plan.pk, "offered-plan": plan.pk, "files": upload("shot.png", PNG)})
    assert done.status_code == 302

    mia = office.client(people["mia"])
    gate = f"/runs/{run.number}/gates/2/"
    html = mia.get(gate).content.decode()
    for name in ("ask.pdf", "plan.pdf", "shot.png"):
        assert f'<a href="/files/{File.objects.get(name=name).pk}/">{name}</a>' in html
    number, digest = office.at(run, "board").number, office.at(run, "board").asking.digest
    vote.vote(run, number, people["mia"], "return", "Another plan", digest)
    ann.post(f"/runs/{run.number}/tasks/3/", {"ref": "1", "plan": upload("plan.pdf", PDF + b"\n")})
    html = " ".join(mia.get(f"/runs/{run.number}/gates/4/").content.decode().split())
    plans = html[html.index("The plan<small>") :]
    assert "was <del>plan.pdf" in plans[: plans.index("changes__name")]
    assert "changes__mark--changed" in plans[: plans.index("changes__name")]


def test_nobody_starts_with_a_file_of_somebody_else(people: People, asking: Version) -> None:
    office.client(people["ben"]).post("/library/asking/start/", {"request": upload("bens.pdf")})
    bens = File.objects.get()
    answer = office.client(people["ann"]).post("/library/asking/start/", {"reason": "x", "kept-request": bens.pk})
    assert answer.status_code == 422
    assert "bens.pdf" not in answer.content.decode()
    stolen = start.start(asking, people["ann"], {"reason": "x", "request": bens.attachment})
    assert stolen == {"request": "This file is not there any more. Choose it again."}


def test_what_was_said_stands_on_the_pages_escaped_and_in_order(people: People, run: Run) -> None:
    ben, ann = office.client(people["ben"]), office.client(people["ann"])
    address = f"/runs/{run.number}/comments/"
    ben.post(address, {"text": "First <script>alert(1)</script> https://example.org/?a=1&b=2", "visit": "1"})
    ann.post(address, {"text": "Second", "files": upload("shown.png", PNG)})
    for page in (f"/runs/{run.number}/", f"/runs/{run.number}/tasks/1/"):
        html = ann.get(page).content.decode()
        said = html[html.index('id="said-list"') :]
        assert "First &lt;script&gt;alert(1)&lt;/script&gt;" in said
        assert 'rel="nofollow noopener noreferrer" target="_blank"' in said
        assert said.index("First") < said.index("Second") < said.index("shown.png")
    log = ann.get(f"/runs/{run.number}/").content.decode()
    assert "Ben Baker commented at Write the plan." in log
    assert "Ann Archer commented. <q>Second</q>" in log


def test_comments_cost_the_same_few_statements_however_many_there_are(people: People, run: Run) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as counted:
            office.client(people["ann"]).get(f"/runs/{run.number}/tasks/1/")
        return len(counted)

    address = f"/runs/{run.number}/comments/"
    office.client(people["ben"]).post(address, {"text": "One", "files": upload("0.txt", b"0"), "visit": "1"})
    few = statements()
    for number in range(3):
        office.client(people["ann"]).post(address, {"text": "More", "files": upload("n.txt", b"%d" % number)})
    assert statements() == few
