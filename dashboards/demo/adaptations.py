"""A template of Lindhaven and what adapts it: the template has moved on, and its child has not yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflows.models import Person, Unit, Version
from workflows.publish import publish

TEMPLATE = """\
playbook: site-access
template: true
parameters:
  site: {type: text, title: Site, help: As it is called on the badge.}
  longest: {type: duration, title: Longest wait for an answer, default: 1d}
  guards: {type: integer, title: How many of security approve, min: 1, max: 3, default: 1}
title: Access to a site
kind: sop
summary: Let somebody from outside into a site, with security's word and a badge.
owner: security
domain: security
tags: [access, site]
risk: medium
review_every: 180d
inputs:
  guest: {type: text, title: Guest}
  reason: {type: text, title: Reason}
roles:
  desk: {groups: [help-desk]}
  security: {groups: [security]}
steps:
  - id: prepare
    title: Prepare the badge
    task: {assign: desk, form: {badge: {type: text, title: Number of the badge}}}
    due: ${parameters.longest}
  - id: allow
    title: Allow the visit
    locked: true
    gate:
      ask: May ${inputs.guest} enter ${parameters.site}?
      show: [inputs.guest, inputs.reason]
      approvers: [security]
      quorum: ${parameters.guards}
    due: ${parameters.longest}
  - id: hand-over
    title: Hand the badge over
    task: {assign: desk}
  - id: done
    end: completed
"""

CHILD = """\
playbook: site-access-substation
extends: site-access@^1
parameters: {site: a substation, longest: 4h}
set:
  title: Access to a substation
  owner: grid
  risk: high
roles:
  engineer: {groups: [engineers]}
change:
  - after: allow
    insert:
      - id: instruct
        title: Give the safety instruction
        task: {assign: engineer, checklist: [High voltage explained, Ways out shown]}
  - replace: hand-over
    with:
      - {id: hand-over, title: Walk the guest to the substation, task: {assign: engineer}}
"""

#: Who keeps the template.
KEEPER = "lucia"
#: What the template says since: whoever votes says why, and the badge comes back.
EDITS = (
    ("      approvers: [security]\n", "      approvers: [security]\n      require: [comment]\n"),
    ("  - id: done\n", "  - id: bring-back\n    title: Take the badge back\n    task: {assign: desk}\n  - id: done\n"),
)


def publish_them(owner: Person, began: datetime, now: datetime) -> None:
    """Publish the template and a child of it; this week Lucía publishes the template anew, and the owner is told."""
    newer = TEMPLATE
    for old, new in EDITS:
        newer = newer.replace(old, new)
    later = timedelta(hours=1)
    keeper = Person.objects.get(username=KEEPER)
    for slug, text, by, at in (
        ("security", TEMPLATE, owner, began),
        ("grid", CHILD, owner, began + later),
        ("security", newer, keeper, now - timedelta(hours=9)),
    ):
        answer = publish(text, Unit.objects.get(slug=slug), by, at=at)
        if not isinstance(answer, Version):
            raise ValueError(f"this was not published: {answer}")
