"""The ways to cheat at a gate, each with what it is answered: the table of docs/explanation/ways-to-cheat.md.

`python -m tests.trust` prints that table. A way has one or more tries; each is made at every entrance that has its act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from runs import appoint, complete, operate, vote
from runs.models import Run
from tests.runs import house
from tests.trust import world
from tests.trust.entrances import digest_of
from tests.trust.world import People
from workflows.models import Part, Person


@dataclass(frozen=True)
class Try:
    """One attempt: who does what to which visit of which run, once everything is arranged."""

    act: str
    person: Person
    run: Run
    visit: int = 0
    given: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Cheat:
    """`way` is one of WAYS; `how` says what is tried, `answer` is (a part of) the sentence of the refusal."""

    way: str
    how: str
    code: str
    answer: str
    arrange: Callable[[People], Try]

    @property
    def id(self) -> str:
        return f"{self.way}: {self.how}"


WAYS = {
    "own-request": "Approving one's own request",
    "delegation": "As a delegate of an excluded person, or for one, or being one",
    "operator": "As an operator, by a skip or a jump",
    "data": "By changing data after the approval",
    "parent": "As the starter of the run that called it",
    "lost-role": "After losing the role",
    "old-digest": "With an old digest: what is shown has changed since",
    "twice": "Twice, in two roles",
    "closed": "Again, after the gate has closed",
    "service": "As a service account",
    "oneself": "As a stand-in for oneself",
    "link": "By a link that is only opened (GET)",
}


def _vote(people: People, who: str, run: Run, visit: int = 2, **given: object) -> Try:
    return Try("vote", people[who], run, visit, {"choice": "approve"} | given)


def _own_request(people: People) -> Try:
    return _vote(people, "mia", world.asked(people, by="mia"))


def _own_plan(people: People) -> Try:
    return _vote(people, "eve", world.asked(people, plans="eve"))


def _completed_for_another(people: People) -> Try:
    """An operator, a manager too, hands the plan in for ann: it is theirs as well."""
    Part.objects.create(person=people["mo"], unit=world.Unit.objects.get(slug="platform"), part=Part.Kind.OPERATOR)
    run = world.begin(people)
    world.done(
        complete.complete(run, 1, people["mo"], {"note": "her words"}, on_behalf_of="ann", reason="she telephoned")
    )
    return _vote(people, "mo", house.now(run))


def _edited(name: str) -> Callable[[People], Try]:
    """An operator, a manager too, puts right what is shown, and would approve it."""

    def arrange(people: People) -> Try:
        people["olga"].groups.add(*people["mia"].groups.all())
        run = world.asked(people)
        world.done(operate.change(run, people["olga"], {name: "another"}, "a slip"))
        return _vote(people, "olga", house.now(run))

    return arrange


def _own_team(people: People) -> Try:
    return _vote(people, "eve", world.begin(people, world.OF_A_ROLE), 1)


def _superuser(people: People) -> Try:
    return _vote(people, "boss", world.asked(people, by="boss"))


def _handed_to_the_starter(people: People) -> Try:
    return Try("delegate", people["mia"], world.asked(people, by="max"), 2, {"to": "max"})


def _handed_on_by_the_starter(people: People) -> Try:
    return Try("delegate", people["mia"], world.asked(people, by="mia"), 2, {"to": "zoe"})


def _for_the_starter(people: People) -> Try:
    return _vote(people, "max", world.asked(people, by="mia"), on_behalf_of="mia")


def _the_starter_for_another(people: People) -> Try:
    return _vote(people, "mia", world.asked(people, by="mia"), on_behalf_of="max")


def _becoming_excluded(delegator: str, to: str, plans: str, votes: str):
    """mia hands on while she may; then somebody does the plan beside the gate, and is excluded by that."""

    def arrange(people: People) -> Try:
        people[plans].groups.add(*people["ann"].groups.all())
        run = world.begin(people, world.BESIDE)
        gate, plan = world.at(run, "board").number, world.at(run, "plan").number
        world.hand(run, people[delegator], to)
        world.done(complete.complete(house.now(run), plan, people[plans], {}))
        return _vote(people, votes, house.now(run), gate, on_behalf_of=delegator)

    return arrange


def _standing(person: str, to: str) -> Callable[[People], Try]:
    """mia starts the run; somebody acts for somebody until tomorrow."""

    def arrange(people: People) -> Try:
        now = timezone.now()
        made = appoint.appoint(people[person], people[to], now, now + timedelta(days=1), people[person])
        assert isinstance(made, appoint.Appointed), made
        return _vote(people, to, world.asked(people, by="mia"), on_behalf_of=person)

    return arrange


def _skip(who: str, by: str = "zoe") -> Callable[[People], Try]:
    return lambda people: Try("skip", people[who], world.asked(people, by=by), 2)


def _jump(who: str, by: str = "zoe") -> Callable[[People], Try]:
    return lambda people: Try("jump", people[who], world.asked(people, by=by), 0, {"to": "ship"})


def _change(name: str) -> Callable[[People], Try]:
    def arrange(people: People) -> Try:
        run = world.approve(world.asked(people), people["mia"], people["max"])
        return Try("change", people["olga"], run, 0, {"values": {name: "another"}})

    return arrange


def _parent(people: People) -> Try:
    world.publish(world.PARENT, world.TRUSTED)
    above = world.begin(people, world.PARENT, by="mia")
    house.tell()
    run = above.children.get()
    world.done(complete.complete(run, 1, people["ann"], {"note": "carefully"}))
    return _vote(people, "mia", house.now(run))


def _lost_role(people: People) -> Try:
    run = world.asked(people)
    people["mia"].groups.clear()
    return _vote(people, "mia", run)


def _delegator_lost_role(people: People) -> Try:
    run = world.hand(world.asked(people), people["mia"], "dee")
    people["mia"].groups.clear()
    return _vote(people, "dee", run, on_behalf_of="mia")


def _old_digest(people: People) -> Try:
    return _vote(people, "mia", world.asked(people), digest="0" * 64)


def _digest_of_before(people: People) -> Try:
    run = world.asked(people)
    seen = digest_of(run, 2)
    world.done(operate.change(run, people["olga"], {"inputs.service": "store"}, "it has another name"))
    return _vote(people, "mia", house.now(run), digest=seen)


def _next_stage(people: People) -> Try:
    run = world.approve(world.begin(people, world.CHAIN), people["eve"])
    return _vote(people, "eve", run, 1)


def _same_again(people: People) -> Try:
    run = world.approve(world.begin(people, world.BOTH), people["eve"])
    return _vote(people, "eve", run, 1)


def _for_another_besides(people: People) -> Try:
    run = world.hand(world.asked(people), people["max"], "mia")
    return _vote(people, "mia", world.approve(run, people["mia"]), on_behalf_of="max")


def _delegate_votes_twice(people: People) -> Try:
    """dee has voted for mia; mia then votes herself."""
    run = world.hand(world.asked(people), people["mia"], "dee")
    gate = world.at(run, "board")
    world.done(vote.vote(run, 2, people["dee"], "approve", "", gate.asking.digest, on_behalf_of="mia"))
    return _vote(people, "mia", house.now(run))


def _closed(people: People) -> Try:
    return _vote(people, "mo", world.approve(world.asked(people), people["mia"], people["max"]))


def _ended(people: People) -> Try:
    run = world.approve(world.asked(people), people["mia"], people["max"])
    world.done(complete.complete(run, world.at(run, "ship").number, people["ann"], {}))
    return _vote(people, "mo", house.now(run))


def _undo_after_closing(people: People) -> Try:
    run = world.approve(world.asked(people), people["mia"], people["max"])
    return Try("withdraw", people["mia"], run, 2)


def _service(act: str, **given: object) -> Callable[[People], Try]:
    def arrange(people: People) -> Try:
        run = world.asked(people)
        return Try(act, people["bot"], run, 0 if act == "jump" else 2, given)

    return arrange


def _service_as_delegate(people: People) -> Try:
    return Try("delegate", people["mia"], world.asked(people), 2, {"to": "bot"})


def _to_oneself(people: People) -> Try:
    return Try("delegate", people["mia"], world.asked(people), 2, {"to": "mia"})


def _for_oneself(people: People) -> Try:
    return _vote(people, "mia", world.asked(people), on_behalf_of="mia")


def _passed_round(people: People) -> Try:
    """mia hands to dee, who hands it back to her: what was delegated is not passed on."""
    run = world.hand(world.asked(people), people["mia"], "dee")
    return Try("delegate", people["dee"], run, 2, {"to": "mia"})


CHEATS = (
    Cheat("own-request", "who started the run approves", "excluded", "You started this run.", _own_request),
    Cheat("own-request", "who wrote the plan approves it", "excluded", "You did the step Plan it.", _own_plan),
    Cheat(
        "own-request",
        "an operator approves what they handed in for somebody",
        "excluded",
        "You did the step Plan it.",
        _completed_for_another,
    ),
    Cheat(
        "own-request",
        "an operator approves an input that they changed",
        "excluded",
        "You changed what this run was started with.",
        _edited("inputs.service"),
    ),
    Cheat(
        "own-request",
        "an operator approves a plan that they changed",
        "excluded",
        "You did the step Plan it.",
        _edited("steps.plan.note"),
    ),
    Cheat(
        "own-request",
        "somebody of the team that asks approves, where the gate excludes that role",
        "excluded",
        "The playbook excludes the role engineer from this gate.",
        _own_team,
    ),
    Cheat("own-request", "a superuser approves what they started", "excluded", "You started this run.", _superuser),
    Cheat(
        "delegation",
        "an approver hands their vote to who started the run",
        "excluded",
        "Max Mill started this run and may not decide here.",
        _handed_to_the_starter,
    ),
    Cheat(
        "delegation",
        "who started the run hands a vote on",
        "excluded",
        "You started this run.",
        _handed_on_by_the_starter,
    ),
    Cheat(
        "delegation",
        "somebody votes for who started the run",
        "excluded",
        "Mia Moss started this run, and so nobody decides for them.",
        _for_the_starter,
    ),
    Cheat(
        "delegation",
        "who started the run votes for somebody",
        "excluded",
        "You started this run.",
        _the_starter_for_another,
    ),
    Cheat(
        "delegation",
        "a delegate votes who has done the excluded step meanwhile",
        "excluded",
        "You did the step Plan it.",
        _becoming_excluded("mia", "dee", "dee", "dee"),
    ),
    Cheat(
        "delegation",
        "a delegate votes for who has done the excluded step meanwhile",
        "excluded",
        "Mia Moss did Plan it, and so nobody decides for them.",
        _becoming_excluded("mia", "dee", "mia", "dee"),
    ),
    Cheat(
        "delegation",
        "who acts until a date for who started the run votes for them",
        "excluded",
        "Mia Moss started this run, and so nobody decides for them.",
        _standing("mia", "ben"),
    ),
    Cheat(
        "delegation",
        "who started the run votes for somebody for whom they act until a date",
        "excluded",
        "You started this run.",
        _standing("max", "mia"),
    ),
    Cheat(
        "operator",
        "an operator skips the gate without the part for it",
        "not-in-role",
        "Only who may break the glass in this unit may do it.",
        _skip("odd"),
    ),
    Cheat(
        "operator",
        "an operator jumps past the gate without the part for it",
        "not-in-role",
        "Only who may break the glass in this unit may do it.",
        _jump("odd"),
    ),
    Cheat(
        "operator",
        "who started the run skips the gate, with the part for it",
        "excluded",
        "You started this run.",
        _skip("olga", "olga"),
    ),
    Cheat(
        "operator",
        "who started the run jumps past the gate, with the part for it",
        "excluded",
        "You started this run.",
        _jump("olga", "olga"),
    ),
    Cheat(
        "operator",
        "a superuser skips the gate of what they started",
        "excluded",
        "You started this run.",
        _skip("boss", "boss"),
    ),
    Cheat(
        "data",
        "an operator changes an input that was shown",
        "field:inputs.service",
        "was shown at Change board, which has been passed: jump back to that gate, then change it.",
        _change("inputs.service"),
    ),
    Cheat(
        "data",
        "an operator changes what the plan said",
        "field:steps.plan.note",
        "was shown at Change board, which has been passed: jump back to that gate, then change it.",
        _change("steps.plan.note"),
    ),
    Cheat(
        "parent",
        "who started the run above approves in the run that it called",
        "excluded",
        "You started this run.",
        _parent,
    ),
    Cheat(
        "lost-role",
        "an approver votes who left the role after the gate had opened",
        "not-in-role",
        "You no longer have the role that you were asked in.",
        _lost_role,
    ),
    Cheat(
        "lost-role",
        "a delegate votes for who left the role",
        "not-in-role",
        "Mia Moss no longer has the role that they were asked in.",
        _delegator_lost_role,
    ),
    Cheat(
        "old-digest",
        "a vote names a digest that never was",
        "old-digest",
        "has changed since",
        _old_digest,
    ),
    Cheat(
        "old-digest",
        "a vote names what was shown before data was put right",
        "old-digest",
        "has changed since",
        _digest_of_before,
    ),
    Cheat(
        "twice",
        "one person approves in both roles, one after the other",
        "not-your-turn",
        "Your vote counts for a stage that is closed.",
        _next_stage,
    ),
    Cheat(
        "twice",
        "one person in both roles approves a second time",
        "claimed-by",
        "You have voted so already, and one person counts once.",
        _same_again,
    ),
    Cheat(
        "twice",
        "an approver votes for a colleague besides",
        "not-in-role",
        "Nobody votes for two, not for Max Mill.",
        _for_another_besides,
    ),
    Cheat(
        "twice",
        "an approver votes after their delegate has",
        "claimed-by",
        "Already voted by",
        _delegate_votes_twice,
    ),
    Cheat("closed", "an approver votes after the decision", "already-decided", "Already approved by Max Mill", _closed),
    Cheat("closed", "an approver votes after the run has ended", "already-ended", "Already approved by", _ended),
    Cheat(
        "closed",
        "a voter takes their vote back after the decision",
        "already-decided",
        "Already approved by",
        _undo_after_closing,
    ),
    Cheat(
        "service",
        "a service account votes",
        "not-in-role",
        "A service account decides nothing",
        _service("vote", choice="approve"),
    ),
    Cheat(
        "service",
        "a service account skips the gate, with every part",
        "not-in-role",
        "A service account decides nothing",
        _service("skip"),
    ),
    Cheat(
        "service",
        "a service account jumps past the gate, with every part",
        "not-in-role",
        "A service account decides nothing",
        _service("jump", to="ship"),
    ),
    Cheat(
        "service",
        "an approver hands their vote to a service account",
        "field:to",
        "There is nobody called",
        _service_as_delegate,
    ),
    Cheat("oneself", "an approver hands their vote to themselves", "field:to", "Choose somebody else", _to_oneself),
    Cheat("oneself", "an approver votes for themselves", "not-in-role", "has not delegated to you here", _for_oneself),
    Cheat(
        "oneself",
        "a delegate hands the vote back to whom it came from",
        "not-in-role",
        "A vote that was delegated to you cannot be passed on.",
        _passed_round,
    ),
)
