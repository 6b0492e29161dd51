"""A rollout under way at Lindhaven: security releases whose patches are due sooner, tried on half of the new ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from dashboards.demo import reviewing
from runs import start
from runs.models import Run
from runs.outcomes import is_accepted
from workflows import rolling_out
from workflows.models import Person, Rollout, Version

PLAYBOOK, AUTHOR, SHARE = "django-security-release", "aiko", 50
BEFORE = """\
    due: 3d
    escalate:
      - {after: 2d, remind: assigned}
"""
AFTER = BEFORE.replace("3d", "2d").replace("after: 2d", "after: 1d")
CHANGES = "Patches within two days, reminded after one: the last release had them a day before the embargo ended."
#: What has begun since: how long ago, by whom, what, and whether the lot fell on the version that is tried.
BEGUN = (
    (timedelta(hours=20), "lucia", "Django 5.2.10", ["5.2.10"], True),
    (timedelta(hours=7), "ines", "Django 6.0.5", ["6.0.5"], False),
    (timedelta(minutes=50), "lucia", "Django 5.2.11 and 6.0.6", ["5.2.11", "6.0.6"], True),
)


class NotStaged(Exception):
    """A verb refused the demo's rollout or a run in it; the message says why."""


def begin(now: datetime) -> None:
    """Let Aiko write it, two approve it, and Priya try it on half of what begins from yesterday on."""
    people = {person.username: person for person in Person.objects.all()}
    at = now - timedelta(hours=34)
    text = reviewing.changed(PLAYBOOK, BEFORE, AFTER)
    review = reviewing.ask(PLAYBOOK, text, AUTHOR, CHANGES, at)
    reviewing.approve(review, reviewing.FIRST, "The team asked for it.", at + timedelta(hours=2))
    version = reviewing.approve(review, reviewing.SECOND, "Try it first.", at + timedelta(hours=4))
    owner = people[reviewing.SECOND]
    rollout = rolling_out.begin(version, owner, share=SHARE, clock=lambda: at + timedelta(hours=5))
    if not isinstance(rollout, Rollout):
        raise NotStaged(rollout.sentence)
    for ago, by, name, versions, is_tried in BEGUN:
        begins_on = rollout.version if is_tried else rollout.before
        _start(begins_on, people[by], now - ago, name, versions)


def _start(version: Version, person: Person, at: datetime, name: str, versions: list[str]) -> Run:
    """Start it with the first key on which the lot of this version falls."""
    keys = (f"demo {name} {nth}" for nth in count())
    key = next(key for key in keys if rolling_out.version_for(version.artifact, person, key) == version)
    release_at = (at + timedelta(days=15)).isoformat()
    inputs = {"name": name, "versions": versions, "issues": "Told at the release.", "release_at": release_at}
    answer = start.start(version, person, inputs, key, clock=lambda: at)
    if not is_accepted(answer):
        raise NotStaged(f"{name}: {answer}")
    return Run.objects.get(pk=answer.run_id)
