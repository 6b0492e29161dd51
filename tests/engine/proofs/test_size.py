"""The proofs' work grows with the playbook and no faster: counted in functions called, so that no machine matters."""

from __future__ import annotations

import sys

from engine.compiler import compile_text
from engine.proofs import prove
from tests.engine.long_playbook import wide, written


def calls(text: str) -> int:
    """Count the Python functions that proving this playbook calls."""
    compiled = compile_text(text)
    assert compiled.definition is not None
    count = 0

    def counted(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        assert prove(compiled.definition, compiled.places) == ()
    finally:
        sys.setprofile(None)
    return count


def test_five_times_the_steps_are_five_times_the_work() -> None:
    assert calls(written(300)) < 5.2 * calls(written(60))


def test_twice_the_branches_are_twice_the_work() -> None:
    """Regions are proven one by one: that 40 branches may stand at any of their steps makes no states."""
    assert calls(wide(40)) < 2.1 * calls(wide(20))
