"""A change window: a step opens only inside the hours of a calendar, and an attempt is made again only there.

What is open stays open past the window's end (semantics [window]). The next opening is a point in time: a pause does
not move it.
"""

from __future__ import annotations

from engine.machine.state import Timer, Visit
from engine.machine.turn import Turn


def shuts(turn: Turn, visit: Visit) -> bool:
    """Say whether the step's window is closed now; then a timer is set for its next opening."""
    window = turn.spec(visit).window
    if window is None:
        return False
    opens_at = turn.definition.windows[window].next_opening(turn.at)
    if opens_at <= turn.at:
        return False
    turn.set_timer(Timer(f"{visit.number}:window:0:{turn.base.seq + 1}", visit.number, "window", opens_at))
    turn.move("shut", visit, window=window, opens_at=opens_at.isoformat())
    return True
