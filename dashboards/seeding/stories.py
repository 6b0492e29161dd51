"""What happens in the runs that others are cast from: every way a run ends, and every place where one stands.

The words in their titles stand for others: `WORDS` are put in their place in each run that is cast.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.demo.hours import ago
from dashboards.demo.present import INTERNAL_HOOK
from dashboards.demo.script import Act, Claim, Complete, Operate, Story, Vote

#: The placeholders, and what they are in the runs that are cast.
WHAT, SERVICE = "Zz0zZ", "Zz1zZ"
WORDS = {
    "seeded-change": (
        ("Faster cache", "Larger batches", "New index", "Newer runtime", "Renewed certificates", "Second replica",
         "Smaller images", "Stricter limits", "Read-only mode", "Nightly export", "Shorter timeouts", "Feature flags"),
        ("tariff-api", "meter-gateway", "billing", "customer-portal", "forecast-batch", "grid-map", "sms-relay",
         "outage-map", "settlement", "vault", "price-feed", "contract-store", "weather-feed", "load-balancer"),
    ),
    "seeded-order": (
        ("Thermal camera", "Cable lugs", "Earthing set", "Spare inverter", "Safety helmets", "Laptops", "Switchgear",
         "Load bank", "Standing desks", "Insulation tester", "Fibre splicer", "Work gloves", "Ladder, 6 m"),
        ("the control room", "field crew north", "field crew south", "the test lab", "bay 4", "bay 7", "the depot",
         "customer care", "the training centre", "substation Zuidhoek", "substation Molenwijk"),
    ),
    "seeded-programme": (
        ("Transformer check", "Cable survey", "Meter exchange", "Roof repair", "Fence and gates", "Protection test",
         "Oil sampling", "Battery exchange", "Access road", "Drone survey"),
        ("Molenwijk", "Zuidhoek", "Havenkwartier", "Oude Stad", "Kanaaloost", "Noorderpoort", "Westerdok",
         "Lindepark", "Schansveld", "Rietbroek", "De Hoek", "Oosterend"),
    ),
}  # fmt: skip

ENGINEERS, MANAGERS, ASKERS = ("ines", "aiko"), ("marit", "sanjay"), ("ines", "aiko", "lucia", "deniz")
REASONS = ("Not needed any more.", "Asked for twice.", "Comes with the next release.")
COMMENTS = ("Fine by me.", "Clear plan, go.", "", "Read it, no objections.")


@dataclass(frozen=True)
class Kind:
    """A kind of run: of a thousand runs that are open (or ended) about so many are of it."""

    name: str
    is_open: bool
    weight: int


KINDS = (
    Kind("planned", True, 200),
    Kind("claimed", True, 120),
    Kind("overdue", True, 60),
    Kind("asked", True, 180),
    Kind("half-asked", True, 100),
    Kind("soaking", True, 110),
    Kind("checked", True, 90),
    Kind("ordered", True, 60),
    Kind("in-hand", True, 10),
    Kind("incident", True, 15),
    Kind("paused", True, 15),
    Kind("undoing", True, 10),
    Kind("visited", True, 15),
    Kind("settling", True, 15),
    Kind("shipped", False, 150),
    Kind("delivered", False, 500),
    Kind("reported", False, 60),
    Kind("refused", False, 120),
    Kind("cancelled", False, 150),
    Kind("taken-back", False, 20),
)


def stories(now: datetime, variants: int, seed: int) -> Iterator[tuple[Kind, Story]]:
    """Return so many stories of each kind; all begin in the past and say nothing of what comes after now.

    Of what is in hand there is one: the stage does what is due before anybody's later act.
    """
    chance = random.Random(seed)
    for kind in KINDS:
        for _ in range(1 if kind.name == "in-hand" else variants):
            yield kind, _story(kind.name, now, chance)


def _story(kind: str, now: datetime, chance: random.Random) -> Story:
    engineer, other = chance.sample(ENGINEERS, 2)
    managers = chance.sample(MANAGERS, 2)

    def hours(median: float) -> timedelta:
        return timedelta(seconds=round(3600 * min(chance.lognormvariate(0, 0.6) * median, median * 4)))

    plan = Complete(step="plan", by=engineer, form={"way_back": "As it was before."}, after=hours(20))
    votes = tuple(Vote(step="board", by=by, comment=chance.choice(COMMENTS), after=hours(9)) for by in managers)
    announce = Complete(step="announce", by=other, after=hours(3))
    check = Complete(step="check", by=engineer, outcome="healthy", after=hours(5))
    agree = Vote(step="agree", by="hanna", comment=chance.choice(COMMENTS), after=hours(8))
    look = Complete(step="visit/look", by=engineer, form={"seen": "All as in the drawings."}, after=hours(16))
    fresh, long_ago = timedelta(days=10), timedelta(days=60)
    reason = chance.choice(REASONS)

    def change(before: timedelta, *acts: Act) -> Story:
        return Story(
            playbook="seeded-change", by=other, at=now - before, inputs={"what": WHAT, "service": SERVICE}, acts=acts
        )

    def order(before: timedelta, *acts: Act, **more: str) -> Story:
        inputs = {"what": WHAT, "service": SERVICE, **more}
        return Story(playbook="seeded-order", by=chance.choice(ASKERS), at=now - before, inputs=inputs, acts=acts)

    def programme(before: timedelta, *acts: Act) -> Story:
        return Story(
            playbook="seeded-programme",
            by=engineer,
            at=now - before,
            inputs={"what": WHAT, "service": SERVICE},
            acts=acts,
        )

    match kind:
        case "planned":
            return change(fresh)
        case "claimed":
            return change(fresh, Claim(step="plan", by=engineer, after=hours(4)))
        case "overdue":
            return change(timedelta(days=33), Claim(step="plan", by=engineer, after=hours(4)))
        case "asked":
            return change(fresh, plan)
        case "half-asked":
            return change(fresh, plan, votes[0])
        case "soaking":
            return change(fresh, plan, *votes)
        case "checked":
            return change(timedelta(days=40), plan, *votes, announce)
        case "ordered":
            return order(fresh, agree)
        case "in-hand":
            # ten seconds ago: what follows is in nobody's hand yet
            return order(fresh, Vote(step="agree", by="hanna", ago=ago(seconds=10)))
        case "incident":
            return order(fresh, agree, hook=INTERNAL_HOOK)
        case "paused":
            return change(fresh, Operate(verb="pause", by="deniz", reason="Waits for the audit.", after=hours(9)))
        case "undoing":
            back = Complete(step="check", by=engineer, outcome="degraded", after=hours(5))
            return change(long_ago, plan, *votes, announce, back)
        case "visited":
            return programme(fresh)
        case "settling":
            return programme(fresh, look)
        case "shipped":
            return change(long_ago, plan, *votes, announce, check)
        case "delivered":
            return order(
                long_ago, agree, Complete(step="receive", by="rafael", form={"number": "L-1"}, after=hours(60))
            )
        case "reported":
            return programme(long_ago, look, Complete(step="report", by=other, after=hours(20)))
        case "refused":
            no = Vote(step="board", by=managers[0], choice="reject", comment="Say how it is undone.", after=hours(7))
            return change(long_ago, plan, no)
        case "cancelled":
            return change(long_ago, Operate(verb="cancel", by="deniz", reason=reason, after=hours(6)))
    back = Complete(step="check", by=engineer, outcome="degraded", after=hours(5))
    undone = Complete(step="announce.undo", by=other, after=hours(2))
    return change(long_ago, plan, *votes, announce, back, undone)
