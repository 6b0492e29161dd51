"""The playbooks that seeded runs are of. All times are plain: business time would not bear being shifted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from workflows.models import Unit, Version
from workflows.publish import NotPublished, publish

CHANGE = """
playbook: seeded-change
title: Change to a service
summary: Made by seed_load. Plan, approve, watch, ship and verify a change.
kind: runbook
review_every: 180d
owner: platform
domain: engineering
risk: high
sla: 300d
run_title: ${inputs.what} (${inputs.service})
inputs:
  what: {type: text, title: What changes}
  service: {type: text, title: Service}
roles:
  engineer: {groups: [engineers]}
  release-manager: {groups: [release-managers]}
steps:
  - id: plan
    title: Write the change plan
    task:
      assign: engineer
      form: {way_back: {type: text, title: How it is undone}}
    due: 20d
    escalate:
      - {after: 30d, remind: assigned}
  - id: board
    title: Change board
    gate:
      ask: May ${inputs.what} go to ${inputs.service}?
      show: [inputs.what, inputs.service]
      approvers: [release-manager]
      quorum: 2
      exclude: [starter]
    due: 25d
    on_reject: refused
  - {id: soak, title: Watch it beside the old one, wait: 30d}
  - id: ship
    title: Ship
    action: debug.echo
    with: {ship: "${inputs.service}"}
    undo: {action: debug.echo, with: {restore: "${inputs.service}"}}
  - id: announce
    title: Tell the users
    task: {assign: engineer}
    due: 20d
    undo: {task: {assign: engineer, instructions: Tell everybody that it is taken back.}}
  - id: check
    title: Read the dashboards
    task: {assign: engineer, outcomes: [healthy, degraded]}
    due: 20d
    on_outcome: {degraded: back-out}
  - {id: done, title: Live, end: completed}
  - {id: refused, title: Turned down, end: failed, message: "The board said no to ${inputs.what}."}
  - {id: back-out, title: Take it back, rollback: true}
"""

ORDER = """
playbook: seeded-order
title: Order of equipment
summary: Made by seed_load. Agree to an order, place it, and take the goods in.
kind: sop
review_every: 180d
owner: finance
domain: procurement
run_title: ${inputs.what} for ${inputs.service}
inputs:
  what: {type: text, title: What is ordered}
  service: {type: text, title: For whom}
  hook: {type: url, title: Where it is ordered, required: false}
roles:
  approver: {groups: [managers]}
  buyer: {groups: [purchasing]}
steps:
  - id: agree
    title: Agree to the order
    gate:
      ask: Order ${inputs.what}?
      show: [inputs.what]
      approvers: [approver]
      exclude: [starter]
    due: 25d
    on_reject: refused
  - id: book
    title: Set the money aside
    action: debug.echo
    with: {book: "${inputs.what}"}
  - id: place
    title: Place the order
    when: has(inputs.hook)
    action: http.request
    with: {method: POST, url: "${inputs.hook}", json: {order: "${inputs.what}"}}
  - id: receive
    title: Take the goods in
    task: {assign: buyer, form: {number: {type: text, title: Delivery note}}}
    due: 30d
  - {id: done, title: Delivered, end: completed}
  - {id: refused, title: Not ordered, end: failed, message: "${inputs.what} is not ordered."}
"""

SITE = """
playbook: seeded-site
title: Visit to a site
summary: Made by seed_load. What a programme calls for each of its sites.
kind: runbook
review_every: 180d
owner: grid
domain: engineering
run_title: Site visit at ${inputs.service}
inputs:
  service: {type: text, title: Site}
roles:
  engineer: {groups: [engineers]}
steps:
  - id: look
    title: Look at the site
    task: {assign: engineer, form: {seen: {type: text, title: What was seen}}}
    due: 25d
  - {id: settle, title: Let it settle, wait: 30d}
  - {id: done, title: Seen, end: completed}
"""

PROGRAMME = """
playbook: seeded-programme
title: Programme of works
summary: Made by seed_load. Sends somebody to the site and writes the report.
kind: runbook
review_every: 180d
owner: grid
domain: engineering
run_title: ${inputs.what} at ${inputs.service}
inputs:
  what: {type: text, title: What is done}
  service: {type: text, title: Site}
roles:
  engineer: {groups: [engineers]}
steps:
  - id: visit
    title: Visit the site
    call: seeded-site
    with: {service: "${inputs.service}"}
  - id: report
    title: Write the report
    task: {assign: engineer}
    due: 25d
  - {id: done, title: Reported, end: completed}
"""

#: What is called comes before what calls it.
TEXTS = (("platform", CHANGE), ("finance", ORDER), ("grid", SITE), ("grid", PROGRAMME))


class NotStocked(Exception):
    """What stands here does not let one of them be published; the sentence says what."""


def stock(at: datetime) -> Iterator[Version]:
    """Publish them for their units, as of then; those that stand published already are passed over.

    They keep the policies of the demo. Raises NotStocked where others stand in the way.
    """
    for slug, text in TEXTS:
        version = publish(text, Unit.objects.get(slug=slug), None, at=at, is_staffed=False)
        if isinstance(version, NotPublished):
            problems = " ".join(problem.for_readers for problem in version.problems)
            raise NotStocked(problems or version.sentence)
        yield version
