"""The filters of the Runs page: read from the address, checked, written back as links.

The address is the state: a link shows the same list to everybody who may see those runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from engine.lifecycles import RUN_ENDED, RUN_OPEN, VISIT_OPEN

OPEN = [status.value for status in RUN_OPEN]
ENDED = [status.value for status in RUN_ENDED]
OPEN_VISITS = [status.value for status in VISIT_OPEN]

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
#: What `mine` may say.
MINE = {"started": "started by me", "waiting": "waiting for me"}
#: In these states somebody may have to act, so runs that others called are listed there too.
WITH_CALLED = ("waiting", "attention", "overdue", "paused")
#: What `called` may say.
CALLED = {"1": "with the runs that they called"}
#: What `order` may say.
ORDERS = {"need": "What needs somebody first", "change": "Newest change first", "due": "Due next"}
LONGEST = 100


@dataclass(frozen=True)
class Filters:
    """`problems` are sentences about what in the address could not be used; the rest holds anyway."""

    state: str = "running"
    playbook: str = ""
    version: int | None = None
    unit: str = ""
    text: str = ""
    mine: str = ""
    person: str = ""
    overdue: str = ""
    risk: str = ""
    order: str = "need"
    after: str = ""
    called: str = ""
    problems: tuple[str, ...] = ()

    def query(self, **changes: str) -> str:
        """Write these filters, with changes, as the query of an address. A changed filter starts at the first page."""
        written = replace(self, **{"after": "", **changes})
        given = {
            "state": written.state if written.state != "running" else "",
            "playbook": written.playbook,
            "q": written.text,
            "mine": written.mine,
            "order": written.order if written.order != "need" else "",
            "called": written.called,
            "after": written.after,
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def first_page(self) -> Filters:
        return replace(self, after="")

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the state decides what is shown."""
        return bool(self.playbook or self.text or self.mine)

    def chosen(self, titles: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return what narrows the list, each as (words, the address without it)."""
        chips = []
        if self.state not in ("running", "waiting", "attention", "overdue", "done"):
            chips.append((STATES[self.state], self.query(state="running")))
        if self.called:
            chips.append((CALLED[self.called], self.query(called="")))
        if self.playbook:
            chips.append((titles.get(self.playbook, self.playbook), self.query(playbook="")))
        if self.mine:
            chips.append((MINE[self.mine], self.query(mine="")))
        if self.text:
            chips.append((f"“{self.text}”", self.query(text="")))
        return tuple(chips)


def read(address: Mapping[str, str], playbooks: Mapping[str, str]) -> Filters:
    """Read the filters from an address. `playbooks` are the titles of those the reader may find, by slug."""
    problems: list[str] = []

    def one_of(name: str, known: Mapping[str, str], default: str) -> str:
        value = address.get(name, "").strip()
        if value and value not in known:
            problems.append(f"There is no {name} “{value[:40]}”.")
        return value if value in known else default

    text = " ".join(address.get("q", "").replace("\0", " ").split())
    if len(text) > LONGEST:
        problems.append(f"Only the first {LONGEST} characters were looked for.")
    return Filters(
        state=one_of("state", STATES, "running"),
        playbook=one_of("playbook", playbooks, ""),
        text=text[:LONGEST],
        mine=one_of("mine", MINE, ""),
        order=one_of("order", ORDERS, "need"),
        after=address.get("after", ""),
        called=one_of("called", CALLED, ""),
        problems=tuple(problems),
    )
