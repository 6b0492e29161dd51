"""Texts with slots: what differs between a run and those that are cast from it, found in whatever text it stands in.

The ids of the runs, the times (without their zone), the words of titles, the digests of what was asked. None of them
holds a character that JSON would write otherwise, so they are found and filled in JSON within JSON too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?"
_TIME = re.compile(_MOMENT + r"(?=Z|\+00:00)")


def written(time: datetime) -> str:
    """Return this time in UTC as it is found in texts."""
    return time.isoformat()[:-6]


def times_in(texts: Sequence[str]) -> set[datetime]:
    """Return all times that stand in these texts."""
    return {datetime.fromisoformat(f"{found}+00:00") for text in texts for found in _TIME.findall(text)}


@dataclass(frozen=True)
class Template:
    """A text whose slots are open; `places` say which slot stands where."""

    form: str
    places: tuple[int, ...]

    def __post_init__(self) -> None:
        # itemgetter of one gives no tuple, and of none is none
        pick = itemgetter(*self.places) if len(self.places) > 1 else lambda slots: tuple(slots[n] for n in self.places)
        object.__setattr__(self, "_pick", pick)

    def fill(self, slots: Sequence[str]) -> str:
        return self.form % self._pick(slots)


class Slots:
    """What may differ, in a fixed order, given by what stands there in the sample."""

    def __init__(self, own: Sequence[str]) -> None:
        self._places = {text: place for place, text in enumerate(own)}
        others = (re.escape(text) for text in own if not re.fullmatch(_MOMENT, text))
        self._pattern = re.compile("|".join([*others, _TIME.pattern]))

    def template(self, text: str) -> Template:
        """Return the text with its slots open."""
        places = tuple(self._places[found] for found in self._pattern.findall(text))
        return Template(self._pattern.sub("%s", text.replace("%", "%%")), places)
