"""The proofs: rows 2 to 7 of the reference's table, one module a row."""

from __future__ import annotations

from engine.definition import Definition
from engine.language.places import Places
from engine.problems import Problem


def prove(definition: Definition, places: Places, file: str = "") -> tuple[Problem, ...]:
    """Return what the proofs found."""
    return ()
