"""Files: which are taken, where they lie, what an act may name, and who may read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.attachments import Attachment
from engine.machine.commands import Refusal
from runs import comment, complete, files, kinds, stored
from runs.clock import database_clock
from runs.models import Entry, File, Run
from runs.outcomes import FieldErrors, is_accepted
from runs.work import leftovers
from tests.runs import house
from tests.runs.uploads import DOCM, DOCX, EXE, GIF, HTML, ODT, PDF, PNG, SVG, XLSX, packed, upload
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.PENSTOCK_FILES = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def people() -> People:
    return house.settle()


@pytest.fixture
def run(people: People) -> Run:
    return house.begin(house.publish(house.playbook("p", [house.task("plan"), house.end()])), people["ann"])


def kept(person: Person, run: Run | None, name: str = "plan.pdf", content: bytes = PDF) -> File:
    file = files.keep(upload(name, content), person, run)
    assert isinstance(file, File), file
    return file


def refused(answer: object) -> str:
    assert isinstance(answer, Refusal)
    return answer.sentence


def test_bytes_lie_under_their_digest_for_nobody_else_to_read(people: People, run: Run, folder: Path) -> None:
    file = kept(people["ann"], run)
    place = folder / file.sha256[:2] / file.sha256
    assert place.read_bytes() == PDF
    assert oct(place.stat().st_mode & 0o777) == "0o600"
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    again = kept(people["ann"], run, "other.pdf")
    assert again.sha256 == file.sha256
    assert [path for path in folder.rglob("*") if path.is_file()] == [place]


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.PNG", PNG, "image/png"),
        ("a.gif", GIF, "image/gif"),
        ("a.txt", "Grüße, 你好\r\n\tok".encode(), "text/plain"),
        ("a.txt", "Grüße".encode("utf-16"), "text/plain"),
        ("a.csv", b"a;b\n1;2\n", "text/csv"),
        ("a.docx", DOCX, kinds.KINDS["docx"]),
        ("a.xlsx", XLSX, kinds.KINDS["xlsx"]),
        ("a.odt", ODT, kinds.KINDS["odt"]),
    ],
)
def test_what_is_what_its_name_says_is_taken(
    people: People, run: Run, name: str, content: bytes, media_type: str
) -> None:
    assert kept(people["ann"], run, name, content).type == media_type


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.exe", EXE, "of a kind that is not taken"),
        ("a.svg", SVG, "of a kind that is not taken"),
        ("a.html", HTML, "of a kind that is not taken"),
        ("a.sh", b"#!/bin/sh\nrm -rf /\n", "of a kind that is not taken"),
        ("a.pdf.exe", PDF, "of a kind that is not taken"),
        ("a", PDF, "of a kind that is not taken"),
        ("a.zip", packed("x"), "of a kind that is not taken"),
        ("a.docm", DOCM, "of a kind that is not taken"),
        ("a.pdf", EXE, "it holds application/x-msdownload, not pdf"),
        ("a.png", SVG, "it holds a web page or a script"),
        ("a.png", PDF, "it holds application/pdf, not png"),
        ("a.txt", HTML, "it holds a web page or a script"),
        ("a.txt", b"\xef\xbb\xbf \n<svg onload=alert(1)>", "it holds a web page or a script"),
        ("a.csv", SVG, "it holds a web page or a script"),
        ("a.txt", b"#!/bin/sh\n", "it holds a web page or a script"),
        ("a.txt", b"text\x00with a null", "what it holds is not txt"),
        ("a.txt", PNG, "it holds image/png, not txt"),
        ("a.docx", packed("word/document.xml"), "not what its name says"),
        ("a.docx", XLSX, "not what its name says"),
        ("a.docx", DOCM, "holds macros"),
        ("a.odt", packed("mimetype"), "not what its name says"),
        ("a.pdf", b"", "is empty"),
    ],
)
def test_what_is_executed_or_lies_is_refused_and_nothing_is_left(
    people: People, run: Run, folder: Path, name: str, content: bytes, says: str
) -> None:
    assert says in refused(files.keep(upload(name, content), people["ann"], run))
    assert not File.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_the_limits_are_settings(people: People, run: Run, settings: Any) -> None:
    settings.PENSTOCK_FILE_MB = 0.00005
    assert "a file may have 50 bytes" in refused(files.keep(upload(content=PDF), people["ann"], run))
    settings.PENSTOCK_FILE_MB = 1
    settings.PENSTOCK_FILE_TYPES = ["zip", "png"]
    kept(people["ann"], run, "a.zip", packed("x"))
    assert "Taken are png and zip." in refused(files.keep(upload(), people["ann"], run))


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\plan.pdf", "plan.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("\x00\u200b.pdf", "pdf"),
        ("…/..", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("naïve  plan\u00a0.pdf", "naïve plan .pdf"),
    ],
)
def test_names_are_cleaned(given: str, cleaned: str) -> None:
    assert kinds.cleaned(given) == cleaned


def test_an_act_names_only_ones_own_files_of_this_run(people: People, run: Run) -> None:
    other = house.begin(run.version, people["ann"])
    mine, bens, elsewhere = kept(people["ann"], run), kept(people["ben"], run), kept(people["ann"], other)
    assert files.of([str(mine.pk)], people["ann"], run) == (mine.attachment,)
    for ids in ([bens.pk], [elsewhere.pk], [mine.pk, "no-uuid"], ["0" * 32]):
        assert files.of([str(one) for one in ids], people["ann"], run) == files.GONE


def test_an_accepted_act_attaches_and_an_invented_file_is_refused(people: People, run: Run) -> None:
    file = kept(people["ann"], run)
    answer = complete.complete(run, 1, people["ann"], {}, files=[Attachment("made-up.pdf", 3, file.type, "a" * 64)])
    assert answer == FieldErrors({"files": "This file is not there any more. Choose it again."})
    bens = kept(people["ben"], run, "bens.pdf", PDF + b"\n")
    assert isinstance(complete.complete(run, 1, people["ann"], {}, files=[bens.attachment]), FieldErrors)
    link = Attachment("https://example.org/plan")
    assert is_accepted(complete.complete(run, 1, people["ann"], {}, files=[file.attachment, link]))
    file.refresh_from_db()
    bens.refresh_from_db()
    assert (file.attached, bens.attached) == (True, False)
    assert file.sha256 in Entry.objects.get(run=run, kind="complete").event


def test_attaching_costs_one_statement_to_find_and_one_to_keep(people: People, run: Run) -> None:
    def statements(*attached: Attachment) -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert is_accepted(comment.comment(run, people["ann"], "Look", files=attached))
        return len(counted)

    without = statements()
    many = [kept(people["ann"], run, f"{number}.txt", b"%d" % number).attachment for number in range(5)]
    assert statements(*many) == without + 2


def test_whoever_sees_the_run_comments_and_nobody_else(people: People, run: Run) -> None:
    assert is_accepted(comment.comment(run, people["ben"], "Does it still answer?", visit=1))
    stranger = Person.objects.create(username="stranger")
    answer = comment.comment(run, stranger, "Let me in")
    assert isinstance(answer, Refusal)
    assert answer.code == "not-visible"
    assert comment.comment(run, people["ann"], "  ") == FieldErrors({"text": "Write something, or attach a file."})


def test_a_file_is_read_by_whoever_sees_the_run_and_before_that_by_its_uploader(people: People, run: Run) -> None:
    file = kept(people["ann"], run)
    stranger = Person.objects.create(username="stranger")
    assert files.open_for(people["ben"], file) == files.NOT_VISIBLE
    with files.open_for(people["ann"], file) as content:
        assert content.read() == PDF
    comment.comment(run, people["ann"], "", files=[file.attachment])
    file.refresh_from_db()
    with files.open_for(people["ben"], file) as content:
        assert content.read() == PDF
    assert files.open_for(stranger, file) == files.NOT_VISIBLE
    people["ben"].is_active = False
    assert files.open_for(people["ben"], file) == files.NOT_VISIBLE


def test_bytes_that_are_not_those_of_the_digest_are_given_to_nobody(people: People, run: Run, folder: Path) -> None:
    file = kept(people["ann"], run)
    place = folder / file.sha256[:2] / file.sha256
    place.write_bytes(PDF.replace(b"Catalog", b"Catalof"))
    assert "its content has been changed" in refused(files.open_for(people["ann"], file))
    place.unlink()
    assert "not where it was kept" in refused(files.open_for(people["ann"], file))
    with pytest.raises(stored.Damaged):
        stored.opened("../../../etc/passwd")


def test_nobody_fills_the_disk_with_what_is_attached_to_nothing(
    people: People, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_WAITING", 1)
    kept(people["ann"], run)
    assert "wait to be attached" in refused(files.keep(upload(), people["ann"], run))
    kept(people["ben"], run)


def later(hours: float = 25) -> Any:
    moment = database_clock() + timedelta(hours=hours)
    return lambda: moment


def test_what_is_attached_to_nothing_is_forgotten_after_a_day(people: People, run: Run, folder: Path) -> None:
    attached, waiting = kept(people["ann"], run, "a.txt", b"attached"), kept(people["ann"], run, "b.txt", b"waiting")
    twin = kept(people["ben"], run, "c.txt", b"attached")
    comment.comment(run, people["ann"], "", files=[attached.attachment])
    assert leftovers.forget(later(23)) == 0
    assert leftovers.forget(later()) == 2
    assert list(File.objects.all()) == [attached]
    assert stored.opened(twin.sha256).read() == b"attached"
    assert not (folder / waiting.sha256[:2] / waiting.sha256).exists()
    assert leftovers.forget(later(999)) == 0
    assert stored.opened(attached.sha256).read() == b"attached"


def test_what_a_process_left_behind_is_cleared_away(people: People, run: Run, folder: Path) -> None:
    named = kept(people["ann"], run, "a.txt", b"named")
    comment.comment(run, people["ann"], "", files=[named.attachment])
    place = folder / named.sha256[:2] / named.sha256
    place.rename(place.with_name(f"leaving-{named.sha256}-x"))
    (folder / "writing-x").write_bytes(b"half")
    orphan = kept(people["ann"], run, "b.txt", b"orphan")
    File.objects.filter(pk=orphan.pk).delete()
    minute = int(orphan.sha256[:2], 16)
    start = datetime(2030, 1, 1, tzinfo=UTC)
    at_its_minute = start + timedelta(minutes=(minute - int(start.timestamp() // 60)) % 256)
    leftovers.forget(lambda: at_its_minute)
    assert [path for path in folder.rglob("*") if path.is_file()] == [place]


def test_bytes_stay_for_whoever_keeps_the_same_meanwhile(people: People, run: Run, folder: Path) -> None:
    first = kept(people["ann"], run, "a.txt", b"same")
    first.delete()

    def meanwhile(sha256: str) -> bool:
        kept(people["ben"], run, "a.txt", b"same")
        return files.is_named(sha256)

    assert not stored.forget(first.sha256, meanwhile)
    assert stored.opened(first.sha256).read() == b"same"


def test_dropping_a_file_takes_its_bytes_along_unless_it_is_attached(people: People, run: Run, folder: Path) -> None:
    mine, bens = kept(people["ann"], run), kept(people["ben"], run, "b.txt", b"ben")
    files.drop([str(mine.pk), str(bens.pk), "nonsense"], people["ann"])
    assert list(File.objects.all()) == [bens]
    assert not (folder / mine.sha256[:2] / mine.sha256).exists()
    comment.comment(run, people["ben"], "", files=[bens.attachment])
    files.drop([str(bens.pk)], people["ben"])
    assert File.objects.filter(pk=bens.pk).exists()
