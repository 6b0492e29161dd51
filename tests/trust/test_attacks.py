"""S5, S6 and S7 of the security table at each entrance that votes; S1 to S4 are among the cheats and the links.

A playbook published meanwhile, a byte that changes between reading and voting, a right that is lost in between.
"""

from __future__ import annotations

import io
import os
import random
import re

import pytest
from django.core.management import call_command

from runs import definitions, operate
from runs.models import Entry, Run, Vote
from tests.runs import house
from tests.trust import world
from tests.trust.entrances import ENTRANCES, Answer, Entrance, Pages, Several, digest_of
from tests.trust.world import TRUSTED, People, undone

pytestmark = pytest.mark.django_db
VOTING = [kind for kind in ENTRANCES if "vote" in kind.acts]
INTERLEAVINGS = 1000 if os.environ.get("PENSTOCK_NIGHTLY") == "1" else 40
every_entrance = pytest.mark.parametrize("kind", VOTING, ids=lambda kind: kind.name)

GATE = re.search(r"  - id: board\n.*?(?=  - \{id: ship)", TRUSTED, re.DOTALL)
assert GATE is not None
#: What a hostile author would publish while the run waits for its board.
HOSTILE = {
    "the starter alone approves": TRUSTED.replace("approvers: [manager]", "approvers: [user:zoe]").replace(
        "quorum: 2", "quorum: 1"
    ),
    "one is enough": TRUSTED.replace("quorum: 2", "quorum: 1"),
    "nobody is excluded": TRUSTED.replace("exclude: [starter, plan]", "exclude: []"),
    "no gate": TRUSTED.replace(GATE.group(), ""),
    "silence approves": TRUSTED.replace(
        "exclude: [starter, plan]", "exclude: [starter, plan]\n    escalate: [{after: 1m, outcome: approve}]"
    ),
}


def vote(entrance: Entrance, person: object, run: Run, **given: object) -> Answer:
    return entrance.do("vote", person, run, 2, **({"choice": "approve"} | given))


def test_versions_published_meanwhile_change_no_run_that_is_under_way(people: People) -> None:
    run = world.asked(people, by="mia")
    digest, seats = run.version.digest, seats_of(run)
    for text in HOSTILE.values():
        assert text != TRUSTED
        published = house.publish(house.compiled(text))
        assert published.digest != digest
    assert seats_of(run) == seats
    for kind in VOTING:
        with undone():
            assert vote(kind(), people["mia"], run).code == "excluded"
            assert vote(kind(), people["ann"], run).code == "excluded"
            assert vote(kind(), people["dee"], run).code in ("not-in-role", "not-visible", "")
            assert vote(kind(), people["max"], run).accepted
            assert world.at(run, "board"), "one approval of two"
    run = world.approve(run, people["max"], people["mo"])
    assert world.at(run, "ship")
    state = definitions.state_of(run)
    assert (state.definition, run.version.digest) == (digest, digest)


def seats_of(run: Run) -> list[str]:
    asking = world.at(run, "board").asking
    assert asking is not None
    return [seat.person for seat in asking.seats or ()]


@every_entrance
def test_a_byte_that_changes_between_reading_and_voting_refuses_the_vote(people: People, kind: type[Entrance]) -> None:
    chance = random.Random(20)
    run, entrance = world.asked(people), kind()
    service = "shop"
    for _ in range(max(1, INTERLEAVINGS // len(VOTING))):
        voter = people[chance.choice(["mia", "max", "mo", "eve"])]
        seen = read_digest(entrance, voter, run)
        for _ in range(chance.choice([1, 1, 2])):
            place = chance.randrange(len(service))
            service = service[:place] + chance.choice(sorted(set("abcdefgh") - {service[place]})) + service[place + 1 :]
            world.done(operate.change(house.now(run), people["olga"], {"inputs.service": service}, "another name"))
        if read_digest(entrance, voter, run) == seen:
            continue  # two changes that come to the same
        answer = vote(entrance, voter, run, digest=seen)
        assert (answer.accepted, answer.code, answer.entries) == (False, "old-digest", 0), answer
        assert answer.status in ((200,) if kind is Several else (409, 1))  # of several each has its own result
        if kind is Pages:
            assert f"now {service}" in answer.read, f"the page says what is different: {answer.read[:900]}"
    assert not Vote.objects.exists()
    assert vote(entrance, people["mia"], run, digest=digest_of(run, 2)).accepted


def read_digest(entrance: Entrance, person, run: Run) -> str:
    """Read the gate there, and take the digest from what was shown."""
    if isinstance(entrance, Pages):
        page = entrance.browser(person)[0].get(f"/runs/{run.number}/gates/2/").content.decode()
        found = re.search(r'name="digest" id="digest" value="(\w{64})"', page)
        assert found, "the page has the digest of what it shows"
        return found.group(1)
    if entrance.name == "command line":
        said = io.StringIO()
        call_command("run", "show", str(run.number), "--by", person.username, stdout=said)
        return said.getvalue().partition("seen: ")[2].split()[0]
    return digest_of(run, 2)


@every_entrance
@pytest.mark.parametrize("loss", ["role", "account", "delegator's role"])
def test_a_right_lost_between_reading_and_voting_is_lost(people: People, kind: type[Entrance], loss: str) -> None:
    run, entrance = world.asked(people), kind()
    voter, given = people["mia"], {}
    if loss == "delegator's role":
        world.hand(run, people["max"], "dee")
        voter, given = people["dee"], {"on_behalf_of": "max"}
    seen = read_digest(entrance, voter, run)
    if loss == "account":
        type(voter).objects.filter(pk=voter.pk).update(is_active=False)
    else:
        people["max" if given else "mia"].groups.clear()
    before = Entry.objects.count()
    answer = vote(entrance, type(voter).objects.get(pk=voter.pk), run, digest=seen, **given)
    assert not answer.accepted
    assert Entry.objects.count() == before
    if not (loss == "account" and kind in (Pages, Several)):  # who has no account is not let in, and so is nobody
        assert answer.code in ("not-in-role", "not-visible"), answer
        assert answer.logged == 1


@pytest.mark.parametrize("name", ["verb", "page"])
def test_the_first_answer_to_a_form_is_for_who_sent_it(people: People, name: str) -> None:
    """With the key of a colleague's form nobody is told that they have voted, nor keeps the colleague from it."""
    run = world.asked(people)
    entrance = next(kind for kind in VOTING if kind.name == name)()
    assert vote(entrance, people["mia"], run, key="k").accepted
    assert vote(entrance, people["mia"], run, key="k").entries == 0, "sent twice, it is one vote"
    for who in ("max", "ann", "zoe"):
        answer = vote(entrance, people[who], run, key="k")
        assert (answer.accepted, answer.code, answer.logged) == (False, "field:key", 1), answer
        assert "sent by somebody else" in answer.read
    assert [one.person.username for one in Vote.objects.all()] == ["mia"]


@pytest.mark.parametrize("key", ["k" * 5000, "a\0b", "ø" * 101])
def test_a_key_that_no_column_holds_is_a_key_all_the_same(people: People, key: str) -> None:
    run, pages = world.asked(people), Pages()
    for _ in range(2):
        assert vote(pages, people["mia"], run, key=key).accepted
    assert Vote.objects.count() == 1
    assert Entry.objects.filter(run=run, kind="vote").count() == 1


def test_a_character_that_no_database_holds_is_left_out(people: People) -> None:
    """PostgreSQL refuses NUL in a text: a form that holds one is answered like any other."""
    run, pages = world.asked(people), Pages()
    assert vote(pages, people["max"], run, on_behalf_of="mi\0a").code == "not-in-role"
    assert pages.do("delegate", people["max"], run, 2, to="de\0e").accepted
    assert vote(pages, people["mia"], run, digest="\0").code == "old-digest"
    assert vote(pages, people["mia"], run, comment="fi\0ne").accepted
    assert Vote.objects.get().comment == "fine"
