"""Playbooks of any length and of any width, with every kind of step, that compile without a problem."""

from __future__ import annotations

from textwrap import indent

_HEAD = """\
playbook: long
title: Long
kind: sop
owner: team
inputs:
  score: {type: integer, min: 1, max: 10}
  region: {type: choice, options: [eu, us]}
roles:
  writer: {groups: [writers]}
  boss: {groups: [bosses]}
steps:
"""

_ROUND = """\
  - id: write-N
    title: Write part N
    task:
      assign: writer
      instructions: Write part N for ${inputs.region}.
      form:
        ref: {type: text}
        minutes: {type: integer, min: 0}
    due: 1d
    escalate:
      - {after: 4h, remind: assigned}
  - id: sum-N
    set: {total: "steps.write_N.minutes + inputs.score"}
  - id: route-N
    decide:
      - {when: "steps.sum_N.total >= N", go: gate-N}
      - {otherwise: call-N}
  - id: gate-N
    gate:
      ask: Approve ${steps.write_N.ref}?
      show: [steps.write-N]
      approvers: [boss]
      exclude: [starter, write-N]
    on_reject: write-N
    due: 8h
  - id: call-N
    action: http.request
    with: {method: POST, url: "https://example.org/${inputs.region}", json: {ref: "${steps.write_N.ref}"}}
    retry: {attempts: 3, backoff: exponential, first: 2s, max: 1m}
  - id: wait-N
    when: inputs.score > 5
    wait: 15m
"""


def written(steps: int) -> str:
    """Return the text of a playbook with this many steps, a multiple of six."""
    return _HEAD + "".join(_ROUND.replace("N", str(number)) for number in range(steps // 6))


def wide(branches: int) -> str:
    """Return the text of a playbook with so many branches side by side, each of five steps."""
    *steps, _, last = _ROUND.split("  - id: ")[1:]
    each = "".join(f"  - id: {step}" for step in (*steps, last)).replace("{otherwise: call-N}", "{otherwise: wait-N}")
    found = [_HEAD, "  - id: all\n    parallel:\n      branches:\n"]
    for number in range(branches):
        found += [f"        branch-{number}:\n", indent(each.replace("N", str(number)), " " * 8)]
    return "".join(found)
