"""The schemas, the readers and the reference know the same keys; whatever compiles is valid, and no other key is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine import documents, fields
from engine.compiler import Files, compile_text
from engine.language import schema
from engine.language.decision import NOT_IN_A_COLUMN
from engine.language.scenario import read_scenarios
from engine.language.section import Section
from engine.language.verbs import VERBS
from engine.tables import cells
from tests.engine.expected import FOLDER

ROOT = Path(__file__).parents[2]
REFERENCE = "".join(page.read_text() for page in sorted((ROOT / "docs" / "reference").glob("*.md")))

GOOD = [
    *sorted((ROOT / "workflows" / "library").glob("*/*.yaml")),
    *sorted((ROOT / "tests" / "scenarios").glob("*.yaml")),
    *sorted((FOLDER / "clean").glob("*.yaml")),
    *sorted(FOLDER.glob("*.yaml")),
]


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema.of(name))


def kind_of(document: Any) -> str:
    """The first key says what a document is; a head may also stand over several scenarios."""
    if "scenarios" in document or "scenario" in document:
        return "scenario"
    return next((name for name in schema.NAMES if name in document), "")


def texts() -> Iterator[tuple[str, str]]:
    """Every good document: of the library, of the tests, and as the pages of the documentation show them."""
    for file in GOOD:
        yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)):
            yield f"{page.name}, block {number}", block


def plain(text: str) -> Any:
    root = documents.parse(text).root
    return None if root is None else documents.plain(root)


#: So many mappings that look alike are tried.
ALIKE = 3

#: What a document has that is no piece of one.
BODY = {"playbook": ("steps", "extends"), "decision": ("rules",), "scenario": ("script", "scenarios")}
DOCUMENTS = [
    (name, text, kind)
    for name, text in texts()
    if isinstance(document := plain(text), dict)
    and (kind := kind_of(document))
    and any(key in document for key in BODY.get(kind, (kind,)))
]


def errors(kind: str, document: Any) -> list[str]:
    found = validator(kind).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


@pytest.mark.parametrize("name", schema.NAMES)
def test_it_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema.of(name))


def test_there_are_documents_of_every_kind() -> None:
    assert {kind for _, _, kind in DOCUMENTS} == set(schema.NAMES)
    assert len(DOCUMENTS) > 50


@pytest.mark.parametrize(("name", "text", "kind"), DOCUMENTS, ids=[name for name, _, _ in DOCUMENTS])
def test_whatever_is_good_is_valid(name: str, text: str, kind: str) -> None:
    assert errors(kind, plain(text)) == []


class Recorded:
    """What the readers asked: the mapping, and the keys that it may have."""

    def __init__(self) -> None:
        self.asked: list[tuple[documents.Mapping, frozenset[str]]] = []

    def read(self, text: str, kind: str) -> None:
        if kind == "scenario":
            read_scenarios(text)
        else:
            compile_text(text, parents=PARENTS)


PARENTS = Files(tuple((name, text) for name, text, kind in DOCUMENTS if kind == "playbook"))


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    found, only = Recorded(), Section.only

    def note(self: Section, known: Any, elsewhere: Any = None) -> None:
        keys = tuple(known)
        found.asked.append((self.node, frozenset(keys)))
        only(self, keys, elsewhere)

    monkeypatch.setattr(Section, "only", note)
    return found


#: Steps of each kind, so that the readers are asked about all their keys; what is wrong with them does not matter.
ALL_KINDS = """\
playbook: all-kinds
steps:
  - {id: a, task: {assign: {role: x, pick: round-robin}, form: {FIELDS}}, undo: {task: {assign: x}}, escalate: [{}]}
  - {id: b, gate: {}, undo: {action: x, retry: {}}}
  - {id: c, action: x}
  - {id: d, decide: [{when: x, go: y}, {otherwise: z}]}
  - {id: e, decide: {}}
  - {id: f, set: {x: {table: y}}}
  - {id: g, wait: {}}
  - {id: h, parallel: {branches: {x: []}}}
  - {id: i, each: x}
  - {id: j, call: x}
  - {id: k, rollback: true}
  - {id: l, end: completed}
  - id: m
    parallel:
      steps: [{id: n, task: {}}, {id: o, gate: {}}, {id: p, action: x}, {id: q, decide: []}, {id: r, set: {}},
        {id: s, wait: 1h}, {id: t, parallel: {branches: {y: []}}}, {id: u, each: x}, {id: v, call: x},
        {id: w, rollback: true}, {id: x, end: failed}]
roles: {x: {}}
concurrency: {}
triggers: [{}, {webhook: x}]
"""
ALL_VERBS = "scenario: all\nplaybook: x\nstart: {}\ncalendar: {hours: {}}\nscript: [VERBS]\n"


def everything() -> Iterator[tuple[str, str]]:
    """Documents that make the readers say of every mapping which keys it may have."""
    yield ALL_KINDS.replace("FIELDS", ", ".join(f"{kind}: {{type: {kind}}}" for kind in fields.TYPES)), "playbook"
    yield "playbook: x\nextends: y\nset: {}\nchange: [{after: a}, {before: a}, {replace: a}, {remove: a}]\n", "playbook"
    verbs = ", ".join(f"{{{verb}: {{}}}}" for verb in VERBS if verb not in ("advance", "expect"))
    verbs += ", {expect: {incidents: [{}], future: [{}]}}"
    yield ALL_VERBS.replace("VERBS", verbs), "scenario"
    yield "scenarios: [{}]\n", "scenario"
    yield (
        "policy: x\nrequire: [{before: {}, gate: {}}, {every: task}, {review_every: x}]\napplies: {}\npublish: {}\n",
        "policy",
    )
    yield "plan: x\nmilestones: [{runs: [{}]}]\n", "plan"
    columns = ", ".join(f"{kind}: {{type: {kind}}}" for kind in cells.TYPES)
    yield f"decision: x\ninputs: {{{columns}}}\n", "decision"


def closed_in(found: Any) -> Iterator[tuple[frozenset[str], dict[str, Any]]]:
    """Every mapping of a schema that allows no other keys, but lines of a script: those are read as one verb."""
    if isinstance(found, dict):
        if found.get("additionalProperties") is False and "succeed" not in found["properties"]:
            yield frozenset(found["properties"]), found
        for value in found.values():
            yield from closed_in(value)
    elif isinstance(found, list):
        for value in found:
            yield from closed_in(value)


@pytest.mark.parametrize("kind", schema.NAMES)
def test_schema_and_reader_know_the_same_keys(kind: str, recorded: Recorded) -> None:
    """Mapping by mapping: what a reader allows somewhere is what the schema allows somewhere, and the reverse."""
    for text, other in everything():
        if other == kind:
            recorded.read(text, kind)
    asked = {keys - (frozenset(NOT_IN_A_COLUMN if kind == "decision" else ())) for _, keys in recorded.asked}
    offered = {keys for keys, _ in closed_in(schema.of(kind))}

    assert _sorted(asked - offered) == []
    assert _sorted(offered - asked) == []


def _sorted(sets: Any) -> list[list[str]]:
    return sorted(sorted(keys) for keys in sets)


@pytest.mark.parametrize("kind", schema.NAMES)
def test_every_key_has_words_and_stands_in_the_reference(kind: str) -> None:
    silent, absent = set(), set()
    for keys, shape in closed_in(schema.of(kind)):
        for key in keys:
            if not shape["properties"][key].get("description"):
                silent.add(key)
            if not re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`|\b{key}:", REFERENCE):
                absent.add(key)
    assert (sorted(silent), sorted(absent)) == ([], [])


def test_no_mapping_takes_another_key(recorded: Recorded) -> None:
    """Wherever a reader limits the keys, a key that is none makes the document invalid: tried in three mappings that
    have the same keys to choose from and the same ones chosen."""
    tried = Counter[tuple[str, frozenset[str], frozenset[str]]]()
    for _, text, kind in DOCUMENTS:
        recorded.asked.clear()
        recorded.read(text, kind)
        root = documents.parse(text).root
        assert root is not None
        for node, keys in recorded.asked:
            shape = kind, keys, frozenset(entry.key for entry in node.entries)
            if node.place.file or tried[shape] >= ALIKE:
                continue
            document = _with_another(root, node.place)
            if document is not None:
                tried[shape] += 1
                assert not validator(kind).is_valid(document), (node.place, text[:200])
    assert tried.total() > 300


def _with_another(root: documents.Node, place: Any) -> Any:
    """The document with one key more in the mapping that stands at this place; None where a rule of a table does."""
    hit = False

    def copied(node: documents.Node) -> Any:
        nonlocal hit
        if isinstance(node, documents.Mapping):
            found = {entry.key: copied(entry.value) for entry in node.entries}
            if node.place == place:
                hit, found["no-such-key"] = "then" not in found, []
            return found
        if isinstance(node, documents.Sequence):
            return [copied(item) for item in node.items]
        return node.value

    document = copied(root)
    return document if hit else None
