"""What would follow if an act were done now: the very machine and directory, in memory, and nothing is written.

Takes runs with the events somebody might send, leaves for each the story that would be, or the refusal in words. What
is told to whom is asked of `runs.notices` as it would be written. One thing is left open: whom a playbook picks out of
a role, as others may be picked before.

A trial is never a licence: `runs.apply` asks everything again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.machine.commands import NeedRoster, Refusal
from engine.machine.events import Event, Roster
from engine.machine.state import State
from runs import directory, wording
from runs.clock import Clock, database_clock
from runs.models import Run
from runs.notices import audience, news
from runs.notices.news import News
from runs.story import Story
from runs.wording import Said


@dataclass(frozen=True)
class Asked:
    """An event that is only tried. `state` is the run's, where it has been read already."""

    run: Run
    event: Event
    state: State | None = None


@dataclass(frozen=True)
class Trial:
    """`story` is what would be, `told` the news with the full names of whom each would be told; or the refusal."""

    story: Story
    refusal: Refusal | None = None
    told: tuple[tuple[News, tuple[str, ...]], ...] = ()


def attempt(asked: Sequence[Asked], clock: Clock = database_clock) -> list[Trial]:
    """Try each of these apart from the others. A fixed number of statements but for rosters: two a round of them.

    Each `run` comes with its unit. Definitions are remembered by digest.
    """
    if not asked:
        return []
    now = clock()
    stories = [Story.of(one.run, one.state) for one in asked]
    refusals = _take(asked, stories, now)
    found = [news.of([story]) if refusal is None else [] for story, refusal in zip(stories, refusals, strict=True)]
    names = iter(audience.told([one for many in found for one in many], now))
    told = [tuple((one, next(names)) for one in many) for many in found]
    return [Trial(*one) for one in zip(stories, _worded(asked, stories, refusals), told, strict=True)]


def _take(asked: Sequence[Asked], stories: Sequence[Story], now: datetime) -> list[Refusal | None]:
    """Let the machine decide each event, and answer what it asks of the directory."""
    people = _people(asked, stories, now)
    refusals: list[Refusal | None] = []
    wanting: list[tuple[Story, NeedRoster]] = []
    for one, story in zip(asked, stories, strict=True):
        event, state = one.event, story.state
        visit, others = directory.visit_of(state, event), directory.others_of(event)
        facts = people.facts(story.definition, story.unit_path, state, event.actor, visit, others)
        event = directory.meant(story.definition, state, replace(event, at=now, facts=facts))
        outcome = story.attempt(event)
        refusals.append(outcome if isinstance(outcome, Refusal) else None)
        if not isinstance(outcome, Refusal):
            wanting += [(story, need) for need in outcome.commands if isinstance(need, NeedRoster)]
    while wanting:
        found = directory.people_of((story.definition, name) for story, need in wanting for name in need.names)
        rosters, wanting = wanting, []
        for story, need in rosters:
            means = {name: found[story.definition.digest, name] for name in need.names}
            step = story.attempt(Roster(at=now, visit=need.visit, people=means, rung=need.rung))
            if not isinstance(step, Refusal):
                wanting += [(story, more) for more in step.commands if isinstance(more, NeedRoster)]
    return refusals


def _people(asked: Sequence[Asked], stories: Sequence[Story], now: datetime) -> directory.Directory:
    names = {one.event.actor for one in asked}
    for one, story in zip(asked, stories, strict=True):
        names |= {*directory.others_of(one.event)}
        names |= {*directory.voters_of(story.state, directory.visit_of(story.state, one.event))}
    return directory.look_up(names, {one.event.actor for one in asked}, now)


def _worded(
    asked: Sequence[Asked], stories: Sequence[Story], refusals: Sequence[Refusal | None]
) -> list[Refusal | None]:
    said = [
        Said(story.definition, story.before, refusal, directory.others_of(one.event))
        for one, story, refusal in zip(asked, stories, refusals, strict=True)
        if refusal is not None and story.before is not None
    ]
    worded = iter(wording.each_in_words(said))
    return [None if refusal is None else next(worded) for refusal in refusals]
