"""How runs begin without a person: by a schedule, each of its times once, or by a webhook.

Rows (`runs.models.Trigger`) follow the published versions: a new version takes its playbook's schedules over where
they stand, one that is published no more starts nothing. A run begins in the name of whoever published the version,
with that person's rights (semantics, Children). A time counts as done in the transaction that starts its run, so two
clocks start it once; one that starts none is noted in the row, shown with the playbook and in the admin, and logged.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog
from django.db import OperationalError

from engine import schedules, triggers
from engine.definition import Definition, Schedule, Webhook
from engine.lifecycles import VersionStatus
from engine.machine.commands import Refusal
from engine.triggers import NotGiven
from engine.values import Json
from runs import definitions, start
from runs.apply import BATCH, Tick
from runs.clock import Clock, database_clock
from runs.models import Trigger
from runs.outcomes import Accepted, Answer, FieldErrors, is_accepted
from workflows import rolling_out
from workflows.models import Artifact, Version
from workflows.writing import writing

log = structlog.get_logger()

NOBODY = "Nobody published this version in their own name, and a run needs somebody who starts it: publish it again."


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of one trigger: its row, and what its start was answered."""

    trigger: Trigger
    answer: Answer


def follow_and_fire(clock: Clock = database_clock) -> int:
    """Start what the schedules of published playbooks start now; return how many runs that were."""
    follow(clock)
    now = clock()
    due = Trigger.objects.filter(next_at__lte=now).order_by("next_at", "pk")
    due = due.select_related("version__artifact__unit", "version__published_by")
    return sum(_fire(trigger, now, clock) for trigger in due[:BATCH])


def fire_webhook(name: str, payload: Json, key: str | None = None, clock: Clock = database_clock) -> tuple[Fired, ...]:
    """Start a run of every published playbook that this webhook triggers; none where there is no such webhook.

    `payload` is what was sent. A repeated key gives the runs of the first time.
    """
    follow(clock)
    called = Trigger.objects.filter(kind=Trigger.Kind.WEBHOOK, name=name, version__status=VersionStatus.PUBLISHED)
    found = []
    for trigger in called.select_related("version__artifact__unit", "version__published_by"):
        webhook = webhooks_of(definitions.of_version(trigger.version)).get(name)
        if webhook is not None:
            found.append(Fired(trigger, _call(trigger, webhook, {} if payload is None else payload, key, clock)))
    return tuple(found)


def schedules_of(definition: Definition) -> dict[str, Schedule]:
    """Return the schedules by the names that their rows have."""
    return schedules.names(definition.schedules)


def webhooks_of(definition: Definition) -> dict[str, Webhook]:
    return {webhook.name: webhook for webhook in definition.webhooks}


# ---- the rows follow the versions


def follow(clock: Clock = database_clock) -> None:
    """Let the rows be those of the versions that are published now. Two statements where nothing has changed."""
    published = Version.objects.filter(status=VersionStatus.PUBLISHED, has_triggers=True)
    wanted, there = set(published.values_list("pk", flat=True)), set(Trigger.objects.values_list("version", flat=True))
    if wanted == there:
        return
    with writing():
        changed = Version.objects.filter(pk__in=wanted ^ there)
        artifacts = set(changed.values_list("artifact", flat=True))
        # publishing locks the same row, so no version changes meanwhile
        list(Artifact.objects.select_for_update(no_key=True).filter(pk__in=artifacts).order_by("pk"))
        kept = []
        for version in published.filter(artifact__in=artifacts):
            kept += _rows(version, clock())
        Trigger.objects.filter(artifact__in=artifacts).exclude(pk__in=kept).delete()


def _rows(version: Version, now: datetime) -> list[int]:
    """Write the rows of one published version; return their keys."""
    definition, kept = definitions.of_version(version), []
    begin = version.published_at or now
    named: list[tuple[str, str, Schedule | None]] = [
        *((Trigger.Kind.SCHEDULE, name, schedule) for name, schedule in schedules_of(definition).items()),
        *((Trigger.Kind.WEBHOOK, name, None) for name in webhooks_of(definition)),
    ]
    for kind, name, schedule in named:
        row, _ = Trigger.objects.get_or_create(
            artifact_id=version.artifact_id,
            kind=kind,
            name=name[:300],
            defaults={"version": version, "done_at": begin},
        )
        next_at = schedules.after(schedule, row.done_at) if schedule else None
        Trigger.objects.filter(pk=row.pk).update(version=version, next_at=next_at)
        kept.append(row.pk)
    return kept


# ---- schedules


def _fire(trigger: Trigger, now: datetime, clock: Clock) -> int:
    """Start what is due of one schedule; return how many runs that were."""
    schedule = schedules_of(definitions.of_version(trigger.version)).get(trigger.name)
    if schedule is None:
        return 0
    ticks, done = schedules.due(schedule, trigger.done_at, now)
    if not ticks:
        _done(trigger, trigger.done_at, done, schedules.after(schedule, done))
        return 0
    before, count = trigger.done_at, 0
    for tick in ticks:
        about = Tick(trigger.pk, before, tick, schedules.after(schedule, tick))
        answer = _start(trigger, schedule, about, clock)
        before = tick
        if is_accepted(answer):
            count += 1
        else:
            _done(trigger, about.before, tick, about.next_at, why(trigger, answer), clock)
    return count


def _start(trigger: Trigger, schedule: Schedule, tick: Tick, clock: Clock) -> Answer:
    key = f"schedule:{trigger.pk}:{tick.after.isoformat()}"
    try:
        version = _version(trigger, key)
        schedule = schedules_of(definitions.of_version(version)).get(trigger.name, schedule)
        return _begin(trigger, version, triggers.of_schedule(schedule, tick.after), key, clock, tick)
    except NotGiven as fault:
        return Refusal("not-open", str(fault))
    except OperationalError:
        raise  # the database is away, which is no fault of the schedule: the next sweep tries again
    except Exception as fault:
        log.exception("schedule_failed", trigger=trigger.pk)
        return Refusal("not-open", f"{type(fault).__name__}; the server's log says more.")


def _done(
    trigger: Trigger,
    before: datetime,
    after: datetime,
    next_at: datetime | None,
    failure: str = "",
    clock: Clock = database_clock,
) -> None:
    """Count this time as done without a run, unless somebody else has been faster."""
    changed: dict[str, object] = {"done_at": after, "next_at": next_at}
    if failure:
        changed |= {"failed_at": clock(), "failure": failure}
    with writing():
        is_first = Trigger.objects.filter(pk=trigger.pk, done_at=before).update(**changed)
    if is_first and failure:
        log.warning("trigger_failed", trigger=str(trigger), due=after.isoformat(), says=failure)


# ---- webhooks


def _call(trigger: Trigger, webhook: Webhook, payload: Json, key: str | None, clock: Clock) -> Answer:
    now = clock()
    own = f"webhook:{hashlib.sha256(f'{trigger.pk}:{key}'.encode()).hexdigest()}" if key else None
    answer: Answer
    try:
        version = _version(trigger, own or uuid4().hex)
        webhook = webhooks_of(definitions.of_version(version)).get(trigger.name, webhook)
        answer = _begin(trigger, version, triggers.of_webhook(webhook, now, payload), own, clock)
    except NotGiven as fault:
        answer = Refusal("not-open", str(fault))
    changed: dict[str, object]
    if isinstance(answer, Accepted):
        changed = {"fired_at": now, "last_run": answer.run_id, "failed_at": None, "failure": ""}
    else:
        changed = {"failed_at": now, "failure": why(trigger, answer)}
        log.warning("trigger_failed", trigger=str(trigger), says=changed["failure"])
    with writing():
        Trigger.objects.filter(pk=trigger.pk).update(**changed)
    return answer


# ---- both


def _version(trigger: Trigger, key: str) -> Version:
    """Return what this start takes: the trigger's version, or its pilot where that begins by itself in the same way."""
    published, person = trigger.version, trigger.version.published_by
    if person is None:
        return published
    version = rolling_out.version_for(published.artifact, person, key) or published
    definition = definitions.of_version(version)
    return version if trigger.name in {**schedules_of(definition), **webhooks_of(definition)} else published


def _begin(
    trigger: Trigger,
    version: Version,
    inputs: dict[str, Json],
    key: str | None,
    clock: Clock,
    tick: Tick | None = None,
) -> Answer:
    """Start a run in the name of whoever published the version."""
    person = trigger.version.published_by
    if person is None:
        return Refusal("not-in-role", NOBODY)
    return start.start(version, person, inputs, key=key, clock=clock, tick=tick, is_by_hand=False)


def why(trigger: Trigger, answer: Refusal | FieldErrors) -> str:
    """Say why no run began, for whoever keeps the playbook."""
    if isinstance(answer, FieldErrors):
        return " ".join(f"{name}: {message}" for name, message in answer.items())
    if answer.code in ("not-active", "not-in-role") and trigger.version.published_by:
        return f"It begins in the name of {trigger.version.published_by}, who published it: {answer.sentence}"
    return answer.sentence
