"""The filters of the Runs page: read from the address, checked, written back as links.

The address is the state: a link shows the same list to everybody who may see those runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboards.board.known import Known
from engine.lifecycles import RUN_ENDED, RUN_OPEN

OPEN = [status.value for status in RUN_OPEN]
ENDED = [status.value for status in RUN_ENDED]

#: What `state` may say, with the words of its filter.
STATES = {
    "running": "every run that has not ended",
    "waiting": "waiting for people",
    "attention": "needs attention",
    "overdue": "overdue",
    "paused": "paused",
    "done": "completed today",
    "ended": "ended, in whatever way",
    "all": "running and ended",
}
#: What an empty list of a state says.
NOTHING = {
    "running": "Nothing is running",
    "waiting": "Nothing waits for people",
    "attention": "Nothing needs attention",
    "overdue": "Nothing is overdue",
    "paused": "Nothing is paused",
    "done": "Nothing was completed today yet",
}
#: States with a tile: the tile says that they are on.
TILES = ("running", "waiting", "attention", "overdue", "done")
#: What `mine` may say, of the reader, and of somebody else whom `person` names.
MINE = {"waiting": "waiting for me", "started": "started by me"}
THEIRS = {"waiting": "waiting for {}", "started": "started by {}"}
#: In these states somebody may have to act, so runs that others called are listed there too.
WITH_CALLED = ("waiting", "attention", "overdue", "paused")
#: What `called`, `overdue` and `risk` may say.
CALLED = {"1": "with the runs that they called"}
OVERDUE = {"1": "overdue"}
RISKS = {"low": "low risk", "medium": "medium risk", "high": "high risk", "critical": "critical risk"}
#: What `order` may say.
ORDERS = {"need": "What needs somebody first", "change": "Newest change first", "due": "Due next"}
#: What `columns` may add to the columns that are always there.
COLUMNS = {
    "playbook": "Playbook and version",
    "unit": "Unit",
    "starter": "Started by",
    "started": "Started",
    "risk": "Risk",
    "progress": "Progress",
}
LONGEST = 100
#: A cursor of ours is shorter than this.
LONGEST_CURSOR = 300
#: So many problems are said one by one.
SAID = 5
NAMES = ("state", "playbook", "version", "unit", "mine", "person", "overdue", "risk", "q", "order", "called", "columns")
#: What an address may say beside the filters.
BESIDE = ("after", "wall")


@dataclass(frozen=True)
class Filters:
    """`unit` stands for the unit and all below it; `person` for the reader where it is empty.

    `problems` are sentences about what in the address could not be used; the rest holds anyway.
    """

    state: str = "running"
    playbook: str = ""
    version: int | None = None
    unit: str = ""
    mine: str = ""
    person: str = ""
    overdue: str = ""
    risk: str = ""
    text: str = ""
    order: str = "need"
    after: str = ""
    called: str = ""
    columns: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def query(self, **changes: Any) -> str:
        """Write these filters, with changes, as the query of an address. A changed filter starts at the first page."""
        written = replace(self, **{"after": "", **changes})
        given = {
            "state": written.state if written.state != "running" else "",
            "playbook": written.playbook,
            "version": written.version if written.playbook else "",
            "unit": written.unit,
            "mine": written.mine,
            "person": written.person if written.mine else "",
            "overdue": written.overdue,
            "risk": written.risk,
            "q": written.text,
            "order": written.order if written.order != "need" else "",
            "called": written.called,
            "columns": ",".join(written.columns),
            "after": written.after,
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def first_page(self) -> Filters:
        return replace(self, after="")

    @property
    def on_the_wall(self) -> str:
        """The address of the same on a wall."""
        return "?wall=1&".join(self.query().split("?")).rstrip("&")

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the state decides what is shown."""
        return bool(self.playbook or self.unit or self.mine or self.overdue or self.risk or self.text)

    def chosen(self, known: Known) -> tuple[tuple[str, str], ...]:
        """Return what narrows the list, each as (words, the address without it)."""
        whose = THEIRS.get(self.mine, "").format(known.name_of(self.person)) if self.person else MINE.get(self.mine, "")
        chips: list[tuple[str, dict[str, Any]]] = [
            (STATES[self.state] if self.state not in TILES else "", {"state": "running"}),
            (CALLED.get(self.called, ""), {"called": ""}),
            (known.playbooks.get(self.playbook, "") if self.playbook else "", {"playbook": ""}),
            (f"version {self.version}" if self.version else "", {"version": None}),
            (known.units[self.unit].title if self.unit else "", {"unit": ""}),
            (whose, {"mine": "", "person": ""}),
            (OVERDUE.get(self.overdue, ""), {"overdue": ""}),
            (RISKS.get(self.risk, ""), {"risk": ""}),
            (f"“{self.text}”" if self.text else "", {"text": ""}),
        ]
        return tuple((words, self.query(**without)) for words, without in chips if words)

    def words(self, known: Known) -> str:
        """Say in one line what these filters show."""
        state = [STATES[self.state]] if self.state in TILES else []
        return ", ".join([*state, *(words for words, _ in self.chosen(known))])


class _Address:
    """Takes one value after the other out of an address, and notes what cannot be used."""

    def __init__(self, address: QueryDict) -> None:
        self.address, self.problems = address, []
        for name, values in address.lists():
            called = name.replace("\0", " ")[:40]
            if name not in NAMES + BESIDE:
                self.problems.append(f"There is no filter called “{called}”.")
            elif len(values) > 1 and name != "columns":
                self.problems.append(f"“{called}” is given more than once: the last one counts.")

    def value(self, name: str) -> str:
        return " ".join(self.address.get(name, "").replace("\0", " ").split())

    def one_of(self, name: str, known: Mapping[str, object], default: str = "", says: str = "") -> str:
        value = self.value(name)
        if value and value not in known:
            self.problems.append((says or f"There is no {name} “{{}}”.").format(value[:40]))
        return value if value in known else default


def read(address: QueryDict, known: Known) -> Filters:
    """Read the filters from an address. What its reader may filter by is asked only for what is in it."""
    asked = _Address(address)
    playbook = asked.one_of("playbook", known.playbooks) if asked.value("playbook") else ""
    text = asked.value("q")
    if len(text) > LONGEST:
        asked.problems.append(f"Only the first {LONGEST} characters were looked for.")
    after = asked.value("after")
    if len(after) > LONGEST_CURSOR:
        asked.problems.append("No place in the list is named like that: it begins at its first page.")
    mine, person = _whose(asked, known)
    filters = Filters(
        state=asked.one_of("state", STATES, "running"),
        playbook=playbook,
        version=_version(asked, playbook, known),
        unit=asked.one_of("unit", known.units) if asked.value("unit") else "",
        mine=mine,
        person=person,
        overdue=asked.one_of("overdue", OVERDUE, says="“overdue” is either 1 or left out, not “{}”."),
        risk=asked.one_of("risk", RISKS),
        text=text[:LONGEST].strip(),
        order=asked.one_of("order", ORDERS, "need"),
        after=after if len(after) <= LONGEST_CURSOR else "",
        called=asked.one_of("called", CALLED, says="“called” is either 1 or left out, not “{}”."),
        columns=_columns(asked),
    )
    return replace(filters, problems=_few(asked.problems))


def read_query(query: str, known: Known) -> Filters:
    """Read the filters from the query of an address, as `Filters.query` writes it."""
    return read(QueryDict(query.removeprefix("?")), known)


def _version(asked: _Address, playbook: str, known: Known) -> int | None:
    value = asked.value("version")
    if not value:
        return None
    if not playbook:
        asked.problems.append("A version is one of a playbook: choose the playbook as well.")
        return None
    number = int(value) if value.isdecimal() and len(value) < 10 else 0
    if number in known.versions(playbook):
        return number
    asked.problems.append(f"That playbook has no version “{value[:40]}”.")
    return None


def _whose(asked: _Address, known: Known) -> tuple[str, str]:
    """A person alone means what waits for them; the reader's own name means the reader."""
    mine = asked.one_of("mine", MINE, says="Whose runs is either “waiting” or “started”, not “{}”.")
    person = asked.value("person")
    if person and not known.name_of(person):
        asked.problems.append(f"There is no person “{person[:40]}” among those you may look for.")
        return mine, ""
    if person and not mine:
        mine = "waiting"
    return mine, "" if person == known.reader.username else person


def _columns(asked: _Address) -> tuple[str, ...]:
    """Columns come as one text with commas, as links write it, or one by one, as the form sends them."""
    given = [name.strip() for text in asked.address.getlist("columns") for name in text.split(",")]
    wrong = [name for name in dict.fromkeys(given) if name and name not in COLUMNS]
    asked.problems += [f"There is no column “{name.replace(chr(0), ' ')[:40]}”." for name in wrong]
    return tuple(name for name in COLUMNS if name in given)


def _few(problems: list[str]) -> tuple[str, ...]:
    rest = len(problems) - SAID
    return (*problems[:SAID], f"And {rest} more like that.") if rest > 0 else tuple(problems)
