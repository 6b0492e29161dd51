"""One transaction of `runs.apply`: its runs locked, its events decided, and all that follows written.

Lock order is runs by primary key, then work, then triggers, plans, places, then files (guarantees 7.27).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import OuterRef, Subquery

from engine.machine.commands import Advance, NeedPick, NeedRoster, Refusal
from engine.machine.events import ENGINE, Admit, Claim, Complete, Event, Migrate, Pick, Roster, Start
from runs import absences, calls, directory, doorbell, guard, moving, outbox, overtaking, places, records, wording
from runs.attached import Attached
from runs.deliveries import Delivery
from runs.directory import Directory
from runs.models import Entry, Receipt, Refused, Run, Secret, Trigger, Work
from runs.outcomes import Accepted, Outcome, Stale
from runs.places import Places
from runs.serving import Serving
from runs.story import Story
from runs.turns import Turns
from workflows.models import Version

log = structlog.get_logger()

SENT_BY_ANOTHER = Refusal("field:key", "This form was sent by somebody else already: open it anew.")
Asked = tuple[Story, NeedRoster | NeedPick]


def _asked(story: Story, step: Advance) -> list[Asked]:
    """Return what this step asks of the directory."""
    return [(story, need) for need in step.commands if isinstance(need, NeedRoster | NeedPick)]


def _names(need: NeedRoster | NeedPick) -> tuple[str, ...]:
    return need.names if isinstance(need, NeedRoster) else (need.role,)


def _start_of(delivery: Delivery) -> Start | None:
    return delivery.event if isinstance(delivery.event, Start) else None


class Batch:
    """The deliveries of one transaction, their runs, and what came of them so far."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries = deliveries
        self.outcomes: list[Outcome | None] = [None] * len(deliveries)
        self.refused: list[Refused] = []
        self.receipts: list[Receipt] = []
        self.reports: list[Work] = []
        self.secrets: list[Secret] = []
        self.barred: dict[int, Refusal] = {}
        self.stories = self._open()
        self.turns = Turns(self.stories)
        self.held = self._hold_work()
        self.ticking = self._hold_triggers()
        asking = [(one.run_id, one.event) for one in deliveries if isinstance(one.event, Start | Admit)]
        self.serving = Serving(deliveries)
        self.places = Places(self.stories, asking)
        self.files = Attached(deliveries)
        self._repeat()
        self.barred = overtaking.refused(deliveries, self.outcomes, self.stories) | self.barred

    def _open(self) -> dict[UUID, Story]:
        wanted = {delivery.run_id for delivery in self.deliveries if delivery.version is None}
        above = [UUID(start.parent.run) for start in map(_start_of, self.deliveries) if start and start.parent]
        known = sorted(wanted.union(above))
        stories = {}
        if known:
            runs = Run.objects.select_for_update(of=("self",)).select_related("unit", "started_by")
            stories = {run.pk: Story.of(run) for run in runs.filter(pk__in=known).order_by("pk")}
            if len(stories) < len(known):
                raise Run.DoesNotExist(f"no run {set(known) - set(stories)}")
        for delivery in self.deliveries:
            if delivery.version is not None:
                stories[delivery.run_id] = Story.new(delivery.run_id, delivery.version, delivery.key)
        return stories

    def _hold_work(self) -> dict[int, int]:
        """Lock the work that is answered, after the runs (guarantees 7.27); return the token of what is leased."""
        wanted = [delivery.work[0] for delivery in self.deliveries if delivery.work]
        if not wanted:
            return {}
        rows = Work.objects.select_for_update().filter(pk__in=wanted, status="leased").order_by("pk")
        return dict(rows.values_list("pk", "token"))

    def _hold_triggers(self) -> dict[int, datetime]:
        """Lock the triggers that are due, after the work; return up to when each is done."""
        wanted = [delivery.tick.trigger for delivery in self.deliveries if delivery.tick]
        if not wanted:
            return {}
        rows = Trigger.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
        return dict(rows.values_list("pk", "done_at"))

    def _repeat(self) -> None:
        """Give repeats their first answer. Asked after the runs are locked, so a twin's receipt is seen."""
        keyed = {d.key for d in self.deliveries if d.key and d.version is None}
        seen: dict[tuple[UUID, str], tuple[UUID, int]] = {}
        owners: dict[tuple[UUID, int], str] = {}
        if keyed:
            by = Entry.objects.filter(run=OuterRef("run"), seq=OuterRef("seq")).values("actor")
            receipts = Receipt.objects.filter(run__in=list(self.stories), key__in=keyed).annotate(by=Subquery(by))
            for run, key, seq, actor in receipts.values_list("run", "key", "seq", "by"):
                seen[run, key], owners[run, seq] = (run, seq), actor
        starts = {d.key for d in self.deliveries if d.key and d.version is not None}
        started: dict[tuple[str, str | None], UUID] = {}
        if starts:
            rows = Run.objects.filter(start_key__in=starts).values_list("started_by__username", "start_key", "pk")
            started = {(person, key): run for person, key, run in rows}
        for index, delivery in enumerate(self.deliveries):
            if delivery.version is not None:
                run = started.get((delivery.event.actor, delivery.key))
                first = (run, 1) if run else None
            else:
                first = seen.get((delivery.run_id, delivery.key or ""))
            if first and owners.get(first, delivery.event.actor) != delivery.event.actor:
                self.barred[index] = SENT_BY_ANOTHER  # the first answer was somebody else's
            elif first:
                self.outcomes[index] = Accepted(*first, repeated=True)

    def waves(self, now: datetime) -> list[list[int]]:
        """Return the deliveries in rounds of at most one a run: rosters are answered between two events of a run."""
        rounds: list[list[int]] = []
        seen: dict[UUID, int] = {}
        for index, delivery in enumerate(self.deliveries):
            if self.outcomes[index] is not None:
                continue
            if refusal := self.barred.get(index):
                self.outcomes[index] = refusal
                self._refuse(self.stories[delivery.run_id], delivery.event, refusal, now)
                continue
            if delivery.work and self.held.get(delivery.work[0]) != delivery.work[1]:
                self._stale(index, delivery, now)
                continue
            if delivery.tick and self.ticking.get(delivery.tick.trigger) != delivery.tick.before:
                self.outcomes[index] = Stale(delivery.run_id)
                continue
            nth = seen.get(delivery.run_id, 0)
            seen[delivery.run_id] = nth + 1
            while len(rounds) <= nth:
                rounds.append([])
            rounds[nth].append(index)
        return rounds

    def deliver(self, wave: list[int], now: datetime) -> None:
        people = self._people(wave, now)
        wanting = []
        for index in wave:
            delivery, story = self.deliveries[index], self.stories[self.deliveries[index].run_id]
            visit = directory.visit_of(story.state, delivery.event)
            others = directory.others_of(delivery.event)
            facts = people.facts(story.definition, story.unit_path, story.state, delivery.event.actor, visit, others)
            facts = replace(facts, reauthenticated=delivery.reauthenticated)
            event = directory.meant(story.definition, story.state, replace(delivery.event, at=now, facts=facts))
            outcome = self._decide(story, event, delivery)
            if isinstance(outcome, Refusal):
                if story.state is not None and event.actor != ENGINE:
                    named = (*others, *facts.delegators)
                    outcome = wording.in_words(story.definition, story.state, outcome, named)
                self.outcomes[index] = outcome
                self._refuse(story, event, outcome, now)
                continue
            self.outcomes[index] = Accepted(story.run.pk, outcome.state.seq, outcome.moves)
            if delivery.key and delivery.version is None:
                self.receipts.append(Receipt(run=story.run, key=delivery.key, seq=outcome.state.seq))
            self.secrets += [
                Secret(run_id=story.run.pk, ref=ref, ciphertext=it) for ref, it in delivery.secrets.items()
            ]
            wanting += _asked(story, outcome)
        self._answer(wanting, now)

    def _people(self, wave: list[int], now: datetime) -> Directory:
        """Look up everybody concerned, and whose rights the actors may use at this instant.

        Where one does use another's right, or may, the delegation is held: it cannot be taken back before the act is
        written.
        """
        names, acting, hold = set(), set(), False
        for index in wave:
            event, story = self.deliveries[index].event, self.stories[self.deliveries[index].run_id]
            visit = directory.visit_of(story.state, event)
            names |= {event.actor, *directory.others_of(event), *directory.voters_of(story.state, visit)}
            acting |= {event.actor} if visit is not None else set()
            hold = hold or event.on_behalf_of is not None or isinstance(event, Claim | Complete)
        return directory.look_up(names, acting, now, hold)

    def _decide(self, story: Story, event: Event, delivery: Delivery) -> Advance | Refusal:
        if isinstance(event, Start) and delivery.version is not None:
            refusal = self._may_begin(event, delivery.version)
            if refusal is not None:
                return refusal
            event = replace(event, calls=calls.resolve(story.definition, event.actor, event.run))
        if isinstance(event, Start | Migrate):
            asked = self.places.ask(story, event) if isinstance(event, Start) else moving.prepared(story, event)
            if isinstance(asked, Refusal):
                return asked
            event = asked
        if isinstance(event, Admit) and (refusal := self.places.may_enter(story)):
            return refusal
        if refusal := self.files.refusal(event, story.run) or self.serving.refusal(delivery):
            return refusal
        outcome = story.take(event)
        if isinstance(outcome, Advance):
            self.files.take(event, story.run)
            if isinstance(event, Start | Admit):
                self.places.took(story)
        return outcome

    def _may_begin(self, event: Start, version: Version) -> Refusal | None:
        """Ask the guard about whoever starts a run; a called one is begun where its parent waits for it."""
        if event.parent is not None:
            return calls.awaited_by(self.stories[UUID(event.parent.run)].run, event)
        verdict = guard.may_start(event.actor, version)
        return None if verdict else Refusal(verdict.code, verdict.sentence)

    def _answer(self, wanting: list[Asked], now: datetime) -> None:
        """Deliver what the machine asked of the directory, and what it asks thereupon."""
        while wanting:
            people = directory.people_of((story.definition, name) for story, need in wanting for name in _names(need))
            asked, wanting = wanting, []
            for story, need in asked:
                means = {name: people[story.definition.digest, name] for name in _names(need)}
                event: Event
                if isinstance(need, NeedRoster):
                    event = Roster(at=now, visit=need.visit, people=means, rung=need.rung)
                else:
                    there = absences.present(means[need.role], now)
                    event = Pick(at=now, visit=need.visit, people=self.turns.loads(story, need, there))
                step = story.take(event)
                if isinstance(step, Advance):
                    self.turns.take(story, step.moves)
                    wanting += _asked(story, step)

    def _stale(self, index: int, delivery: Delivery, now: datetime) -> None:
        self.outcomes[index] = Stale(delivery.run_id)
        log.info("stale_result", run=str(delivery.run_id), work=delivery.work, act=delivery.event.kind)
        run = self.stories[delivery.run_id].run
        says = "A worker that had lost its lease delivered this too late."
        self.refused.append(
            Refused(at=now, person=ENGINE, act=delivery.event.kind, run=run, code="stale-result", sentence=says)
        )

    def _refuse(self, story: Story, event: Event, refusal: Refusal, now: datetime) -> None:
        if isinstance(event, Start) and event.parent is not None:
            self.reports.append(outbox.refused_row(event, refusal.sentence, now))
        if event.actor == ENGINE:
            return  # a timer that is gone, a result of an older attempt: ordinary
        number = getattr(event, "visit", None)
        visit = story.state.visits.get(number) if story.state and number is not None else None
        self.refused.append(
            Refused(
                at=now,
                person=event.actor,
                act=event.kind,
                run=story.run if story.state else None,
                step=visit.step if visit else "",
                code=refusal.code,
                sentence=refusal.sentence,
            )
        )

    def write(self) -> set[int]:
        """Write it all; return the playbooks where somebody may have to be let in."""
        answered = [
            delivery.work
            for delivery, outcome in zip(self.deliveries, self.outcomes, strict=True)
            if delivery.work and not isinstance(outcome, Stale) and self.held.get(delivery.work[0]) == delivery.work[1]
        ]
        changed = [story for story in self.stories.values() if story.entries]
        due = records.write(changed, answered, self.receipts, self.refused)
        if self.secrets:
            Secret.objects.bulk_create(self.secrets)
        self.files.write()
        self.serving.write(self.outcomes)
        if self.reports:
            Work.objects.bulk_create(self.reports, ignore_conflicts=True)
            due = True
        playbooks = places.write(changed)
        self._write_ticks()
        doorbell.after_commit([story.run.pk for story in changed], due=due)
        return playbooks

    def _write_ticks(self) -> None:
        for delivery, outcome in zip(self.deliveries, self.outcomes, strict=True):
            if delivery.tick and isinstance(outcome, Accepted):
                Trigger.objects.filter(pk=delivery.tick.trigger).update(
                    done_at=delivery.tick.after,
                    next_at=delivery.tick.next_at,
                    fired_at=delivery.tick.after,
                    last_run=outcome.run_id,
                    failed_at=None,
                    failure="",
                )
