"""The rollouts of meters at Lindhaven: branches, items, called playbooks, a queue, and one on its way back."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo.hours import ago
from dashboards.demo.script import Act, Claim, Complete, Signal, Story, Vote


def stories(now: datetime) -> list[Story]:
    def rollout(began: timedelta, by: str, model: str, firmware: str, districts: list[str], *acts: Act) -> Story:
        inputs = {"model": model, "firmware": firmware, "districts": districts}
        return Story(playbook="meter-rollout", by=by, at=now - began, inputs=inputs, acts=acts)

    def prepare(letters: int, told: timedelta, rehearsed: timedelta) -> tuple[Act, ...]:
        return (
            Complete(step="rehearse", by="ines", ago=rehearsed),
            Complete(step="announce", by="deniz", ago=told, form={"letters": letters}),
        )

    def good(nth: int, by: str, at: timedelta, meters: int = 10) -> Complete:
        return Complete(step=f"switch[{nth}]/sample", by=by, ago=at, outcome="good", form={"meters": meters})

    def readings(district: str, at: timedelta) -> Signal:
        data = {"district": district}
        return Signal(by="deniz", name="readings", data=data, reason="The control room sees them", ago=at)

    five = ["Molenwijk", "Zuidhoek", "Havenkwartier", "Oude Stad", "Kanaaloost"]
    return [
        # over: two districts, in a week
        rollout(
            ago(days=16), "aiko", "KM-4", "3.9", ["Molenwijk", "Zuidhoek"],
            *prepare(840, ago(days=14), ago(days=15)),
            Vote(step="go", by="sanjay", ago=ago(days=13, hours=20), comment="The way back works."),
            good(0, "ines", ago(days=13)), good(1, "aiko", ago(days=12, hours=20)),
            readings("Molenwijk", ago(days=12)), readings("Zuidhoek", ago(days=11, hours=22)),
            Complete(step="close", by="deniz", ago=ago(days=11)),
        ),
        # in the middle of its districts: one done, one silent so far, one tried out now, and readings ahead of theirs
        rollout(
            ago(days=5), "aiko", "KM-5", "4.2", five,
            *prepare(2310, ago(days=4), ago(days=4, hours=5)),
            Vote(step="go", by="marit", ago=ago(days=3, hours=2), comment="Go, two at a time."),
            good(0, "ines", ago(days=2, hours=3)), good(1, "aiko", ago(days=1, hours=4), 9),
            readings("Molenwijk", ago(hours=20)),
            Claim(step="switch[2]/sample", by="ines", ago=ago(hours=5)),
            readings("Oude Stad", ago(hours=2)),
        ),
        # waits until that one has ended: no two rollouts to one kind of meter
        rollout(ago(hours=6), "ines", "KM-5", "4.3", five[:2]),
        # in the middle of its branches
        rollout(
            ago(days=1, hours=2), "aiko", "KM-7", "1.0", five[2:],
            Complete(step="rehearse", by="ines", ago=ago(hours=21)),
            Claim(step="announce", by="deniz", ago=ago(hours=3)),
        ),
        # turned down, and half way back: the customers know, the crew does not yet
        rollout(
            ago(days=2), "ines", "KM-4", "4.0", five[:3],
            *prepare(1120, ago(days=1, hours=3), ago(days=1, hours=20)),
            Vote(step="go", by="sanjay", ago=ago(hours=7), choice="reject", comment="Not before the audit is over."),
            Complete(step="announce.undo", by="deniz", ago=ago(hours=2)),
        ),
    ]  # fmt: skip
