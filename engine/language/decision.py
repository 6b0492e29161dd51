"""A decision as authored: its head, its columns and its rules, cells read, outputs still text.

Takes a document's nodes, leaves a `Decision` that is well formed in itself; the outputs' expressions are the
compiler's to check.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import documents
from engine.definition import FieldSpec
from engine.documents import Node, Scalar
from engine.expressions.names import trouble_with_id
from engine.fieldspec import FieldType
from engine.language.field import read_field
from engine.language.places import Path
from engine.language.section import Reading, Section
from engine.problems import did_you_mean
from engine.tables import cells
from engine.tables.cells import CellError
from engine.tables.table import HITS, REDUCING, Cell, Hit, Rule

THEN = "then"
MOST_COLUMNS, MOST_RULES = 50, 1_000

KEYS = ("decision", "title", "summary", "owner", "domain", "tags", "inputs", "outputs", "hit", "rules")
NOT_IN_A_COLUMN = {
    "secret": "What a table is asked is no secret: it is shown with its answer.",
    "default": "Every input of a decision is given by whoever asks it.",
    "required": "Every input of a decision is given by whoever asks it.",
    "pattern": "A column holds any text; name the texts in the rules.",
    "multiline": "A column holds any text; name the texts in the rules.",
}


@dataclass(frozen=True)
class Decision:
    """What the author wrote; `then` of the rules are expressions still to be checked."""

    id: str
    title: str
    hit: Hit
    inputs: tuple[FieldSpec, ...]
    outputs: tuple[FieldSpec, ...]
    rules: tuple[Rule, ...]
    summary: str = ""
    owner: str = ""
    domain: str = ""
    tags: tuple[str, ...] = ()


def is_decision(root: Node) -> bool:
    return isinstance(root, documents.Mapping) and "decision" in root.by_key and "playbook" not in root.by_key


def read_decision(root: Node, reading: Reading) -> Decision | None:
    """Read the whole document; what cannot be read is told."""
    section = reading.section(root, (), "A decision")
    if section is None:
        return None
    section.only(KEYS)
    section.require("decision", "inputs", "outputs", "rules")
    id = section.filled("decision")
    if id and (wrong := trouble_with_id(id)):
        section.bad("decision", wrong)
    inputs = _columns(section, "inputs", "An input")
    outputs = _columns(section, "outputs", "An output")
    hit = _hit(section)
    _check_outputs(section, hit, outputs)
    rules = _rules(section, inputs, outputs)
    if "rules" in section and not rules and isinstance(section.node.get("rules"), documents.Sequence):
        section.bad("rules", "A decision has at least one rule.")
    return Decision(
        id=id,
        title=section.filled("title") or id.replace("-", " ").replace("_", " ").capitalize(),
        hit=hit,
        inputs=inputs,
        outputs=outputs,
        rules=rules,
        summary=section.text("summary"),
        owner=section.filled("owner"),
        domain=section.text("domain"),
        tags=section.texts("tags"),
    )


def _hit(section: Section) -> Hit:
    written = section.choice("hit", HITS, "unique")
    return next((hit for hit in HITS if hit == written), "unique")


def _columns(section: Section, key: str, what: str) -> tuple[FieldSpec, ...]:
    """Read the columns: `{score: integer}` or `{score: {type: integer, min: 1}}`."""
    node = section.node.get(key)
    if node is None:
        return ()
    found = []
    for name, place, value in section.reading.named(node, (key,), f"`{key}`"):
        if name == THEN:
            section.reading.problem("bad-value", f"{what} cannot be called `{THEN}`.", place)
            continue
        spec = _column(section.reading, value, (key, name), name)
        if spec is None:
            section.reading.loose.add(name)
            spec = FieldSpec(name, "text")
        found.append(spec)
    if not found and isinstance(node, documents.Mapping) and not node.entries:
        section.bad(key, f"A decision has at least one of its `{key}`.")
    if len(found) > MOST_COLUMNS:
        section.bad(key, f"A decision has at most {MOST_COLUMNS} `{key}`.")
    return tuple(found)


def _column(reading: Reading, node: Node, path: Path, name: str) -> FieldSpec | None:
    if isinstance(node, Scalar):
        reading.nodes[path] = node
        kind = _type(reading, node, node.text)
        if kind == "choice":
            reading.problem("missing-key", f"The choice `{name}` needs `options`.", node.place)
            return None
        return None if kind is None else FieldSpec(name, kind, of="text" if kind == "list" else None)
    if isinstance(node, documents.Mapping):
        for entry in node.entries:
            if entry.key in NOT_IN_A_COLUMN:
                message = f"A column has no key `{entry.key}`."
                reading.problem("unknown-key", message, entry.place, NOT_IN_A_COLUMN[entry.key])
                return None
        written = node.get("type")
        if isinstance(written, Scalar) and _type(reading, written, written.text) is None:
            return None
    spec = read_field(reading, node, path, name, node.place)
    if spec is not None and spec.type == "list" and spec.of not in ("text", "choice"):
        reading.problem("bad-value", "A list in a decision is one of texts or of choices.", node.place)
        return None
    return spec


def _type(reading: Reading, node: Node, written: str) -> FieldType | None:
    known = next((kind for kind in cells.TYPES if kind == written), None)
    if known is None:
        hint = did_you_mean(written, cells.TYPES) or f"Types: {', '.join(cells.TYPES)}."
        reading.problem("bad-value", f"`{written[:80]}` is not a type of column.", node.place, hint)
    return known


def _check_outputs(section: Section, hit: Hit, outputs: tuple[FieldSpec, ...]) -> None:
    """Report outputs that the hit policy cannot work with (semantics [tables])."""
    if not outputs:
        return
    if hit in REDUCING and (len(outputs) > 1 or outputs[0].type not in ("integer", "number")):
        section.bad("outputs", f"`hit: {hit}` takes one output, an integer or a number.")
    if hit == "priority" and not any(spec.type == "choice" for spec in outputs):
        hint = "Write `{type: choice, options: [first, second]}`, the most important first."
        section.bad("outputs", "`hit: priority` needs an output with `options` in their order.", hint)


def _rules(section: Section, inputs: tuple[FieldSpec, ...], outputs: tuple[FieldSpec, ...]) -> tuple[Rule, ...]:
    columns, reading = {spec.name: spec for spec in inputs}, section.reading
    node = section.node.get("rules")
    if isinstance(node, documents.Sequence) and len(node.items) > MOST_RULES:
        section.bad("rules", f"A decision has at most {MOST_RULES:,} rules.")
        return ()

    def read(item: Node, path: Path) -> Rule | None:
        rule = reading.section(item, path, "A rule")
        if rule is None:
            return None
        rule.only((*columns, THEN))
        rule.require(THEN)
        read_cells = {
            entry.key: cell
            for entry in rule.node.entries
            if entry.key in columns and (cell := _cell(reading, entry.value, columns[entry.key])) is not None
        }
        return Rule(read_cells, _then(rule, outputs))

    return section.items("rules", read)


def _cell(reading: Reading, node: Node, spec: FieldSpec) -> Cell | None:
    """Read a cell, a scalar or a list; None where it is `-` or cannot be read."""
    if spec.name in reading.loose:
        return None
    if isinstance(node, documents.Mapping):
        reading.problem("bad-value", f"A cell of `{spec.name}` is a value or a list.", node.place)
        return None
    items = node.items if isinstance(node, documents.Sequence) else (node,)
    found: list[tuple[str, Cell | None]] = []
    for item in items:
        if not isinstance(item, Scalar) or not item.text.strip():
            message = f"This cell of `{spec.name}` holds nothing that can be compared."
            reading.problem("bad-value", message, item.place, "Leave it out, or write `-`, where anything fits.")
            return None
        try:
            found.append((item.text, cells.read(item.text, spec)))
        except CellError as error:
            reading.problem(error.code, error.message, item.place_of(error.offset), error.hint)
            return None
    if isinstance(node, Scalar):
        return found[0][1]
    try:
        return cells.together(found, ", ".join(text.strip() for text, _ in found))
    except CellError as error:
        reading.problem(error.code, error.message, node.place, error.hint)
        return None


def _then(rule: Section, outputs: tuple[FieldSpec, ...]) -> dict[str, str]:
    inner = rule.inner(THEN, f"`{THEN}`")
    if inner is None:
        return {}
    inner.only(spec.name for spec in outputs)
    inner.require(*(spec.name for spec in outputs))
    return {spec.name: source for spec in outputs if (source := inner.expression(spec.name)) is not None}
