"""The types that follow from expressions: of `set` values, and of the items that an `each` goes through.

Forward references and loops included: types are inferred in rounds from what is known already, and stay `dyn` where
no round settles them.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from engine.expressions import Checker, ExpressionError
from engine.expressions.types import DYN, is_open, is_storable

#: How many expressions are looked at before the rest stay `dyn`: a chain of values is settled link by link.
_MOST_CHECKS = 2_000


@dataclass(frozen=True)
class Open:
    """These names, known in the each `inside`, have the type of an expression that stands in the each `read_in`.

    With `is_list` they have the type of the items of the list that the expression gives.
    """

    source: str
    read_in: str
    inside: str
    names: tuple[str, ...]
    is_list: bool = False


def infer(
    outside: MutableMapping[str, str],
    inside: Mapping[str, MutableMapping[str, str]],
    around: Mapping[str, str],
    pending: list[Open],
) -> None:
    """Give the open names the types that can be found, in place. `around` names the each around each."""
    budget = _MOST_CHECKS
    while pending and budget > 0:
        budget -= len(pending)
        checkers: dict[str, Checker] = {}
        settled: list[tuple[Open, str]] = []
        for one in pending:
            if one.read_in not in checkers:
                checkers[one.read_in] = Checker(_all(outside, inside, around, one.read_in))
            kind = _kind(one, checkers[one.read_in])
            if kind != DYN and is_storable(kind) and (one.is_list or not is_open(kind)):
                settled.append((one, kind))
        if not settled:
            return
        for one, kind in settled:
            (inside[one.inside] if one.inside else outside).update(dict.fromkeys(one.names, kind))
        done = {id(one) for one, _ in settled}
        pending = [one for one in pending if id(one) not in done]


def _all(
    outside: Mapping[str, str], inside: Mapping[str, Mapping[str, str]], around: Mapping[str, str], each: str
) -> dict[str, str]:
    return {**_all(outside, inside, around, around[each]), **inside[each]} if each else dict(outside)


def _kind(one: Open, checker: Checker) -> str:
    try:
        kind = checker.parse(one.source).type
    except ExpressionError:
        return DYN
    if not one.is_list:
        return kind
    return kind.removeprefix("list(").removesuffix(")") if kind.startswith("list(") else DYN
