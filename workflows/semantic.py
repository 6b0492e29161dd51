"""The number that says how much a version changes: `2.0.0` after `1.4.2` where a gate or an input is gone."""

from __future__ import annotations

from engine.differences.versions import FIRST
from engine.differences.versions import proposed as following
from workflows.contents import Content
from workflows.differing import between, content_of
from workflows.models import Version


def proposed(before: Version | None, content: Content) -> str:
    """Return the number for what follows this version, from what is different.

    A version from before there were such numbers counts as `3.0.0` if it is the third. What is of another kind than
    the version before, or follows one that cannot be read any more, is major.
    """
    if before is None:
        return FIRST
    was = content_of(before)
    difference = None if was is None else between(was, content)
    return following(before.semantic or f"{before.number}.0.0", "major" if difference is None else difference.level)
