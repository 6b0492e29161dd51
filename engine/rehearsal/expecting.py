"""What a scenario expects, compared with what is: one function a key of `expect`.

Lists are exact, in any order but for `path`; keys that are not named are not checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import documents, durations, values
from engine.documents import Node, Scalar
from engine.expressions import EvaluationError, Evaluator
from engine.language.verbs import Act
from engine.lifecycles import RunStatus
from engine.machine import knowledge, ladder
from engine.machine.state import Visit
from engine.rehearsal.failures import Failure
from engine.rehearsal.world import World


def check(world: World, act: Act) -> tuple[Failure, ...]:
    """Return one failure for each key that does not hold. The reminders counted begin anew after it."""
    failures: list[Failure] = []
    for key, wanted in act.says.items():
        for name, expected, found in _KEYS[key](world, wanted):
            failures.append(Failure(act.place_of(key), f"`{name}` is not as expected.", expected, found))
    world.reminded()
    return tuple(failures)


Difference = tuple[str, Any, Any]


def _exact(name: str, expected: Iterable[str], found: Iterable[str]) -> list[Difference]:
    wanted, there = sorted(expected), sorted(found)
    return [] if wanted == there else [(name, wanted, there)]


def _run(world: World, wanted: str) -> list[Difference]:
    found = world.main.current.status.value
    return [] if found == wanted else [("run", wanted, found)]


def _paused(world: World, wanted: bool) -> list[Difference]:
    found = world.main.current.paused
    return [] if found is wanted else [("paused", wanted, found)]


def _queued(world: World, wanted: bool) -> list[Difference]:
    found = any(play.current.status is RunStatus.QUEUED for play in world.plays)
    return [] if found is wanted else [("queued", wanted, found)]


def _open(world: World, wanted: tuple[str, ...]) -> list[Difference]:
    return _exact("open", wanted, (address for address, _, visit in world.visits() if _waits(visit)))


def _waits(visit: Visit) -> bool:
    """Whether a visit itself waits for somebody or something, rather than for what stands in it."""
    holds_others = visit.region is not None or visit.called is not None
    return not holds_others or visit.incident is not None


def _done(world: World, wanted: tuple[str, ...]) -> list[Difference]:
    return _exact("done", wanted, set(world.path))


def _path(world: World, wanted: tuple[str, ...]) -> list[Difference]:
    return [] if list(wanted) == world.path else [("path", list(wanted), list(world.path))]


def _data(world: World, wanted: Mapping[str, Node]) -> list[Difference]:
    """Evaluate each expression now and compare what it gives."""
    found: list[Difference] = []
    for source, node in wanted.items():
        try:
            value = _evaluate(world, source)
        except EvaluationError as error:
            found.append((source, documents.plain(node), f"[{error}]"))
            continue
        if not same(node, value):
            found.append((source, documents.plain(node), written(value)))
    return found


def _evaluate(world: World, source: str) -> Any:
    play = world.main
    return Evaluator.of(play.definition).value(source, knowledge.scope(play.current, world.now))


def _unset(world: World, wanted: tuple[str, ...]) -> list[Difference]:
    found: list[Difference] = []
    for name in wanted:
        try:
            if _evaluate(world, f"has({name})"):
                found.append((name, "unset", "set"))
        except EvaluationError as error:
            found.append((name, "unset", f"[{error}]"))
    return found


def _reminded(world: World, wanted: tuple[str, ...]) -> list[Difference]:
    return _exact("reminded", wanted, world.reminded())


def _overdue(world: World, wanted: tuple[str, ...]) -> list[Difference]:
    return _exact("overdue", wanted, (address for address, _, visit in world.visits() if visit.overdue))


def _incidents(world: World, wanted: tuple[Mapping[str, str], ...]) -> list[Difference]:
    there = [
        {"step": address, "code": visit.incident.code}
        for address, _, visit in world.visits()
        if visit.incident is not None
    ]
    return _listed("incidents", wanted, there)


def _future(world: World, wanted: tuple[Mapping[str, str], ...]) -> list[Difference]:
    """Compare what is to come; `what` is the kind, or the kind with whom or where to (`remind pending`)."""
    coming = [(play, one) for play in world.plays for one in ladder.future(play.definition, play.current)]
    there = [
        {"step": world.address(play, one.visit), "what": str(one), "at": one.at.isoformat()} for play, one in coming
    ]
    return _listed("future", wanted, there)


def _listed(name: str, wanted: Iterable[Mapping[str, str]], there: list[dict[str, str]]) -> list[Difference]:
    """Pair each expected entry with one that fits; an entry that says less fits more, so it is paired later."""
    left = list(there)
    for entry in sorted(wanted, key=lambda entry: -len(entry)):
        match = next((found for found in left if all(_fits(key, entry[key], found[key]) for key in entry)), None)
        if match is None:
            return [(name, [dict(one) for one in wanted], there)]
        left.remove(match)
    return [(name, [dict(one) for one in wanted], there)] if left else []


def _fits(key: str, wanted: str, found: str) -> bool:
    if key == "at":
        return _moment(wanted) == datetime.fromisoformat(found)
    return wanted == found or (key == "what" and wanted == found.split(" ")[0])


def _outputs(world: World, wanted: Mapping[str, Node]) -> list[Difference]:
    found: list[Difference] = []
    for name, node in wanted.items():
        value = values.decode(world.main.current.outputs.get(name))
        if not same(node, value):
            found.append((f"outputs.{name}", documents.plain(node), written(value)))
    return found


def same(node: Node, value: Any) -> bool:
    """Tell whether what a scenario writes means this value: times and durations as texts, `null` for unset."""
    if isinstance(node, documents.Mapping):
        given = {entry.key: entry.value for entry in node.entries}
        return (
            isinstance(value, Mapping)
            and Counter(given.keys()) == Counter(value.keys())
            and all(same(inner, value[key]) for key, inner in given.items())
        )
    if isinstance(node, documents.Sequence):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(node.items)
            and all(same(inner, item) for inner, item in zip(node.items, value, strict=True))
        )
    return _same_scalar(node, value)


def _same_scalar(node: Scalar, value: Any) -> bool:
    if isinstance(value, str):
        return node.text == value
    if isinstance(value, datetime):
        return _moment(node.text) == value
    if isinstance(value, timedelta):
        try:
            return durations.parse(node.text) == value
        except ValueError:
            return False
    if isinstance(value, bool) or isinstance(node.value, bool):
        return node.value is value
    return bool(node.value == value)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def written(value: Any) -> Any:
    """Write a value as a scenario would, for the report of a failure."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return durations.write(value)
    if isinstance(value, Mapping):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return value


_KEYS: Mapping[str, Callable[[World, Any], list[Difference]]] = {
    "run": _run,
    "paused": _paused,
    "queued": _queued,
    "open": _open,
    "done": _done,
    "path": _path,
    "data": _data,
    "unset": _unset,
    "reminded": _reminded,
    "overdue": _overdue,
    "incidents": _incidents,
    "future": _future,
    "outputs": _outputs,
}
