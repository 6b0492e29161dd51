"""A decision as rows of texts, and back.

The first column says what a row is: the keys of the head, then `column` (input or output), `name`, `type`, and after
that one row for each rule. An empty cell of a rule fits anything. Types stand as in YAML: `integer`,
`{type: choice, options: [low, high]}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from engine import documents, durations, values
from engine.documents import Node, Scalar
from engine.fieldspec import FieldSpec
from engine.tables.table import Table
from workflows.sheets import SheetError

HEAD = ("decision", "title", "summary", "owner", "domain", "tags", "hit")
COLUMN, NAME, TYPE, RULE = "column", "name", "type", "rule"
_PLAIN = re.compile(r"[A-Za-z0-9](?:[\w.-]*\w)?")

Rows = list[list[str]]


def rows(table: Table) -> Rows:
    """Return a decision as rows, every one of the same length."""
    head = {
        "decision": table.decision,
        "title": table.title,
        "summary": table.summary,
        "owner": table.owner,
        "domain": table.domain,
        "tags": ", ".join(table.tags),
        "hit": table.hit,
    }
    columns = [("input", spec) for spec in table.inputs] + [("output", spec) for spec in table.outputs]
    found = [[key, value] for key, value in head.items() if value]
    found.append([COLUMN, *(kind for kind, _ in columns)])
    found.append([NAME, *(spec.name for _, spec in columns)])
    found.append([TYPE, *(_type(spec) for _, spec in columns)])
    for number, rule in enumerate(table.rules, 1):
        conditions = [cell.text if (cell := rule.cells.get(spec.name)) else "" for spec in table.inputs]
        found.append([f"{RULE} {number}", *conditions, *(rule.then[spec.name] for spec in table.outputs)])
    widest = max(map(len, found))
    return [row + [""] * (widest - len(row)) for row in found]


def source(given: Sequence[Sequence[str]]) -> str:
    """Return the YAML of a decision that stands in rows. Raises `SheetError`; the rest is the compiler's to say."""
    head, columns, rules = _parts(given)
    lines = [f"{key}: {_quoted(head[key])}" for key in HEAD if head.get(key) and key not in ("tags", "hit")]
    if not lines or not lines[0].startswith("decision:"):
        raise SheetError("The first row says which decision this is: `decision` in column A, its id in column B.")
    if head.get("tags"):
        lines.append(f"tags: [{', '.join(_quoted(tag.strip()) for tag in head['tags'].split(',') if tag.strip())}]")
    for kind in ("input", "output"):
        lines.append(f"{kind}s:")
        lines += [f"  {_quoted(name)}: {_flow(written, name)}" for what, name, written in columns if what == kind]
    if head.get("hit"):
        lines.append(f"hit: {_quoted(head['hit'])}")
    lines.append("rules:")
    for row in rules:
        cells = {"input": list[str](), "output": list[str]()}
        for (kind, name, _), text in zip(columns, row, strict=True):
            if text.strip():
                cells[kind].append(f"{_quoted(name)}: {_quoted(text)}")
        lines.append(f"  - {{{', '.join([*cells['input'], 'then: {' + ', '.join(cells['output']) + '}'])}}}")
    return "\n".join(lines) + "\n"


def _parts(given: Sequence[Sequence[str]]) -> tuple[dict[str, str], list[tuple[str, str, str]], Rows]:
    """Return the head, the columns (kind, name, type) and the rules' texts, one for each column."""
    head: dict[str, str] = {}
    marks: dict[str, list[str]] = {}
    rules: Rows = []
    width = 0
    for number, row in enumerate(given, 1):
        label, rest = (row[0].strip().lower() if row else ""), [text.strip() for text in row[1:]]
        if not any([label, *rest]):
            continue
        if TYPE in marks:
            if any(rest[width:]):
                raise SheetError(f"Row {number} has more cells than there are columns.")
            rules.append((rest + [""] * width)[:width])
        elif label in (COLUMN, NAME, TYPE):
            marks[label] = rest
            if label == TYPE:
                width = _width(marks)
        elif label in HEAD and label not in head:
            head[label] = rest[0] if rest else ""
        else:
            raise SheetError(f"Row {number} begins with `{label[:40]}`, which says nothing here or stands there twice.")
    if TYPE not in marks:
        raise SheetError(f"There is no row `{TYPE}`: it stands below `{COLUMN}` and `{NAME}`, above the rules.")
    columns = list(zip(*((marks[key] + [""] * width)[:width] for key in (COLUMN, NAME, TYPE)), strict=True))
    for at, (kind, _, _) in enumerate(columns, 2):
        if kind.lower() not in ("input", "output"):
            raise SheetError(f"Column {at} is neither an `input` nor an `output`.")
    return head, [(kind.lower(), name, written) for kind, name, written in columns], rules


def _width(marks: dict[str, list[str]]) -> int:
    for key in (COLUMN, NAME):
        if key not in marks:
            raise SheetError(f"There is no row `{key}` above `{TYPE}`.")
    return max((at + 1 for row in marks.values() for at, text in enumerate(row) if text), default=0)


def _type(spec: FieldSpec) -> str:
    """Write a column's type as the language does, the short form where nothing else is said."""
    more: dict[str, str] = {}
    if spec.title:
        more["title"] = _quoted(spec.title)
    if spec.help:
        more["help"] = _quoted(spec.help)
    if spec.type == "list" and (spec.of != "text" or more or spec.minimum is not None or spec.maximum is not None):
        more["of"] = spec.of or "text"
    for key, bound in (("min", spec.minimum), ("max", spec.maximum)):
        if bound is not None:
            more[key] = _bound(spec, bound)
    if spec.options:
        more["options"] = f"[{', '.join(map(_quoted, spec.options))}]"
    if not more:
        return spec.type
    return f"{{type: {spec.type}, {', '.join(f'{key}: {value}' for key, value in more.items())}}}"


def _bound(spec: FieldSpec, encoded: object) -> str:
    if spec.type == "date":
        return str(encoded["$time"])[:10]
    return durations.write(values.decode(encoded)) if spec.type == "duration" else str(encoded)


def _flow(written: str, name: str) -> str:
    """Return a type as one line of YAML, whatever stands in its cell."""
    root = documents.parse(written).root if written else None
    if root is None:
        raise SheetError(f"The type of `{name[:40]}` cannot be read: write for example `integer`.")
    return _node(root)


def _node(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text if node.is_plain and _PLAIN.fullmatch(node.text) else _quoted(node.text)
    if isinstance(node, documents.Sequence):
        return f"[{', '.join(map(_node, node.items))}]"
    return f"{{{', '.join(f'{_quoted(entry.key)}: {_node(entry.value)}' for entry in node.entries)}}}"


def _quoted(text: str) -> str:
    """Write a text as YAML, in quotes unless it is a plain word that YAML reads as nothing else."""
    word = re.fullmatch(r"[a-z][a-z0-9_-]*", text)
    if word and text not in ("true", "false", "null"):
        return text
    return json.dumps(text, ensure_ascii=False)
