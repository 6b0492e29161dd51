"""What one run may hold at the most (semantics rules 2 and 15, [each], “Children”)."""

from __future__ import annotations

#: Steps in one event; the next one waits for an operator with the incident `runaway`.
MOVES = 1_000
#: Entries of one run; then it can only be cancelled.
ENTRIES = 10_000
#: Items of one each; more of them are an incident.
ITEMS = 500
#: Signals that nobody has taken yet.
SIGNALS = 100
#: How deep calls may lie in each other.
CALLS = 8
