"""A template of Lindhaven and what adapts it: the template has moved on, and its child has not yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo import reviewing
from workflows.models import Person, Unit, Version
from workflows.publish import publish, publish_version

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
    due: 1d
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
        due: 1h
  - replace: hand-over
    with:
      - {id: hand-over, title: Walk the guest to the substation, task: {assign: engineer}, due: 1d}
"""

#: What the template says since: whoever votes says why, and the badge comes back.
EDITS = (
    ("      approvers: [security]\n", "      approvers: [security]\n      require: [comment]\n"),
    (
        "  - id: done\n",
        "  - id: bring-back\n    title: Take the badge back\n    task: {assign: desk}\n    due: 1d\n  - id: done\n",
    ),
)
AUTHOR = "lucia"
CHANGES = "Two badges were never given back, and nobody could say why those visits had been allowed."


def publish_them(owner: Person, began: datetime) -> None:
    """Publish the template, and a child of it."""
    for slug, text in (("security", TEMPLATE), ("grid", CHILD)):
        _published(publish(text, Unit.objects.get(slug=slug), owner, at=began))


def move_on(owner: Person, now: datetime) -> None:
    """Publish the template anew: Lucía writes it, two approve it; the child is behind, and its owner is told."""
    newer, at = TEMPLATE, now - timedelta(hours=28)
    for old, new in EDITS:
        newer = newer.replace(old, new)
    review = reviewing.ask("site-access", newer, AUTHOR, CHANGES, at)
    reviewing.approve(review, reviewing.FIRST, "", at + timedelta(hours=3))
    version = reviewing.approve(review, reviewing.SECOND, "High time.", at + timedelta(hours=8))
    _published(publish_version(version, owner, at=now - timedelta(hours=9)))


def _published(answer: object) -> None:
    if not isinstance(answer, Version):
        raise ValueError(f"this was not published: {answer}")
