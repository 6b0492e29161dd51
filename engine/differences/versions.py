"""Semantic version numbers: the one that follows, by the weight of what changed."""

from __future__ import annotations

import re

from engine.differences.difference import Level

FIRST = "1.0.0"
_NUMBER = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


def proposed(current: str, level: Level) -> str:
    """Return the number after this one; `1.0.0` where there is none yet, and the same where nothing changed.

    What cannot be read as `2.1.0` counts as no number.
    """
    match = _NUMBER.fullmatch(current)
    if match is None:
        return FIRST
    major, minor, patch = (int(part) for part in match.groups())
    if level == "major":
        return f"{major + 1}.0.0"
    if level == "minor":
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if level == "patch" else current
