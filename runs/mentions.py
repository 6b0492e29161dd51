"""Whom a comment calls in: `@username`, `@First Last` or `@group`, found among those who may see the run.

Takes what somebody typed; leaves the same text with every mention written as the log knows people, by `@username`, or
says plainly which of them is nobody. Resolved when it is said: what is kept names the same people for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower, Trim

from engine.problems import nearest
from runs import onlookers
from runs.models import Run
from workflows.models import Person

#: A group of more people than this is told in its channel and by My work, not one by one.
MOST_OF_A_GROUP = 100
#: So many different names one comment may call.
MOST = 20
#: Looked through for what a name that is nobody's was meant to be.
COMPARED = 2_000
#: An `@` that begins a word: none of an address, and none within a link.
_AT = re.compile(r"(?:^|(?<=[\s(]))@(?=\w)")
_WORDS = re.compile(r"[\w.+'’@-]+(?: [\w.+'’-]+){0,3}")
#: A mention as it is kept.
KEPT = re.compile(r"(?:^|(?<=[\s(]))@([\w.+@-]*\w)")


@dataclass(frozen=True)
class Mentions:
    """`wrong` says what has to be put right first; else `text` is what is kept."""

    text: str
    wrong: str = ""


@dataclass(frozen=True)
class _Typed:
    """One `@…`: where its name begins, and what it may be, the longest first, as (length, name in small letters)."""

    start: int
    may_be: tuple[tuple[int, str], ...]

    @property
    def shortest(self) -> str:
        return self.may_be[-1][1]


def read(text: str, run: Run) -> Mentions:
    """Find whom this text calls in. Two statements; none where nobody is called, one more to say what is wrong."""
    typed = list(_typed(text))
    if not typed:
        return Mentions(text)
    names = {name for one in typed for _, name in one.may_be}
    seeing = _named(onlookers.of(run))
    found: dict[str, list[str]] = {}
    for person in seeing.filter(Q(low__in=names) | Q(full__in=names)):
        for name in {person.low, person.full}:
            found.setdefault(name, []).append(person.username)
    crowds = Group.objects.filter(name__in=names, pk__in=run.version.role_groups.values("pk"))
    for group in crowds.annotate(size=Count("user", filter=Q(user__is_active=True))):
        if group.size > MOST_OF_A_GROUP:
            says = f"@{group.name} is more than {MOST_OF_A_GROUP} people: name those whom you mean."
            return Mentions(text, says)
        found.setdefault(group.name, []).append(group.name)
    return _replaced(text, typed, found, run)


def _replaced(text: str, typed: list[_Typed], found: dict[str, list[str]], run: Run) -> Mentions:
    written, last, called = [], 0, set()
    for one in typed:
        match = next(((size, found[name]) for size, name in one.may_be if name in found), None)
        if match is None:
            if one.shortest[0].isdecimal():
                continue  # `@10:00` is a time
            return Mentions(text, _nobody(one.shortest, run))
        size, who = match
        if len(who) > 1:
            ways = " or ".join(f"@{username}" for username in sorted(who))
            name = text[one.start : one.start + size]
            return Mentions(text, f"Several people who can see this run are called {name}: write {ways}.")
        written += [text[last : one.start], who[0]]
        last = one.start + size
        called.add(who[0])
    if len(called) > MOST:
        return Mentions(text, f"A comment can mention at most {MOST} people or roles, and this one has {len(called)}.")
    return Mentions("".join([*written, text[last:]]))


def _typed(text: str) -> Iterator[_Typed]:
    for at in _AT.finditer(text):
        match = _WORDS.match(text, at.end())
        assert match is not None, "an @ stands before a word"
        words, may_be = match[0].split(" "), []
        for count in range(len(words), 0, -1):
            whole = " ".join(words[:count])
            for name in dict.fromkeys((whole, whole.rstrip(".+'’@-"), re.sub(r"['’]s$", "", whole))):
                may_be.append((len(name), name.lower()))
        yield _Typed(at.end(), tuple(may_be))


def _named(people: QuerySet[Person]) -> QuerySet[Person]:
    full = Lower(Trim(Concat("first_name", Value(" "), "last_name")))
    return people.annotate(low=Lower("username"), full=full)


def _nobody(name: str, run: Run) -> str:
    """Say that nobody is called so, absent and unseeing alike, and who was perhaps meant."""
    people = onlookers.of(run).order_by("username").only("username", "first_name", "last_name")[:COMPARED]
    known = {key.lower(): str(person) for person in people for key in (person.username, person.first_name, str(person))}
    near = nearest(name, known)
    hint = f" Did you mean @{known[near]}?" if near else ""
    meant = "Where nobody is meant, put a space after the @."
    return f"Nobody who can see this run is called @{name}.{hint} {meant}"


def suggest(run: Run, typed: str, without: Person, most: int = 8) -> list[Person]:
    """Return people who may see the run and whose name begins so, the first in the alphabet. One statement."""
    typed = " ".join(typed.lower().split())[:50]
    begins = Q(low__startswith=typed) | Q(full__startswith=typed) | Q(last_name__istartswith=typed)
    people = _named(onlookers.of(run)).filter(begins).exclude(pk=without.pk)
    return list(people.order_by("first_name", "last_name", "pk")[:most])


def spelt(person: Person, among: Sequence[Person]) -> str:
    """Return what is written after the `@`: the full name, or the username where that would not be understood."""
    name = str(person)
    is_plain = _WORDS.fullmatch(name) is not None and sum(str(other) == name for other in among) == 1
    return name if is_plain else person.username


def kept(text: str) -> frozenset[str]:
    """Return whom a kept comment calls in, people and groups, by name."""
    return frozenset(KEPT.findall(text))
