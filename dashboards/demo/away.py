"""Who of Lindhaven is away, and who acts for whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.demo import organisation
from runs import appoint, be_away
from workflows.models import Artifact, Person


def say(now: datetime) -> None:
    """Sanjay is away, and Marit acts for him; Sofia will be; Hanna has handed one playbook to Aiko."""
    people = {person.username: person for person in Person.objects.all()}
    today = now.astimezone(ZoneInfo(organisation.ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = today - timedelta(days=1)
    sanjay, sofia, hanna = people["sanjay"], people["sofia"], people["hanna"]
    _done(
        be_away.be_away(
            sanjay, yesterday, today + timedelta(days=4), sanjay, people["marit"], "Hiking", clock=lambda: yesterday
        )
    )
    _done(be_away.be_away(sofia, today + timedelta(days=6), today + timedelta(days=13), sofia, None, "At sea"))
    changes = Artifact.objects.filter(slug="production-change")
    ends_at = today + timedelta(days=14)
    _done(appoint.appoint(hanna, people["aiko"], now, ends_at, hanna, list(changes), "While I am hiring"))


def _done(answer: object) -> None:
    if not isinstance(answer, be_away.Away | appoint.Appointed):
        raise ValueError(f"nobody could put that down: {answer}")
