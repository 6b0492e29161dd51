"""Playbook to definition: `compile_text` reads, resolves, lowers to states and transitions, and has it proven.

names       what expressions may read, with types    inference   types that follow from expressions
scopes      what may be read where                   checking    every expression at its place
sources     one expression at its place              given       values for declared fields
people      roles, users, exclusions                 parameters  what actions are given
targets     the steps that a step names              ways        where steps lead, as transitions
steps       states as compiled                       calendars   business time and windows, pinned
decisions   a decision to a table                    lookups     steps that ask tables
calls       playbooks that are called                library     which version a call means
together    several files that know each other
extending   a child and its parents as one document: parents where they are, changing and rerouting the steps,
            standing and filling the parameters, locked what has to stay, offered what a parent asks of its children
"""

from engine.compiler.compile import Compiled, compile_text
from engine.compiler.library import Library
from engine.compiler.offered import bare, parameters_of
from engine.compiler.parents import NOBODY, Files, Parent, Parents
from engine.compiler.together import call_order, compile_together, is_decision, playbooks_of, tables_of
from engine.language.places import Places

__all__ = [
    "NOBODY",
    "Compiled",
    "Files",
    "Library",
    "Parent",
    "Parents",
    "Places",
    "bare",
    "call_order",
    "compile_text",
    "compile_together",
    "is_decision",
    "parameters_of",
    "playbooks_of",
    "tables_of",
]
