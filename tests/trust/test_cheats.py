"""Every way to cheat, at every entrance: refused, its reason said and kept in the security log, and nothing done."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from runs import decision_links
from runs.models import Entry, Refused, Run, Step, Vote
from tests.processes import ROOT
from tests.trust import table, world
from tests.trust.cheats import CHEATS, WAYS, Cheat, Try
from tests.trust.entrances import ENTRANCES, Board, Entrance, Link, Pages, Several, digest_of
from tests.trust.world import People, undone

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.id)
def test_it_is_refused_with_its_reason_and_kept(people: People, cheat: Cheat) -> None:
    attempt = cheat.arrange(people)
    for kind in ENTRANCES:
        entrance = kind()
        if entrance.offers(attempt.act, attempt.given):
            with undone():
                refuses(entrance, cheat, attempt)
        else:
            assert kind in (Board, Several, Link), "every other entrance has every act that anybody cheats by"


def refuses(entrance: Entrance, cheat: Cheat, attempt: Try) -> None:
    before = everything()
    answer = entrance.do(attempt.act, attempt.person, attempt.run, attempt.visit, **attempt.given)
    assert not answer.accepted, (entrance.name, answer)
    assert everything() == before, entrance.name
    assert (answer.code, answer.logged) == (cheat.code, 1), (entrance.name, answer)
    assert cheat.answer in answer.sentence, entrance.name
    assert cheat.answer in answer.read, (entrance.name, answer)
    row = Refused.objects.latest("pk")
    assert (row.person, row.run) == (attempt.person.username, attempt.run)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_link_that_is_only_opened_decides_nothing_and_uses_nothing_up(people: People, method: str) -> None:
    """Mail scanners and previews open every link: with the decision in the address it is a page all the same."""
    run = world.asked(people)
    before, gate = everything(), f"/runs/{run.number}/gates/2/"
    words = {"choice": "approve", "digest": digest_of(run, 2), "key": "k", "comment": "yes"}
    browser = Pages().browser(people["mia"])[0]
    mailed = decision_links.address(Step.objects.get(run=run, number=2), people["mia"])
    for address in (gate, f"{gate}withdraw/", f"{gate}delegate/", f"{gate}take-back/", mailed):
        for _ in range(3):
            answer = getattr(browser, method)(f"{address}?{urlencode(words)}")
            assert answer.status_code in (200, 405)
            if answer.status_code == 200 and method == "get":
                assert "Your vote is kept:" not in answer.content.decode()
    assert everything() == before
    assert not Refused.objects.exists()
    world.approve(run, people["mia"])


def test_the_docs_show_exactly_the_ways_that_are_tried() -> None:
    page = (ROOT / "docs/explanation/ways-to-cheat.md").read_text()
    assert table.text() in page, "run `python -m tests.trust` and put its table into the page"
    assert {cheat.way for cheat in CHEATS} | {"link"} == set(WAYS)
    assert page.count("\n### ") == len(WAYS)


def everything() -> object:
    """What a vote or an act could have changed."""
    return (
        list(Entry.objects.values_list("run", "seq")),
        list(Run.objects.order_by("pk").values_list("pk", "seq", "state")),
        list(Step.objects.order_by("pk").values_list("pk", "status")),
        list(Vote.objects.order_by("pk").values_list("pk", "choice", "on_behalf_of")),
    )
