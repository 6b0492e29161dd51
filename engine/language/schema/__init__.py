"""JSON Schemas (draft 2020-12) of the five documents, for editors; made from the tables of keys that the readers use.

A schema knows keys and the shape of values. It lets pass what only the compiler can tell: names that mean nothing,
expressions that cannot be read, ways that lead nowhere.

shapes   texts, choices, lengths, closed mappings      words   what stands beside a key when one hovers over it
fields   inputs and forms      steps   steps of every kind      playbook, decision, policy, plan, scenario
"""

from __future__ import annotations

from collections.abc import Callable

from engine.language.schema import decision, plan, playbook, policy, scenario
from engine.language.schema.shapes import Schema

_MADE: dict[str, Callable[[], Schema]] = {
    "playbook": playbook.made,
    "decision": decision.made,
    "policy": policy.made,
    "plan": plan.made,
    "scenario": scenario.made,
}
NAMES = tuple(_MADE)
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def of(name: str) -> Schema:
    """Return the schema of a kind of document. Raises `KeyError` for one there is not."""
    return {"$schema": DRAFT, "$id": f"urn:penstock:schema:{name}", **_MADE[name]()}
