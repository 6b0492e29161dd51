"""The logs of this app that the database keeps append-only (`workflows.append_only`): of runs, of delegations."""

from __future__ import annotations

LOG = "runs_entry"
DELEGATIONS = "runs_delegationentry"
TABLES = (LOG, DELEGATIONS)
