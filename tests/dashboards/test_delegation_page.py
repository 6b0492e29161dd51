"""Delegation on the gate's page, in My work and in the log: who votes for whom, and why it is refused."""

from __future__ import annotations

import csv
import io

import pytest

from engine.machine.state import Visit
from runs import definitions, delegate, vote
from runs.models import Run, Vote
from runs.outcomes import is_accepted
from tests.dashboards import office
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def asked(run: Run, people: People) -> Visit:
    return office.plan(run, people["ann"])


def address(run: Run, visit: Visit, more: str = "") -> str:
    return f"/runs/{run.number}/gates/{visit.number}/{more}"


def page(run: Run, visit: Visit, who: Person, more: str = "") -> str:
    answer = office.client(who).get(address(run, visit) + more)
    assert answer.status_code == 200
    return answer.content.decode()


def hand(run: Run, visit: Visit, who: Person, to: Person) -> None:
    assert is_accepted(delegate.delegate(Run.objects.get(pk=run.pk), visit.number, who, to.username))


def ballot(visit: Visit, **more: str) -> dict[str, str]:
    assert visit.asking is not None
    return {"choice": "approve", "digest": visit.asking.digest, **more}


def test_the_form_offers_everybody_whom_the_gate_does_not_exclude(people: People, run: Run, asked: Visit) -> None:
    html = page(run, asked, people["mia"])
    assert "Somebody else in your place" in html
    assert "For this gate only." in html
    assert '<option value="ben">Ben Baker</option>' in html
    for excluded_or_gone in ("ann", "zoe", "gus", "mia"):
        assert f'<option value="{excluded_or_gone}">' not in html
    assert "Somebody else in your place" not in page(run, asked, people["ann"])


def test_delegating_says_what_follows_and_can_be_taken_back(people: People, run: Run, asked: Visit) -> None:
    mia = office.client(people["mia"])
    said = mia.post(address(run, asked, "delegate/"), {"to": "ben"}, follow=True).content.decode()
    assert "Your vote is delegated. Until it is cast you may still vote yourself" in said
    assert "Ben Baker votes for you" in said
    assert "You delegated to Ben Baker. If you vote before them, that ends the delegation." in said
    assert '<option value="ben">' not in said
    said = mia.post(address(run, asked, "take-back/"), follow=True).content.decode()
    assert "Your vote is yours again." in said
    assert "Somebody else in your place" in said


def test_the_delegate_finds_it_in_my_work_and_sees_for_whom(people: People, run: Run, asked: Visit) -> None:
    ben = office.client(people["ben"])
    assert "Approve CHG-1 for shop?" not in ben.get("/").content.decode()
    hand(run, asked, people["mia"], people["ben"])
    assert "Your decision is wanted" in ben.get("/").content.decode()
    mine = office.client(people["mia"]).get("/").content.decode()
    assert "Your decision is wanted" not in mine
    assert "You have delegated your vote." in mine
    html = page(run, asked, people["ben"])
    assert "Your decision for Mia Moss" in html
    assert '<input type="hidden" name="for" value="mia">' in html
    assert "Votes with the right of Mia Moss, who delegated." in html
    assert "Delegated to Ben Baker; a vote of their own before that ends it." in page(run, asked, people["max"])
    said = ben.post(address(run, asked), ballot(asked, **{"for": "mia"}), follow=True).content.decode()
    assert "Your vote is kept: you approve." in said
    assert "Ben Baker for Mia Moss approved" in said
    assert "You have voted for Mia Moss." in ben.get("/").content.decode()
    assert Vote.objects.get().on_behalf_of == people["mia"]


def test_the_delegator_reads_that_the_vote_is_cast(people: People, run: Run, asked: Visit) -> None:
    hand(run, asked, people["mia"], people["ben"])
    office.client(people["ben"]).post(address(run, asked), ballot(asked, **{"for": "mia"}))
    html = page(run, asked, people["mia"])
    assert "Already voted by Ben Baker, to whom you delegated." in html
    assert "Somebody else in your place" not in html
    assert 'name="choice"' not in html
    assert "Mia Moss has delegated to Ben Baker, who has voted." in html
    answer = office.client(people["mia"]).post(address(run, asked), ballot(asked))
    assert answer.status_code == 409
    answer = office.client(people["mia"]).post(address(run, asked, "delegate/"), {"to": "otto"})
    assert (answer.status_code, "Already voted by Ben Baker" in answer.content.decode()) == (409, True)


def test_of_two_delegators_the_delegate_chooses_one(people: People, run: Run, asked: Visit) -> None:
    hand(run, asked, people["mia"], people["ben"])
    hand(run, asked, people["mo"], people["ben"])
    html = page(run, asked, people["ben"])
    assert "Your decision for Mia Moss" in html
    assert "?for=mo" in html
    other = page(run, asked, people["ben"], "?for=mo")
    assert "Your decision for Mo Marsh" in other
    assert '<input type="hidden" name="for" value="mo">' in other


def test_who_has_a_vote_of_their_own_is_told_that_the_other_is_not_used(people: People, run: Run, asked: Visit) -> None:
    hand(run, asked, people["mia"], people["max"])
    html = page(run, asked, people["max"])
    assert "Mia Moss delegated to you, but you have a vote of your own here, and nobody votes for two." in html
    assert 'name="for"' not in html


@pytest.mark.parametrize(
    ("to", "status", "says"),
    [
        ("", 422, "Choose who is to vote for you."),
        ("nobody", 422, "There is nobody called nobody who is active."),
        ("gus", 422, "There is nobody called Gus Gone who is active."),
        ("ann", 409, "Ann Archer did Write the plan and may not decide here."),
        ("zoe", 409, "Zoe Zell started this run and may not decide here."),
    ],
)
def test_what_is_refused_says_why(people: People, run: Run, asked: Visit, to: str, status: int, says: str) -> None:
    answer = office.client(people["mia"]).post(address(run, asked, "delegate/"), {"to": to})
    assert answer.status_code == status
    assert says in answer.content.decode()


def test_where_the_quorum_could_not_be_met_nothing_is_delegated(people: People, run: Run, asked: Visit) -> None:
    hand(run, asked, people["mo"], people["max"])
    answer = office.client(people["mia"]).post(address(run, asked, "delegate/"), {"to": "max"})
    assert answer.status_code == 422
    assert "Max Mill votes here already, and without your vote the quorum could not be met." in answer.content.decode()
    assert [one.by for one in _asking(run, asked).delegations] == ["mo"]


def test_nobody_else_delegates_and_a_get_does_nothing(people: People, run: Run, asked: Visit) -> None:
    answer = office.client(people["audrey"]).post(address(run, asked, "delegate/"), {"to": "ben"})
    assert answer.status_code == 409
    assert office.client(people["mia"]).get(address(run, asked, "delegate/")).status_code == 405
    assert office.client(people["otto"]).post(address(run, asked, "delegate/"), {"to": "ben"}).status_code == 404
    assert _asking(run, asked).delegations == ()


def test_the_log_names_both(people: People, run: Run, asked: Visit) -> None:
    hand(run, asked, people["mia"], people["olga"])
    hand(run, asked, people["mia"], people["ben"])
    office.client(people["ben"]).post(address(run, asked), ballot(asked, **{"for": "mia"}))
    said = office.client(people["mia"]).get(f"/runs/{run.number}/").content.decode()
    assert "Mia Moss delegated the vote at Change board to Olga Oak." in said
    assert "Mia Moss ended the delegation to Olga Oak at Change board for somebody else." in said
    assert "Ben Baker, for Mia Moss, approved Change board." in said


def _asking(run: Run, visit: Visit):
    return definitions.state_of(Run.objects.get(pk=run.pk)).visits[visit.number].asking


def test_the_log_as_a_sheet_names_both_and_holds_no_formula(people: People, run: Run, asked: Visit) -> None:
    assert is_accepted(delegate.delegate(run, asked.number, people["mia"], "ben"))
    digest = office.at(run, "board").asking.digest
    said = '=HYPERLINK("https://elsewhere.example")'
    answer = vote.vote(run, asked.number, people["ben"], "approve", said, digest, on_behalf_of="mia")
    assert is_accepted(answer)
    sheet = office.client(people["max"]).get(f"/runs/{run.number}/log.csv")
    assert sheet["Content-Disposition"] == f'attachment; filename="run-{run.number}-log.csv"'
    heads, *rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [row["event"] for row in found] == [str(nth) for nth in range(1, len(found) + 1)]
    (voted,) = [row for row in found if row["kind"] == "vote"]
    assert (voted["by"], voted["on_behalf_of"], voted["on_behalf_of_name"]) == ("ben", "mia", str(people["mia"]))
    assert said in voted["what"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert office.client(people["otto"]).get(f"/runs/{run.number}/log.csv").status_code == 404
