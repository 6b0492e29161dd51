"""What is open at Lindhaven right now: something in every state, and something due within the minute.

Every time here is told from now backwards (`ago`), so that the demo is always a working day under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dashboards.demo import payments, rollouts
from dashboards.demo.hours import ago
from dashboards.demo.script import Act, Claim, Complete, Operate, Story, Tick, Vote

#: Within the company's own network, which an installation must allow first: the call is refused at once.
INTERNAL_HOOK = "https://10.20.0.15/deploy"


def stories(now: datetime) -> list[Story]:
    return [
        *_changes(now),
        *_purchases(now),
        *_releases(now),
        *_alarms(now),
        *rollouts.stories(now),
        *payments.stories(now),
    ]


def _change(
    now: datetime, began: timedelta, by: str, service: str, release: str, risk: int, *acts: Act, **more: Any
) -> Story:
    inputs = {"service": service, "release": release, "risk_score": risk, **more}
    return Story(playbook="production-change", by=by, at=now - began, inputs=inputs, acts=acts)


def _plan(by: str, at: timedelta, number: int, what: str, way_back: str, downtime: str = "5m") -> Complete:
    form = {"change_ref": f"CHG-{number}", "what": what, "way_back": way_back, "downtime": downtime}
    return Complete(step="plan", by=by, ago=at, form=form)


def _changes(now: datetime) -> list[Story]:
    flag = "Ship 8.3 behind the flag tariff-v3, one zone after the other."
    back = "Switch tariff-v3 off, then roll the service back to 8.2. No data is touched."
    return [
        # a gate asked for the second time, one vote of two: it waits for a release manager
        _change(
            now, ago(days=1, hours=6), "ines", "tariff-api", "8.3", 8,
            Claim(step="plan", by="aiko", ago=ago(days=1, hours=5)),
            _plan("aiko", ago(days=1, hours=2), 2038, flag, "Restore the database from the backup of 18:00.", "25m"),
            Vote(
                step="board", by="sanjay", ago=ago(hours=19), choice="reject",
                comment="No way back has been rehearsed, and 25 minutes down in the billing window is too long.",
            ),
            _plan("aiko", ago(hours=3, minutes=37), 2041, flag, back),
            Vote(
                step="board", by="lucia", ago=ago(hours=1, minutes=30),
                comment="The flag keeps the old tariff path alive. Fine by us.",
            ),
        ),
        # a first asking with no vote yet
        _change(
            now, ago(hours=5), "marit", "vault", "1.19", 9,
            _plan("ines", ago(minutes=52), 2044, "Rotate the root keys", "The keys before stay valid for a day"),
        ),
        # a task for whoever takes it
        _change(now, ago(minutes=20), "sanjay", "customer-portal", "2.19", 4),
        # claimed, half its checklist ticked
        _change(
            now, ago(hours=3), "marit", "outage-map", "3.2", 5,
            Claim(step="plan", by="ines", ago=ago(hours=2, minutes=40)),
            Tick(step="plan", by="ines", ago=ago(hours=1), count=1),
        ),
        # needs attention: the deployment service is not to be reached
        _change(
            now, ago(hours=7), "aiko", "meter-gateway", "5.2", 6,
            _plan("aiko", ago(minutes=21), 2043, "Read meters over the new gateway", "Route back to the old gateway"),
            hook=INTERNAL_HOOK, regions=["eu", "uk"],
        ),
        # overdue since days
        _change(now, ago(days=2, hours=4), "marit", "sms-relay", "0.9", 3),
        # overdue, claimed
        _change(
            now, ago(days=1), "ines", "grid-map", "1.7", 2,
            _plan("ines", ago(hours=20), 2039, "Draw the 10 kV grid", "Hide the layer"),
            Complete(step="by-hand", by="ines", ago=ago(hours=5, minutes=15)),
            Claim(step="verify", by="ines", ago=ago(hours=4)),
        ),
        # waits for its time, in two minutes
        _change(
            now, ago(hours=9), "aiko", "forecast-batch", "4.0", 3,
            _plan("aiko", ago(hours=8), 2040, "Forecast by the quarter hour", "Run the job of yesterday"),
            not_before=(now + timedelta(minutes=2)).isoformat(),
        ),
        # watched for a quarter of an hour, of which one minute is left
        _change(
            now, ago(hours=6), "marit", "billing", "12.1", 4,
            _plan("ines", ago(hours=4), 2042, "Print the new price table", "Print the old one"),
            Complete(step="by-hand", by="ines", ago=ago(minutes=14)),
        ),
        # shipped today
        _change(
            now, ago(hours=10), "ines", "settlement", "6.6", 3,
            _plan("ines", ago(hours=8), 2037, "Match readings twice", "Match them once"),
            Complete(step="by-hand", by="ines", ago=ago(hours=2)),
            Complete(step="verify", by="ines", ago=ago(minutes=35), form={"error_rate": 0.1}, outcome="healthy"),
        ),
        # taken back after an operator had skipped what could not be done
        _change(
            now, ago(days=4), "aiko", "meter-gateway", "5.1", 5,
            _plan("aiko", ago(days=3, hours=22), 2031, "Try the new gateway", "Route back"),
            Operate(
                step="snapshot", by="deniz", ago=ago(days=3, hours=21), verb="retry",
                reason="The network team opened the port",
            ),
            Operate(
                step="snapshot", by="deniz", ago=ago(days=3, hours=20), verb="skip",
                reason="The nightly snapshot will do",
            ),
            Complete(
                step="back-out", by="aiko", ago=ago(days=3, hours=18), outcome="give-up",
                form={"reason": "The deployment service refuses every call"},
            ),
            hook=INTERNAL_HOOK,
        ),
    ]  # fmt: skip


def _buy(now: datetime, began: timedelta, by: str, item: str, amount: float, *acts: Act, **more: Any) -> Story:
    inputs: Mapping[str, Any] = {
        "item": item,
        "amount": amount,
        "supplier": "Norrland Kraft",
        "needed_by": (now + timedelta(days=45)).date().isoformat(),
        "cost_centre": "grid",
        "budget_owner": "priya",
        "reason": "The one we have is older than the people who repair it.",
        **more,
    }
    return Story(playbook="purchase-approval", by=by, at=now - began, inputs=inputs, acts=acts)


def _budget(by: str, at: timedelta, account: str = "4400") -> Complete:
    return Complete(step="budget", by=by, ago=at, form={"ledger_account": account}, outcome="covered")


def _purchases(now: datetime) -> list[Story]:
    order = {"order_number": "PO-7101", "delivery": (now + timedelta(days=20)).date().isoformat()}
    return [
        # waits for any manager
        _buy(
            now, ago(days=1, hours=3), "ines", "Thermal camera", 4800,
            _budget("priya", ago(hours=20)),
            supplier="Brightwell Logistics", supplier_contact="sales@brightwell.example", quote="https://brightwell.example/quotes/77",
        ),
        # the chain half way: a manager has approved, the controller is asked now, then the director
        _buy(
            now, ago(days=2, hours=2), "aiko", "Spare transformer", 180_000,
            _budget("priya", ago(days=1, hours=22), "0210"),
            Vote(step="chain", by="hanna", ago=ago(hours=26), comment="Substation 12 has none."),
        ),
        # the last of three
        _buy(
            now, ago(days=5), "lucia", "Second log server", 26_500,
            _budget("priya", ago(days=4, hours=20), "0230"),
            Vote(step="chain", by="sanjay", ago=ago(days=4), comment="We have outgrown the first."),
            Vote(step="chain", by="owen", ago=ago(days=1, hours=5), comment="Within the plan."),
            cost_centre="platform",
        ),
        # sent back to whoever asked
        _buy(
            now, ago(days=3), "marit", "Meeting table", 3900,
            _budget("priya", ago(days=2, hours=20)),
            Vote(step="manager-approval", by="hanna", ago=ago(hours=6), choice="return", comment="A used one?"),
            cost_centre="people", supplier="Van Dam",
        ),
        # the second time round after a return
        _buy(
            now, ago(days=6), "deniz", "Radios for the night shift", 6900,
            _budget("priya", ago(days=5, hours=20)),
            Vote(
                step="manager-approval", by="sanjay", ago=ago(days=4, hours=22), choice="return",
                comment="Ten are enough.",
            ),
            Complete(
                step="revise", by="deniz", ago=ago(days=3), outcome="resubmit",
                form={"amount": 4600, "changed": "Ten instead of fifteen."},
            ),
            _budget("priya", ago(days=1)),
        ),
        # to be ordered, in the buyer's hands
        _buy(
            now, ago(days=2), "lucia", "Hardware keys, 40 pieces", 1900,
            _budget("priya", ago(days=1, hours=20)),
            Vote(step="manager-approval", by="marit", ago=ago(days=1, hours=2)),
            Claim(step="order", by="rafael", ago=ago(hours=3)),
            cost_centre="platform",
        ),
        # a budget nobody has confirmed: overdue, reminded every day
        _buy(now, ago(days=3, hours=1), "aiko", "Drone inspection of line 7", 8200, budget_owner="sofia"),
        # handed in this very moment: the workers do the rest
        _buy(
            now, ago(days=1, hours=8), "ines", "Cable lugs", 290,
            _budget("priya", ago(days=1)),
            Complete(step="order", by="rafael", ago=ago(seconds=2), form=order),
        ),
        # ordered today
        *(
            _buy(
                now, ago(days=1, hours=nth), by, item, amount,
                _budget("priya", ago(hours=22 - nth)),
                Complete(step="order", by="rafael", ago=ago(hours=nth, minutes=11), form=order),
                supplier="Kestrel Metering",
            )
            for nth, (by, item, amount) in enumerate(
                (("lucia", "Cable ties", 60), ("aiko", "Whiteboard", 240), ("deniz", "Torches", 380)), 1
            )
        ),
        # called off
        _buy(
            now, ago(days=2, hours=6), "deniz", "Radios for the day shift", 6900,
            Operate(by="deniz", verb="cancel", reason="They share with the night shift.", ago=ago(days=1, hours=21)),
        ),
    ]  # fmt: skip


def _releases(now: datetime) -> list[Story]:
    def release(
        began: timedelta, ahead: timedelta, versions: list[str], issue: str, severity: str, *acts: Act
    ) -> Story:
        inputs = {
            "name": f"Django {' and '.join(versions)}",
            "versions": versions,
            "issues": issue,
            "severity": severity,
            "release_at": (now + ahead).isoformat(),
        }
        return Story(playbook="django-security-release", by="lucia", at=now - began, inputs=inputs, acts=acts)

    def begin(cve: str, at: timedelta, ready: timedelta) -> tuple[Act, ...]:
        patches = {"branch_count": 3, "location": f"https://git.lindhaven.example/private/{cve}"}
        return (
            Complete(step="request-cves", by="lucia", ago=at, form={"cves": [cve]}),
            Complete(step="prepare-patches", by="ines", ago=ready, form=patches),
        )

    key = {"signing_key": "2EF56372BA48CD1B"}
    return [
        # two of three may still vote, one has
        release(
            ago(days=2), ago(days=12), ["5.2.9", "6.0.4"], "A query can be made to run for minutes", "moderate",
            *begin("CVE-2026-3101", ago(days=1, hours=20), ago(hours=9)),
            Vote(step="review-patches", by="lucia", ago=ago(hours=4)),
        ),
        # on its way, waiting for the third day before
        release(
            ago(days=9), ago(days=5), ["4.2.27"], "Header injection in mails", "low",
            *begin("CVE-2026-3077", ago(days=8, hours=20), ago(days=7)),
            Vote(step="review-patches", by="lucia", ago=ago(days=6)),
            Vote(step="review-patches", by="aiko", ago=ago(days=5)),
            Complete(step="pre-notify", by="marit", ago=ago(days=1, hours=20), form=key),
            Complete(step="announce-date", by="marit", ago=ago(days=1, hours=19)),
        ),
    ]  # fmt: skip


def _alarms(now: datetime) -> list[Story]:
    def alarm(began: timedelta, system: str, seen: str, spreading: bool, *acts: Act) -> Story:
        inputs = {
            "reported_by": "rafael", "first_system": system, "noticed_at": (now - began).isoformat(), "seen": seen,
            "spreading": spreading,
        }  # fmt: skip
        return Story(playbook="ransomware-response", by="deniz", at=now - began, inputs=inputs, acts=acts)

    suspected = {"account": "svc-files", "network": "office"}
    return [
        # silence will close the shares in a moment
        alarm(
            ago(minutes=58), "files-03", "Every file ends in .locked", True,
            Complete(step="take-the-call", by="deniz", ago=ago(minutes=50), form=suspected, outcome="suspected"),
            Complete(step="isolate", by="lucia", ago=ago(minutes=28), form={"systems": ["files-03", "files-04"]}),
        ),
        # being cleaned up
        alarm(
            ago(days=3), "laptop-208", "A letter that asks for money", False,
            Complete(
                step="take-the-call", by="deniz", ago=ago(days=2, hours=23, minutes=50), outcome="suspected",
                form={"account": "rafael", "network": "home", "contacts": ["lucia"]},
            ),
            Complete(step="isolate", by="lucia", ago=ago(days=2, hours=23), form={"systems": ["laptop-208"]}),
            Complete(step="identify", by="lucia", ago=ago(days=2, hours=21), form={"family": "LockBit"}),
            Complete(
                step="scope", by="lucia", ago=ago(days=2, hours=18), outcome="contained",
                form={"hosts": 1, "vector": "mail", "personal_data": False, "critical": False},
            ),
            Complete(step="rebuild", by="ines", ago=ago(days=1, hours=18)),
            Claim(step="restore", by="ines", ago=ago(days=1)),
        ),
    ]  # fmt: skip
