"""The words a run is found by, folded alike when they are written and when somebody types them.

Takes the title, the key of its place and the inputs that are short, public and no person's: texts of one line,
numbers and choices, or lists of such. Never a secret, a file, a person, an address of mail or of the web (it may carry
a token), nor a text of several lines. Both databases get plain words from here, so both find the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from engine import fields
from engine.definition import Definition, FieldSpec
from engine.machine.state import State

#: The most words that a run is found by, and that are looked for at once; the longest word and the longest value.
MOST, MOST_ASKED, LONGEST_WORD, LONGEST_VALUE = 60, 8, 40, 120

_WORD = re.compile(r"[^\W_]+")
_PUBLIC = frozenset({"text", "choice", "integer", "number"})


def folded(text: str) -> list[str]:
    """Return the words of a text once each: without accents, case, punctuation and ligatures, none over the length."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in _WORD.findall(plain)))


def of_run(definition: Definition, state: State) -> str:
    """Return the words of a run, with a space between."""
    texts = [state.title or definition.title, state.place, *_inputs(definition, state)]
    return " ".join(folded(" ".join(texts))[:MOST])


def may_differ(before: State | None, after: State) -> bool:
    """Say whether a run's words may have changed: cheap, for it is asked at every transition."""
    if before is None:
        return True
    return (before.title, before.place) != (after.title, after.place) or before.inputs != after.inputs


def _inputs(definition: Definition, state: State) -> Iterator[str]:
    for spec in definition.inputs:
        encoded = state.inputs.get(spec.name)
        if encoded is None or not _is_public(spec):
            continue
        shown = fields.show(spec, encoded)
        if len(shown) <= LONGEST_VALUE or spec.type == "list":
            yield shown


def _is_public(spec: FieldSpec) -> bool:
    kind = (spec.of or "text") if spec.type == "list" else spec.type
    return kind in _PUBLIC and not spec.secret and not spec.multiline
