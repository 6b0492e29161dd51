"""Play stories through the real verbs, in the order of time, with the clock set to when they happened.

Between two acts everything that has fallen due is done as the clock and the workers do it: claimed,
fired or performed, delivered. So the log is what it would have been.
"""

from __future__ import annotations

import heapq
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from dashboards.demo import papers
from dashboards.demo.hours import at_work
from dashboards.demo.script import Act, Claim, Comment, Complete, Operate, Signal, Story, Tick, Vote
from engine.attachments import Attachment
from engine.definition import TaskSpec
from engine.lifecycles import VISIT_OPEN, VersionStatus, WorkStatus
from engine.machine import scopes
from engine.machine.commands import Refusal
from runs import claim, comment, complete, definitions, files, openings, operate, outbox, start, tick, vote
from runs.models import Run, Step, Work
from runs.outcomes import is_accepted
from runs.providers import PROVIDERS
from runs.work.claims import claim as claim_work
from runs.work.perform import Done, at_once, attempt, deliver
from workflows.models import Person, Version


class ScriptBroken(Exception):
    """A verb refused what a story of the demo does: the story and the playbook do not fit."""


@dataclass(order=True)
class Cue:
    """When the next act of a run is to happen. `turn` keeps the order of cues at one instant."""

    at: datetime
    turn: int
    performance: Performance = field(compare=False)


@dataclass
class Performance:
    """A story under way: its run, and how many of its acts are done."""

    story: Story
    run: UUID | None = None
    done: int = 0
    last_at: datetime | None = None

    @property
    def act(self) -> Act | None:
        return self.story.acts[self.done] if self.done < len(self.story.acts) else None


class Stage:
    """`now` ends the play: what would happen later is left to the real clock and to real people."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.time = now
        self._cues: list[Cue] = []
        self._turn = 0
        self._performances: dict[UUID, Performance] = {}
        self._random = random.Random(1871)
        self._versions = {
            version.artifact.slug: version
            for version in Version.objects.filter(status=VersionStatus.PUBLISHED).select_related("artifact__unit")
        }
        self._people = {person.username: person for person in Person.objects.all()}

    def play(self, stories: list[Story]) -> list[UUID]:
        """Play them all, and return the run that each began."""
        performances = [Performance(story) for story in stories]
        for performance in performances:
            self._cue(performance.story.at, performance)
        # what falls due in the last seconds is left for the workers, so that a visitor sees something move
        while (upto := self._next_cue()) or self._is_due(self.now - timedelta(seconds=20)):
            if self._is_due(upto.at if upto else self.now - timedelta(seconds=20)):
                self._work()
            elif upto:
                heapq.heappop(self._cues)
                self._perform(upto)
        return [performance.run for performance in performances if performance.run is not None]

    def _cue(self, at: datetime, performance: Performance) -> None:
        self._turn += 1
        heapq.heappush(self._cues, Cue(at, self._turn, performance))

    def _next_cue(self) -> Cue | None:
        return self._cues[0] if self._cues and self._cues[0].at <= self.now else None

    def _clock(self) -> datetime:
        return self.time

    # what the clock and the workers do

    def _is_due(self, upto: datetime) -> bool:
        due = Work.objects.filter(status=WorkStatus.READY.value).order_by("due_at", "pk")
        self._due_at = due.values_list("due_at", flat=True).first()
        return self._due_at is not None and self._due_at <= upto

    def _work(self) -> None:
        assert self._due_at is not None
        self.time = self._due_at
        for work in claim_work(1, sorted(PROVIDERS)):
            done = at_once(work)
            if done is None:
                perform = outbox.load(work.payload)
                done = Done(work, attempt(perform, perform.timeout_seconds))
                self.time += timedelta(seconds=self._random.uniform(0.3, 2.5))
            deliver([done], self._clock)
            concerned = self._performance_of(work.run_id)
            if concerned is not None:
                self._await(concerned)

    def _performance_of(self, run: UUID | None) -> Performance | None:
        """Return the story that this run belongs to, its own or that of the run which called it."""
        while run is not None and run not in self._performances:
            run = Run.objects.values_list("parent", flat=True).get(pk=run)
        return self._performances.get(run) if run else None

    # what people do

    def _perform(self, cue: Cue) -> None:
        self.time, performance = cue.at, cue.performance
        if performance.run is None:
            self._start(performance)
        else:
            act = performance.act
            step = _open_step(performance.run, act.step) if act and act.step else None
            if act is None or (act.step and step is None):
                return self._await(performance)
            self._do(step.run_id if step else performance.run, act, step)
            performance.done += 1
        performance.last_at = self.time
        self._await(performance)

    def _start(self, performance: Performance) -> None:
        story = performance.story
        answer = start.start(self._versions[story.playbook], self._people[story.by], story.inputs, clock=self._clock)
        if not is_accepted(answer):
            raise ScriptBroken(f"{story.playbook} by {story.by}: {answer}")
        performance.run = answer.run_id
        self._performances[answer.run_id] = performance

    def _await(self, performance: Performance) -> None:
        """Put the next act on the list as soon as its step is open; until then it waits for the next event."""
        act, run = performance.act, performance.run
        if act is None or run is None or any(cue.performance is performance for cue in self._cues):
            return
        opened_at = performance.last_at or performance.story.at
        if act.step:
            step = _open_step(run, act.step)
            if step is None:
                return
            opened_at = max(opened_at, step.opened_at)
        if act.ago is not None:
            at = self.now - act.ago
        else:
            at = opened_at + act.after
            at = at_work(at) if performance.story.office_hours else at
        self._cue(max(at, opened_at), performance)

    def _do(self, run_id: UUID, act: Act, step: Step | None) -> None:
        run, person = Run.objects.get(pk=run_id), self._people[act.by]
        visit = step.number if step else 0
        answer: object
        match act:
            case Complete():
                assert step is not None
                self._tick(run, step, person)
                kept = self._papers(run, step, person, act.papers)
                answer = complete.complete(run, visit, person, act.form, act.outcome, files=kept, clock=self._clock)
            case Tick():
                assert step is not None
                self._tick(run, step, person, act.count)
                return
            case Claim():
                answer = claim.claim(run, visit, person, clock=self._clock)
            case Vote():
                assert step is not None
                digest = step.gate.digest
                openings.note(step, person, digest, clock=lambda: self._read_at(run, step))
                answer = vote.vote(
                    run,
                    visit,
                    person,
                    act.choice,
                    act.comment,
                    digest,
                    on_behalf_of=act.on_behalf_of,
                    evidence=tuple(Attachment(link) for link in act.links),
                    reauthenticated=True,
                    clock=self._clock,
                )
            case Comment():
                answer = comment.comment(run, person, act.text, visit or None, clock=self._clock)
            case Signal():
                said = json.dumps(act.data)
                answer = operate.signal(run, person, act.name, said, act.reason, clock=self._clock)
            case Operate(verb="rollback"):
                answer = operate.rollback(run, person, act.reason, clock=self._clock)
            case Operate(verb="cancel"):
                answer = operate.cancel(run, person, act.reason, clock=self._clock)
            case Operate(verb="pause"):
                answer = operate.pause(run, person, act.reason, clock=self._clock)
            case Operate(verb="retry"):
                answer = operate.retry(run, visit, person, act.reason, clock=self._clock)
            case Operate():
                answer = operate.skip(run, visit, person, act.reason, clock=self._clock)
            case _:
                raise ScriptBroken(f"nobody knows how to {act}")
        if not is_accepted(answer):
            raise ScriptBroken(f"{run}: {act}: {answer}")

    def _papers(self, run: Run, step: Step, person: Person, wanted: Mapping[str, str]) -> tuple[Attachment, ...]:
        """Keep these files for the person, as an upload at this step does."""
        kept = [files.keep(papers.paper(name, says), person, run, step, self._clock) for name, says in wanted.items()]
        if wrong := next((one for one in kept if isinstance(one, Refusal)), None):
            raise ScriptBroken(f"{run}: {wrong.sentence}")
        return tuple(one.attachment for one in kept if not isinstance(one, Refusal))

    def _read_at(self, run: Run, step: Step) -> datetime:
        """When whoever votes now began to read: minutes ago as a rule, now and then just now."""
        minutes = (run.number * 7 + step.number * 3) % 19
        return max(step.opened_at, self.time - (timedelta(minutes=minutes) or timedelta(seconds=5)))

    def _tick(self, run: Run, step: Step, person: Person, count: int | None = None) -> None:
        does = step.spec_in(definitions.of(run)).does
        assert isinstance(does, TaskSpec)
        for item in does.checklist[:count]:
            answer = tick.tick(step, item, person, True, clock=self._clock)
            if answer is not True:
                raise ScriptBroken(f"{run}: ticking {item}: {answer}")


_ADDRESS = re.compile(r"(?P<name>[^\[.]+)(?P<indices>(?:\[\d+\])*)(?P<undo>\.undo)?")


def _open_step(run: UUID, address: str) -> Step | None:
    """Return the open visit at this address, in the run or in one that it called."""
    call, _, further = address.partition("/")
    read = _ADDRESS.fullmatch(call)
    if read is None:
        raise ScriptBroken(f"nobody finds {address}")
    still_open = [status.value for status in VISIT_OPEN]
    steps = Step.objects.filter(run=run, name=read["name"], undoes__isnull=not read["undo"], status__in=still_open)
    found = next((one for one in steps.select_related("run") if scopes.indices(one.scope) == read["indices"]), None)
    if found is None or not further:
        return found
    child = Run.objects.filter(parent=run, parent_visit=found.number).order_by("number").last()
    return _open_step(child.pk, further) if child else None
