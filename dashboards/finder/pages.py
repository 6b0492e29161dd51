"""The pages that a reader may open, and what they may do from anywhere: found by more words than their titles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from dashboards.finder.entries import MOST, Entry, fits
from runs.notices import reading
from workflows.models import Person


@dataclass(frozen=True)
class Around:
    """What the frame of every page knows of its reader (`dashboards.frame`)."""

    sees_gates: bool
    sees_health: bool
    sees_governance: bool
    reads_directory: bool
    theme: str
    letters: bool
    here: str


@dataclass(frozen=True)
class Page:
    """A page of the navigation. `key` follows `g`; `words` are what else people call it."""

    name: str
    title: str
    icon: str
    key: str = ""
    words: str = ""
    may: Callable[[Person, Around], bool] = lambda person, around: True


PAGES = (
    Page("my-work", "My work", "inbox", "w", "home start tasks gates inbox todo waiting for me"),
    Page("runs", "Runs", "runs", "r", "board workflows processes stuck overdue running"),
    Page("library", "Library", "library", "l", "playbooks decisions runbooks procedures templates catalogue"),
    Page("metrics", "Metrics", "metrics", "m", "figures charts statistics lead cycle time throughput bottleneck"),
    Page("notices", "Notices", "bell", "n", "notifications news messages unread"),
    Page(
        "gates",
        "Gates and their people",
        "gate",
        "a",
        "approvals approvers staffing who may approve",
        lambda person, around: around.sees_gates,
    ),
    Page(
        "governance",
        "Governance",
        "governance",
        "o",
        "policies reviews owners exceptions compliance audit matrix due",
        lambda person, around: around.sees_governance,
    ),
    Page(
        "governance-log",
        "Log of governance",
        "governance",
        "",
        "audit changes history publishing reviews",
        lambda person, around: around.sees_governance,
    ),
    Page(
        "health",
        "Health of the engine",
        "health",
        "h",
        "clock workers queue leases late system status monitoring",
        lambda person, around: around.sees_health,
    ),
    Page(
        "people",
        "People",
        "people",
        "p",
        "directory accounts users colleagues team",
        lambda person, around: around.reads_directory,
    ),
    Page(
        "groups",
        "Groups and roles",
        "people",
        "",
        "people teams members",
        lambda person, around: around.reads_directory,
    ),
    Page("units", "Units", "people", "", "organisation organization tree portfolio program teams departments"),
    Page(
        "import-people",
        "Import people and units",
        "table",
        "",
        "csv upload accounts onboarding",
        lambda person, around: person.is_superuser,
    ),
    Page(
        "directory-log",
        "Log of people and rights",
        "people",
        "",
        "audit directory changes history",
        lambda person, around: around.reads_directory,
    ),
    Page(
        "absence", "Absence and delegations", "calendar", "", "away holiday vacation leave deputy stand in substitute"
    ),
    Page("plans", "Plans", "pin", "", "objectives milestones roadmap okr goals progress forecast"),
    Page("calendars", "Calendars", "calendar", "", "business hours working time bank holidays"),
    Page("exceptions", "Exceptions from policies", "lock", "", "policy rule waiver exempt let off governance"),
    Page("notices-preferences", "How I am told", "bell", "", "notification settings preferences mail channels quiet"),
    Page(
        "my-password",
        "Change my password",
        "lock",
        "",
        "account security sign in",
        lambda person, around: person.has_usable_password(),
    ),
    Page(
        "notices-administration",
        "Letters and channels of everybody",
        "bell",
        "",
        "administration mail notices failed",
        lambda person, around: person.is_superuser,
    ),
)


def found(person: Person, around: Around, asked: list[str]) -> tuple[Entry, ...]:
    fitting = [one for one in PAGES if fits(asked, f"{one.title} {one.words}") and one.may(person, around)]
    # what is called so comes before what is only described so
    fitting.sort(key=lambda one: not fits(asked, one.title))
    return tuple(
        Entry(one.title, reverse(one.name), one.icon, mark=f"g {one.key}" if one.key else "") for one in fitting[:MOST]
    )


def acts(person: Person, around: Around, asked: list[str]) -> tuple[Entry, ...]:
    """What may be done from anywhere. Whatever does more than change how pages look leads to its page. One statement
    where notices are asked for."""
    offered = [
        (
            Entry("Be away", reverse("absence"), "calendar", "Say from when to when, and who stands in"),
            "absence holiday",
        )
    ]
    if asked and fits(asked, READ) and (newest := reading.newest_unread(person)):
        entry = Entry(READ, reverse("notices-read"), "bell", posts={"newest": str(newest)})
        offered.append((entry, ""))
    for theme in ("light", "dark", "system"):
        if theme != around.theme:
            says = "The look of this device" if theme == "system" else f"The {theme} look"
            posts = {"theme": theme, "next": around.here}
            offered.append((Entry(says, reverse("theme"), "sun", posts=posts), "theme mode colours light dark"))
    turn = "off" if around.letters else "on"
    posts = {"letters": turn, "next": around.here}
    note = "Ctrl K and Escape always work"
    entry = Entry(f"Switch single-letter keys {turn}", reverse("letters"), "key", note, posts=posts)
    offered.append((entry, "keyboard shortcuts accessibility"))
    return tuple(entry for entry, words in offered if fits(asked, f"{entry.title} {words}"))[:MOST]


READ = "Mark all notices read"
