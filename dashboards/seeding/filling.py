"""Fill the database with so many runs, older ones first, in chunks of one transaction each."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from dashboards.demo import organisation
from dashboards.seeding import shelf
from dashboards.seeding.moulds import Copy, Mould
from dashboards.seeding.rows import insert, next_keys, settle, unchecked
from dashboards.seeding.samples import TABLES, Known, play
from dashboards.seeding.stories import WORDS
from runs.numbers import next_numbers
from workflows.writing import writing

#: Runs in one transaction: nobody waits longer than for these.
CHUNK = 1_000
#: How many samples of each kind there are.
VARIANTS = 3
#: Leases of what is in hand end within this, and none of them soon.
LEASES = (timedelta(hours=1), timedelta(days=7))


class Planned(NamedTuple):
    """A copy to be made: when it began, how far that is from its sample, and which mould it is cast from."""

    began_at: datetime
    shift: timedelta
    mould: int


def prepare(count: int, seed: int, now: datetime) -> list[Mould]:
    """Have the people and playbooks there, and return what so many runs are cast from."""
    began = now - timedelta(days=400)
    organisation.found(began)
    organisation.employ(organisation.AUDITOR, began)
    list(shelf.stock(began))
    keys = Known.here().keys()
    return [Mould(sample, now, keys) for sample in play(now, VARIANTS if count >= CHUNK else 1, seed)]


def fill(moulds: Sequence[Mould], count: int, share_open: float, seed: int, now: datetime) -> Iterator[int]:
    """Write so many runs, about this share of them open, and give how many there are after each transaction."""
    chance = random.Random(seed)
    plan = sorted(_planned(moulds, count, share_open, chance))
    done = 0
    with unchecked():
        for chunk in _chunks(plan, moulds):
            with writing():
                done += _write(chunk, moulds, now, chance)
            yield done
        settle(TABLES)


def _planned(moulds: Sequence[Mould], count: int, share_open: float, chance: random.Random) -> Iterator[Planned]:
    """Choose what is cast, and when: one of each kind, then by their weights, until the count is reached."""
    left = {True: round(count * share_open)}
    left[False] = count - left[True]
    for is_open, wanted in left.items():
        of_these = [nth for nth, mould in enumerate(moulds) if mould.is_open is is_open]
        kinds = Counter(moulds[nth].kind for nth in of_these)
        weights = [moulds[nth].kind.weight / kinds[moulds[nth].kind] for nth in of_these]
        first = {moulds[nth].kind: nth for nth in of_these}
        chosen = [*first.values(), *chance.choices(of_these, weights, k=wanted)]
        single = [nth for nth in of_these if moulds[nth].size == 1]
        for nth in chosen:
            if wanted <= 0:
                break
            nth = nth if moulds[nth].size <= wanted else chance.choice(single)
            wanted -= moulds[nth].size
            mould = moulds[nth]
            span = (mould.latest - mould.earliest).total_seconds()
            shift = mould.earliest + timedelta(seconds=int(chance.random() * span))
            yield Planned(mould.began_at + shift, shift, nth)


def _chunks(plan: Sequence[Planned], moulds: Sequence[Mould]) -> Iterator[list[Planned]]:
    chunk: list[Planned] = []
    size = 0
    for one in plan:
        chunk.append(one)
        size += moulds[one.mould].size
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _write(chunk: Sequence[Planned], moulds: Sequence[Mould], now: datetime, chance: random.Random) -> int:
    """Write the runs of one transaction; return how many they are."""
    used = [moulds[one.mould] for one in chunk]
    size = sum(mould.size for mould in used)
    numbers = iter(next_numbers(size))
    keys = {table: iter(next_keys(table, sum(mould.counts[table] for mould in used))) for table in used[0].counts}
    rows = {table: [] for table in TABLES}
    for one, mould in zip(chunk, used, strict=True):
        words = WORDS[mould.playbook]
        copy = Copy(
            run=_run_id(one.began_at),
            shift=one.shift,
            words=(chance.choice(words[0]), chance.choice(words[1])),
            numbers=[next(numbers) for _ in range(mould.size)],
            keys={table: [next(keys[table]) for _ in range(number)] for table, number in mould.counts.items()},
            lease_until=now + LEASES[0] + chance.random() * (LEASES[1] - LEASES[0]),
        )
        for table, made in mould.cast(copy).items():
            rows[table] += made
    for table in TABLES:
        insert(table, rows[table])
    return size


def _run_id(began_at: datetime) -> UUID:
    """Return an id that begins with the time (RFC 9562 §5.7), so that indexes grow at one end; the seed has no part."""
    stamp = int(began_at.timestamp() * 1000) << 80
    return UUID(int=stamp | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62))
