"""What of a run's log is asked for: read from the address, checked, written back as links, and asked in SQL.

By whom and what kind of event are columns of the log. The step and the words of a reason stand inside an entry:
whoever reads the log looks for those in a bounded number of entries (`log.read`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from runs.models import Entry

#: What `what` may say: its words, and the kinds of events. Every kind of event is in one of them; a test holds it.
WHAT = {
    "decisions": ("Votes and delegations", ("vote", "withdraw", "delegate")),
    "work": ("Work begun, taken, handed in", ("start", "claim", "release", "complete")),
    "operators": (
        "Operators’ acts",
        ("cancel", "retry", "skip", "rollback", "pause", "resume", "reassign", "jump", "change", "migrate"),
    ),
    "changes": ("Changes of data", ("change",)),
    "comments": ("Comments", ("comment",)),
    "timers": ("Timers and escalations", ("timer",)),
    "signals": ("Signals", ("signal",)),
    "machine": ("What machines did", ("result", "roster", "pick", "child", "admit")),
}
#: Where in an event, and in what followed from it, the words of people and machines stand.
_SAID, _FOLLOWED = ("reason", "comment", "text", "error", "message"), ("comment", "reason", "text", "message", "error")
LONGEST = 100


@dataclass(frozen=True)
class Narrowing:
    """`visits` are those of the step; `seq` is the entry up to which the log is read, 0 for all of it.

    `problems` are sentences about what in the address could not be used; the rest holds anyway.
    """

    who: str = ""
    what: str = ""
    step: str = ""
    text: str = ""
    before: int = 0
    seq: int = 0
    visits: frozenset[int] = frozenset()
    problems: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.who or self.what or self.step or self.text)

    @property
    def looks_inside(self) -> bool:
        """Whether entries must be opened to tell which are meant."""
        return bool(self.step or self.text)

    def query(self, **changes: Any) -> str:
        """Write this, with changes, as the query of an address. What changed starts with the newest entry."""
        written = replace(self, **{"before": 0, **changes})
        given = {
            "seq": written.seq,
            "who": written.who,
            "what": written.what,
            "step": written.step,
            "q": written.text,
            "before": written.before,
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})

    @property
    def here(self) -> str:
        """The query of this very page."""
        return self.query(before=self.before)

    @property
    def everything(self) -> str:
        """The query of the whole log."""
        return Narrowing(seq=self.seq).query()

    def among(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Ask for these entries, as far as columns tell them."""
        if self.seq:
            entries = entries.filter(seq__lte=self.seq)
        if self.before:
            entries = entries.filter(seq__lt=self.before)
        if self.what:
            entries = entries.filter(kind__in=WHAT[self.what][1])
        if self.who:
            entries = entries.filter(Q(actor=self.who) | Q(on_behalf_of=self.who))
        return entries

    def means(self, event: Mapping[str, Any], moves: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether an opened entry is at the step, and holds the words."""
        if self.step and not self._is_there(event, moves):
            return False
        if not self.text:
            return True
        said = [event.get(key) for key in _SAID] + [move["data"].get(key) for move in moves for key in _FOLLOWED]
        return any(self.text.casefold() in one.casefold() for one in said if isinstance(one, str))

    def _is_there(self, event: Mapping[str, Any], moves: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether it was asked at one of the visits of the step, or anything followed there."""
        if event.get("visit") in self.visits:
            return True
        return any(move.get("step") == self.step or move.get("visit") in self.visits for move in moves)


#: The whole log, its first page.
EVERYTHING = Narrowing()


@dataclass(frozen=True)
class Choices:
    """What the form offers: (value, words) of who has acted in this run, and of the steps that were visited."""

    people: tuple[tuple[str, str], ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = field(default=tuple((name, words) for name, (words, _) in WHAT.items()))


def read(address: Mapping[str, str], choices: Choices, visits: Mapping[int, str], upto: int) -> Narrowing:
    """Read it from an address. `visits` tells the step of each visit, `upto` the last entry there is."""
    problems: list[str] = []

    def one_of(name: str, known: Sequence[tuple[str, str]], says: str) -> str:
        value = address.get(name, "").strip()
        if value and value not in dict(known):
            problems.append(says.format(value[:40]))
            return ""
        return value

    def number(name: str, says: str) -> int:
        value = address.get(name, "").strip()
        if not value:
            return 0
        if not (value.isascii() and value.isdecimal() and 0 < len(value) < 10):
            problems.append(says.format(value[:40]))
            return 0
        return int(value)

    who = one_of("who", choices.people, "Nobody called “{}” has acted in this run; everybody's acts are shown.")
    what = one_of("what", choices.kinds, "The log knows no kind “{}”; every kind is shown.")
    step = one_of("step", choices.steps, "No step “{}” was visited in this run; every step is shown.")
    text = " ".join(address.get("q", "").replace("\0", " ").split())
    if len(text) > LONGEST:
        problems.append(f"Only the first {LONGEST} characters were looked for.")
    before = number("before", "“{}” is no place in the log; it begins with the newest event.")
    seq = number("seq", "“{}” is no event of this run.")
    return Narrowing(
        who=who,
        what=what,
        step=step,
        text=text[:LONGEST].strip(),
        before=before,
        seq=seq if 0 < seq < upto else 0,
        visits=frozenset(visit for visit, name in visits.items() if name == step) if step else frozenset(),
        problems=tuple(problems),
    )
