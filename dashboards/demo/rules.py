"""The policy of Lindhaven: nothing is deployed on one pair of eyes; and the one playbook let off for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo.organisation import PROCESS_OWNER, ROOT
from engine.policies import say
from workflows.directory.changing import NotChanged
from workflows.models import Artifact, Person, Unit
from workflows.policies import exceptions
from workflows.policies.binding import of_version
from workflows.publish import NotPublished, publish

POLICY = f"""\
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
"""
PLAYBOOK = "production-change"
ASKED_BY = "aiko"
REASON = (
    "Changes of low risk go out without the board: they were too many for it. Every Monday the release managers read"
    " the list of the week before. By the summer these become standing changes, each approved once."
)
SAID = "As long as the Monday list is read, and not beyond the summer."


class NotKept(Exception):
    """A verb refused the demo's policy or its exception: the demo and the library do not fit."""


def keep(began: datetime, now: datetime) -> None:
    """Publish the policy, and except from it what does not keep it, as of then."""
    owner, author = (Person.objects.get(username=name) for name in (PROCESS_OWNER, ASKED_BY))
    version = publish(POLICY, Unit.objects.get(slug=ROOT), owner, "four-eyes.yaml", at=began)
    if isinstance(version, NotPublished):
        raise NotKept(version.sentence or version.problems[0].message)
    asked = exceptions.Asked(
        version.artifact,
        Artifact.objects.select_related("unit").get(slug=PLAYBOOK),
        say(of_version(version).require[0]),
        REASON,
        began,
        now + timedelta(days=75),
    )
    excepted = exceptions.ask(asked, author, lambda: began)
    granted = excepted if isinstance(excepted, NotChanged) else exceptions.grant(excepted, owner, SAID, lambda: began)
    if isinstance(granted, NotChanged):
        raise NotKept(granted.sentence)
