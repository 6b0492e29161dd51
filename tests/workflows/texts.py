"""Playbooks as people write them, short."""

from __future__ import annotations

ABSENCE = """\
playbook: absence
title: Leave of absence
kind: sop
summary: Ask for days off.
owner: people
risk: low
inputs:
  days: {type: integer, min: 1, max: 30}
roles:
  boss: {groups: [bosses]}
steps:
  - id: allow
    title: Allow it
    gate:
      ask: Allow ${inputs.days} days?
      approvers: [boss]
  - id: enter
    title: Enter it in the calendar
    task: {assign: starter}
  - id: done
    end: completed
"""

#: Line 11 says `inputs.day` for `inputs.days`.
BROKEN = """\
playbook: broken
title: Broken
kind: sop
owner: people
inputs:
  days: {type: integer, min: 1, max: 30}
steps:
  - id: route
    decide:
      - {when: inputs.days < 3, go: done}
      - {when: inputs.day > 5, go: done}
  - id: done
    end: completed
"""

#: Line 14 reads what the way by outcome `no` leaves out.
SHORT_CUT = """\
playbook: short-cut
title: Short cut
kind: sop
owner: people
steps:
  - id: ask
    task: {assign: starter, outcomes: ["yes", "no"]}
    on_outcome: {"no": done}
  - id: fill
    task: {assign: starter, form: {name: {type: text}}}
  - id: done
    end: completed
outputs:
  name: steps.fill.name
"""

HOLDS = """\
scenario: the boss allows it
playbook: absence.yaml
people: {ada: [], boss-1: [bosses]}
start: {by: ada, at: "2026-03-02T09:00:00Z", inputs: {days: 3}}
script:
  - vote: {gate: allow, by: boss-1, choice: approve}
  - complete: {step: enter, by: ada}
  - expect: {run: completed}
"""

FAILS = HOLDS.replace("the boss allows it", "it ends by itself").replace("  - complete: {step: enter, by: ada}\n", "")

#: A decision without errors, and a playbook that asks it.
RISK = """\
decision: risk
owner: people
inputs: {days: {type: integer, min: 1, max: 30}}
outputs: {level: {type: choice, options: [low, high]}}
rules:
  - {days: "> 10", then: {level: "'high'"}}
  - {days: "<= 10", then: {level: "'low'"}}
"""
ASKS_RISK = ABSENCE.replace(
    "steps:\n",
    """steps:
  - id: route
    decide: {table: risk, with: {days: "${inputs.days}"}, go: {high: allow, low: enter}}
""",
)

REGIONS = """\
playbook: openings
title: Open the stores
kind: runbook
owner: sales
inputs:
  stores: {type: list, of: text}
steps:
  - id: stores
    each: inputs.stores
    as: store
    steps:
      - {id: ask, task: {assign: starter}}
      - id: papers
        parallel:
          branches:
            lease: [{id: sign, task: {assign: starter}}]
            permit: [{id: file, task: {assign: starter}}]
          join: any
  - {id: done, end: completed}
"""
