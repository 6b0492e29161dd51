"""Policies and plans as they are kept: canonical JSON, read back into what was written, and named by a digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from engine import values
from engine.language import plan as plans
from engine.language.plan import Plan
from engine.language.policy import Policy

_POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)


def to_json(document: Policy | Plan) -> dict[str, Any]:
    """Write the document as JSON; of a policy's demands each says by its keys which kind it is."""
    if isinstance(document, Plan):
        return plans.to_json(document)
    written: dict[str, Any] = _POLICY.dump_python(document, mode="json")
    return written


def digest(document: Policy | Plan) -> str:
    return values.digest(to_json(document))


def policy_from_json(document: Mapping[str, Any]) -> Policy:
    """Read a policy back. Raises `pydantic.ValidationError` on anything that `to_json` did not write."""
    return _POLICY.validate_python(document)
