"""Providers of actions: typed functions, one module each. Their signatures are the engine's (`engine.actions`).

A provider takes resolved parameters, the visit's idempotency key and the seconds it has; it returns JSON,
or raises `ActionError`. It runs outside any transaction, at least once (guarantees G4), and touches no model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runs.providers import echo, http
from runs.providers.errors import ActionError

Provider = Callable[[Mapping[str, Any], str, float], Any]

PROVIDERS: dict[str, Provider] = {"debug.echo": echo.echo, "http.request": http.request}

__all__ = ["PROVIDERS", "ActionError", "Provider"]
