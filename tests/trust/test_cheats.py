"""Every way to cheat, at every entrance: refused, its reason said and kept in the security log, and nothing done."""

from __future__ import annotations

import pytest

from runs.models import Entry, Refused, Run, Step, Vote
from tests.trust.cheats import CHEATS, Cheat, Try
from tests.trust.entrances import ENTRANCES, Board, Entrance
from tests.trust.world import People, undone

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.id)
def test_it_is_refused_with_its_reason_and_kept(people: People, cheat: Cheat) -> None:
    attempt = cheat.arrange(people)
    for kind in ENTRANCES:
        entrance = kind()
        if entrance.offers(attempt.act):
            with undone():
                refuses(entrance, cheat, attempt)
        else:
            assert kind is Board, "every other entrance has every act that anybody cheats by"


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


def everything() -> object:
    """What a vote or an act could have changed."""
    return (
        list(Entry.objects.values_list("run", "seq")),
        list(Run.objects.order_by("pk").values_list("pk", "seq", "state")),
        list(Step.objects.order_by("pk").values_list("pk", "status")),
        list(Vote.objects.order_by("pk").values_list("pk", "choice", "on_behalf_of")),
    )
