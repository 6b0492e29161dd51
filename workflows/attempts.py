"""Failed proofs of who somebody is, counted in Django's cache, so that passwords cannot be tried out.

Sign-ins count for each name from each address, a password asked for at a gate for each name from anywhere. Five
failures in fifteen minutes close that pair for the rest of the window. The cache must be one that all web
processes share (settings), or each of them counts for itself.
"""

from __future__ import annotations

import hashlib

from django.core.cache import cache

ALLOWED = 5
WINDOW_SECONDS = 15 * 60


def _key(name: str, address: str) -> str:
    return "sign-in:" + hashlib.sha256(f"{name.casefold()}\0{address}".encode()).hexdigest()


def must_wait(name: str, address: str) -> int:
    """Return for how many minutes this name is closed to this address at most; 0 when it is open."""
    return WINDOW_SECONDS // 60 if cache.get(_key(name, address), 0) >= ALLOWED else 0


def failed(name: str, address: str) -> int:
    """Count one failure and return how many there are; the window begins with the first."""
    if cache.add(_key(name, address), 1, WINDOW_SECONDS):
        return 1
    try:
        return int(cache.incr(_key(name, address)))
    except ValueError:  # the window ended between the two
        return 1


def forget(name: str, address: str) -> None:
    cache.delete(_key(name, address))
