"""Ends every part when the supervisor dies without a chance to do so itself (SIGKILL, out of memory).

Runs beside the supervisor in a session of its own. Reads lines from standard input, `+<process group>` and
`-<process group>`; the end of input means that nobody holds the other end any more: all groups still named end.
A pipe and no PR_SET_PDEATHSIG: that one reaches children only, and the workers are grandchildren.
"""

from __future__ import annotations

import os
import signal
import sys
import time

PATIENCE_SECONDS = 2.0


def watch() -> None:
    """Return when all that was left has been ended."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    end(groups)


def end(groups: set[int]) -> None:
    """Ask every group to end, and kill what is left of it after PATIENCE_SECONDS."""
    until = time.monotonic() + PATIENCE_SECONDS
    left = {group for group in groups if send(group, signal.SIGTERM)}
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = {group for group in left if send(group, 0)}
    for group in left:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a process group; whether anybody was there."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    watch()
