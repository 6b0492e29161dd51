"""A month that is over: what was bought, shipped, refused and given up, spread as such things are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dashboards.demo.hours import at_work, morning
from dashboards.demo.script import Act, Claim, Complete, Operate, Story, Vote

DAYS = 31
CHANGES, PURCHASES = 40, 42

SERVICES = (
    "tariff-api",
    "meter-gateway",
    "billing",
    "customer-portal",
    "forecast-batch",
    "grid-map",
    "sms-relay",
    "outage-map",
    "settlement",
    "vault",
)
WHAT = (
    ("Cache prices for a minute", "Switch the cache off"),
    ("Read meters in larger batches", "Set the batch size back to 200"),
    ("Move the nightly export to its own worker", "Start the export in the old place again"),
    ("Add a column for the contract's end", "The column stays, the code before ignores it"),
    ("Renew certificates by machine", "Install the certificates of last month"),
    ("Show outages on the map at once", "Turn the flag outage-live off"),
)
ITEMS = (
    ("Thermal camera", 4200, "Brightwell Logistics"),
    ("Cable lugs, 500 pieces", 310, "Kestrel Metering"),
    ("Earthing set", 890, "Brightwell Logistics"),
    ("Licences for the design tool", 7600, "Ostro Software"),
    ("Spare inverter", 16400, "Norrland Kraft"),
    ("Safety helmets", 460, "Kestrel Metering"),
    ("Laptops for the field crew", 9200, "Ostro Software"),
    ("Training on live-line work", 5400, "Norrland Kraft"),
    ("Switchgear for bay 4", 48000, "Norrland Kraft"),
    ("Coffee for the control room", 180, "Van Dam"),
    ("Load bank rental", 3100, "Brightwell Logistics"),
    ("Standing desks", 2400, "Van Dam"),
)
ASKERS = ("ines", "aiko", "lucia", "deniz", "marit")
COMMENTS = ("Fine by me.", "Clear plan, go.", "Read it, no objections.", "Good that the way back is rehearsed.")
TOO_THIN = ("Say how it is undone.", "Not in the billing window.", "Which customers notice it?")


def stories(now: datetime) -> list[Story]:
    """Return the month before the last two days, from its first day on."""
    chance = random.Random(20260618)
    first = morning(now - timedelta(days=DAYS))
    changes = [_change(chance, first, nth) for nth in range(CHANGES)]
    purchases = [_purchase(chance, first, nth) for nth in range(PURCHASES)]
    return [*changes, *purchases, *_alarms(first)]


def _hours(chance: random.Random, median: float) -> timedelta:
    """Return how long people take: mostly about so many hours, now and then much longer."""
    return timedelta(hours=min(chance.lognormvariate(0, 0.7) * median, median * 6))


def _change(chance: random.Random, first: datetime, nth: int) -> Story:
    day = nth * (DAYS - 2) / CHANGES
    at = at_work(first + timedelta(days=day, minutes=chance.uniform(0, 300)))
    risk = chance.choice((2, 3, 3, 5, 6, 7, 8, 9))
    asker = chance.choice(("ines", "aiko", "marit"))
    return Story(
        playbook="production-change",
        by=asker,
        at=at,
        inputs={
            "service": SERVICES[nth % len(SERVICES)],
            "release": f"{chance.randint(1, 9)}.{nth}",
            "risk_score": risk,
        },
        acts=tuple(_change_acts(chance, nth, risk, asker)),
        office_hours=True,
    )


def _change_acts(chance: random.Random, nth: int, risk: int, asker: str) -> Iterator[Act]:
    manager = "sanjay" if asker == "marit" else "marit"
    engineer = chance.choice(("ines", "aiko"))
    what, way_back = WHAT[nth % len(WHAT)]

    def plan(number: int) -> Complete:
        form = {"change_ref": f"CHG-{number}", "what": what, "way_back": way_back, "downtime": "5m"}
        return Complete(step="plan", by=engineer, form=form, after=_hours(chance, 1.5))

    if nth % 3 == 0:
        yield Claim(step="plan", by=engineer, after=_hours(chance, 0.4))
    if nth == 17:
        yield Operate(
            verb="cancel", by="deniz", reason="The freeze for the price change began.", after=_hours(chance, 5)
        )
        return
    yield plan(1900 + 2 * nth)
    if risk >= 7:
        if nth % 4 == 1:
            yield Vote(
                step="board", by=manager, choice="reject", comment=chance.choice(TOO_THIN), after=_hours(chance, 2)
            )
            yield plan(1901 + 2 * nth)
        yield Vote(step="board", by="lucia", comment=chance.choice(COMMENTS), after=_hours(chance, 1.5))
        yield Vote(step="board", by=manager, comment="Go.", after=_hours(chance, 2))
    yield Complete(step="by-hand", by=engineer, after=_hours(chance, 0.8))
    degraded = nth in (11, 29)
    form = {"error_rate": 4.2 if degraded else round(chance.uniform(0, 0.4), 2)}
    outcome = "degraded" if degraded else "healthy"
    yield Complete(step="verify", by=engineer, form=form, outcome=outcome, after=_hours(chance, 0.3))
    if degraded:
        reason = "Answers took three times as long."
        yield Complete(
            step="back-out", by=engineer, form={"reason": reason}, outcome="give-up", after=_hours(chance, 0.4)
        )


def _purchase(chance: random.Random, first: datetime, nth: int) -> Story:
    item, price, supplier = ITEMS[nth % len(ITEMS)]
    amount = round(price * chance.uniform(0.8, 1.2), 2)
    asker = ASKERS[nth % len(ASKERS)]
    day = nth * (DAYS - 4) / PURCHASES
    at = at_work(first + timedelta(days=day, minutes=chance.uniform(0, 480)))
    needed_by: date = (at + timedelta(days=30)).date()
    return Story(
        playbook="purchase-approval",
        by=asker,
        at=at,
        inputs={
            "item": item,
            "amount": amount,
            "supplier": supplier,
            "needed_by": needed_by.isoformat(),
            "cost_centre": chance.choice(("grid", "platform", "customer-care")),
            "budget_owner": "hanna" if amount < 10_000 else "priya",
            "reason": "As agreed in the plan for this year.",
        },
        acts=tuple(_purchase_acts(chance, nth, amount, needed_by)),
        office_hours=True,
    )


def _purchase_acts(chance: random.Random, nth: int, amount: float, delivery: date) -> Iterator[Act]:
    owner = "hanna" if amount < 10_000 else "priya"
    asker = ASKERS[nth % len(ASKERS)]
    budget = Complete(
        step="budget", by=owner, form={"ledger_account": "4400"}, outcome="covered", after=_hours(chance, 4)
    )
    if nth == 23:
        yield Complete(step="budget", by=owner, form={"ledger_account": "4400"}, outcome="not-covered")
        return
    if nth == 8:
        yield Operate(verb="cancel", by="deniz", reason="Asked for twice by mistake.", after=timedelta(hours=3))
        return
    yield budget
    if 500 <= amount < 10_000:
        if nth % 6 == 3:
            yield Vote(step="manager-approval", by="sanjay", choice="return", comment="Is the smaller one enough?")
            changed = {"amount": round(amount * 0.8, 2), "changed": "The smaller one."}
            yield Complete(step="revise", by=asker, form=changed, outcome="resubmit", after=_hours(chance, 5))
            yield budget
        if nth in (14, 31):
            yield Vote(
                step="manager-approval", by="sanjay", choice="reject", comment="Lease it.", after=_hours(chance, 6)
            )
            return
        yield Vote(step="manager-approval", by="sanjay", after=_hours(chance, 7))
    elif amount >= 10_000:
        yield Vote(step="chain", by="hanna", comment="Needed.", after=_hours(chance, 5))
        yield Vote(step="chain", by="owen", comment="Within the plan.", after=_hours(chance, 6))
        yield Vote(step="chain", by="sofia", comment="Go.", after=_hours(chance, 9))
    form = {"order_number": f"PO-{7000 + nth}", "delivery": delivery.isoformat()}
    yield Complete(step="order", by="rafael", form=form, after=_hours(chance, 4))


def _alarms(first: datetime) -> list[Story]:
    """Three suspicions of ransomware that were none, at any hour."""
    seen = (
        ("laptop-114", "A window that asks for money, in the browser", 5.3),
        ("files-02", "Files with odd names after the backup ran", 12.9),
        ("hmi-07", "A black screen with red letters: a driver's update", 21.6),
    )
    return [
        Story(
            playbook="ransomware-response",
            by="deniz",
            at=first + timedelta(days=day),
            inputs={
                "reported_by": "ines",
                "first_system": system,
                "noticed_at": (first + timedelta(days=day, minutes=-8)).isoformat(),
                "seen": what,
                "spreading": False,
            },
            acts=(
                Complete(
                    step="take-the-call",
                    by="deniz",
                    form={"account": "ines", "network": "office"},
                    outcome="false-alarm",
                    after=timedelta(minutes=12),
                ),
            ),
        )
        for system, what, day in seen
    ]
