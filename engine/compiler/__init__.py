"""Playbook to definition: `compile_text` reads, resolves, lowers to states and transitions, and has it proven.

names       what expressions may read, with types    sources     every expression at its place
people      roles, users, exclusions                 parameters  what actions are given
targets     where steps lead                         steps       states as compiled
decisions   a decision to a table                    lookups     steps that ask tables
together    several files that know each other
extending   a child and its parents as one document: parents where they are, changing and routes the steps,
            standing and filling the parameters, locked what has to stay
"""

from engine.compiler.compile import Compiled, compile_text
from engine.compiler.parents import NOBODY, Files, Parent, Parents
from engine.compiler.together import compile_together, is_decision, tables_of
from engine.language.places import Places

__all__ = [
    "NOBODY",
    "Compiled",
    "Files",
    "Parent",
    "Parents",
    "Places",
    "compile_text",
    "compile_together",
    "is_decision",
    "tables_of",
]
