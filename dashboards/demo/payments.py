"""Large payments at Lindhaven: proof beside every task and vote, and a password at the gate."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo.hours import ago
from dashboards.demo.script import Act, Comment, Complete, Story, Vote


def stories(now: datetime) -> list[Story]:
    return [
        # the controller has released it, the director is asked
        _pay(
            now, ago(hours=8), "aiko", "Kestrel Pumps", 48_000,
            _prepared(now, ago(hours=6), "PO-7102", "Ms Brandt", "Invoice 2026-117 of Kestrel Pumps: EUR 48,000.00"),
            Vote(
                step="release", by="owen", ago=ago(hours=4), comment="Invoice and order agree.",
                links=("https://books.lindhaven.example/orders/PO-7102",),
            ),
            Comment(
                step="release", by="rafael", ago=ago(hours=3),
                text="@Owen Price, they would like to have it by Friday.",
            ),
        ),
        # somebody has to prepare it
        _pay(now, ago(hours=1), "hanna", "Delta Transformers", 312_500),
        # paid yesterday
        _pay(
            now, ago(days=2), "priya", "Norrland Kraft", 26_500,
            _prepared(now, ago(days=1, hours=20), "PO-7098", "Mr Lind", "Invoice 88-4410 of Norrland Kraft"),
            Vote(
                step="release", by="owen", ago=ago(days=1, hours=18), comment="Agrees.",
                links=("https://books.lindhaven.example/orders/PO-7098",),
            ),
            Vote(
                step="release", by="sofia", ago=ago(days=1, hours=17), comment="Within this quarter's limit.",
                links=("https://books.lindhaven.example/limits/2026",),
            ),
        ),
    ]  # fmt: skip


def _pay(now: datetime, began: timedelta, by: str, payee: str, amount: float, *acts: Act) -> Story:
    inputs = {"payee": payee, "amount": amount, "iban": "NL91ABNA0417164300"}
    return Story(playbook="payment-release", by=by, at=now - began, inputs=inputs, acts=acts)


def _prepared(now: datetime, at: timedelta, order: str, called: str, invoice: str) -> Complete:
    form = {
        "called": f"{called}, on the number in our contract",
        "order_number": order,
        "value_date": (now + timedelta(days=2)).date().isoformat(),
    }
    papers = {"invoice.pdf": invoice, "note-of-the-call.txt": f"{called} confirmed the account and the sum."}
    return Complete(step="prepare", by="rafael", ago=at, form=form, papers=papers)
