"""The policies of Lindhaven, what they bind too late, and what is let off for a while.

Nothing is deployed on one pair of eyes, and what is published was read by two others; nothing of high risk waits
unseen. One playbook is older than the first of them and breaks it: no run starts on it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.demo.organisation import PROCESS_OWNER, ROOT
from engine.policies import say
from workflows.directory.changing import NotChanged
from workflows.models import Artifact, Person, Unit, Version
from workflows.policies import exceptions
from workflows.policies.binding import of_version
from workflows.publish import NotPublished, publish

OLD = """\
playbook: emergency-fix
title: Emergency fix
kind: sop
summary: Bring a service back at night, and tell the others in the morning.
owner: platform
domain: engineering
tags: [change, production]
risk: high
review_every: 180d
inputs:
  service: {type: text, title: Service}
roles:
  engineer: {groups: [engineers]}
steps:
  - id: fix
    title: Ship the fix
    tags: [deploy]
    task: {assign: engineer, form: {what: {type: text, title: What was changed}}}
    due: 2h
  - id: tell
    title: Tell the others
    task: {assign: engineer}
    due: 1d
  - id: done
    end: completed
"""
FOUR_EYES = f"""\
# Steps that change what customers depend on carry the tag `deploy`.
policy: four-eyes
title: Nothing is deployed on one pair of eyes
summary: Before anything reaches a customer, somebody who did not ask for it has agreed.
unit: {ROOT}
require:
  - before: {{tag: deploy}}
    gate: {{roles: [release-manager, security, head-of-platform], exclude: [starter]}}
  - {{every: gate, has: [due]}}
  - {{review_every: "<= 365d"}}
publish: {{approvers: [process-owner, release-managers], quorum: 2, exclude: [author]}}
"""
NOT_UNSEEN = f"""\
policy: not-unseen
title: Nothing of high risk waits unseen
summary: Whoever is asked for something that can do harm is told until when.
unit: {ROOT}
applies: {{risk: [high, critical]}}
require:
  - {{every: task, has: [due]}}
"""


@dataclass(frozen=True)
class LetOff:
    """A playbook excepted from the first demand of a policy; `days` from now on it ends."""

    policy: str
    playbook: str
    asked_by: str
    days: int
    reason: str
    said: str


LET_OFF = (
    LetOff(
        "four-eyes",
        "production-change",
        "aiko",
        75,
        "Changes of low risk go out without the board: they were too many for it. Every Monday the release managers"
        " read the list of the week before. By the summer these become standing changes, each approved once.",
        "As long as the Monday list is read, and not beyond the summer.",
    ),
    LetOff(
        "not-unseen",
        "meter-rollout",
        "ines",
        13,
        "Rehearsals and visits are planned with each district, which says when. Until the season begins the crew looks"
        " at the board every morning.",
        "Until the season begins.",
    ),
)


class NotKept(Exception):
    """A verb refused the demo's policies or an exception: the demo and the library do not fit."""


def keep(began: datetime, now: datetime) -> None:
    """Publish the policies after what is older, and except from them what does not keep them, as of then."""
    owner = Person.objects.get(username=PROCESS_OWNER)
    policies = {}
    for unit, text, hours in (("platform", OLD, 1), (ROOT, NOT_UNSEEN, 2), (ROOT, FOUR_EYES, 3)):
        version = publish(text, Unit.objects.get(slug=unit), owner, at=began + timedelta(hours=hours))
        if isinstance(version, NotPublished):
            raise NotKept(version.sentence or version.problems[0].message)
        policies[version.artifact.slug] = version
    for one in LET_OFF:
        _let_off(one, policies[one.policy], owner, began + timedelta(hours=4), now)


def _let_off(one: LetOff, policy: Version, owner: Person, at: datetime, now: datetime) -> None:
    asked = exceptions.Asked(
        policy.artifact,
        Artifact.objects.select_related("unit").get(slug=one.playbook),
        say(of_version(policy).require[0]),
        one.reason,
        at,
        now + timedelta(days=one.days),
    )
    excepted = exceptions.ask(asked, Person.objects.get(username=one.asked_by), lambda: at)
    granted = excepted if isinstance(excepted, NotChanged) else exceptions.grant(excepted, owner, one.said, lambda: at)
    if isinstance(granted, NotChanged):
        raise NotKept(granted.sentence)
