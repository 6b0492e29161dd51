"""A decision as authored to a table: its outputs checked as expressions, then proven (`engine.tables.proving`)."""

from __future__ import annotations

from engine.compiler.sources import Sources
from engine.expressions import Call, Const, ExpressionError, Node, checker, spelt
from engine.expressions.types import INT, STRING, fits, of_field, say
from engine.fieldspec import FieldSpec
from engine.language.decision import THEN, Decision
from engine.language.places import Path
from engine.language.section import Reading
from engine.problems import did_you_mean, has_errors
from engine.tables import proving
from engine.tables.answers import names_of
from engine.tables.table import Table


def table_of(decision: Decision, reading: Reading) -> Table | None:
    """Return the table, or None where something is wrong with it; everything is reported, proofs included."""
    table = Table(
        decision=decision.id,
        title=decision.title,
        hit=decision.hit,
        inputs=decision.inputs,
        outputs=decision.outputs,
        rules=decision.rules,
        summary=decision.summary,
        owner=decision.owner,
        domain=decision.domain,
        tags=decision.tags,
    )
    trees = _outputs(table, reading)
    if has_errors(reading.problems):
        return None
    sources = Sources(reading, checker({}), {})

    def report(code: str, path: Path, message: str, hint: str) -> None:
        reading.problem(code, message, sources.places.at(*path), hint)

    proving.prove(table, trees, report)
    return table


def _outputs(table: Table, reading: Reading) -> dict[str, Node]:
    """Check what every rule gives, and return the trees by their sources."""
    choices = {f"inputs.{spelt(spec.name)}": spec.options for spec in table.inputs if spec.type == "choice"}
    names = {**names_of(table), **{f"inputs.{spelt(name)}": "dyn" for name in reading.loose}}
    sources = Sources(reading, checker(names), choices)
    trees: dict[str, Node] = {}
    for number, rule in enumerate(table.rules):
        for spec in table.outputs:
            source, path = rule.then.get(spec.name), ("rules", number, THEN, spec.name)
            if source is None or spec.name in reading.loose:
                continue
            tree = _output(source, spec, path, sources)
            if tree is not None:
                trees[source] = tree
    return trees


def _output(source: str, spec: FieldSpec, path: Path, sources: Sources) -> Node | None:
    wanted = (of_field(spec), INT) if spec.type == "number" else (of_field(spec),)
    try:
        tree = sources.checker.parse(source).tree
    except ExpressionError as error:
        hint = error.hint
        if error.code == "unknown-name" and of_field(spec) == STRING and source.strip() in (*spec.options, source):
            hint = hint if hint.startswith("Did you mean `inputs.") else f"A text stands in quotes: `\"'{source}'\"`."
        place = sources.places.inside(path, error.column - 1)
        sources.reading.problem(error.code, error.message, place, hint)
        return None
    parsed = sources.expression(source, path, () if spec.type == "list" else wanted)
    if parsed is not None and spec.type == "list" and not fits(parsed.type, (of_field(spec), "list(dyn)")):
        message = f"This gives {say(parsed.type)}, and a list of texts is needed here."
        sources.reading.problem("type-mismatch", message, sources.places.at(*path))
    if spec.options:
        _options(tree, spec, path, sources)
    return tree


def _options(tree: Node, spec: FieldSpec, path: Path, sources: Sources) -> None:
    """Report a text that is none of the output's options, wherever it is what the expression gives."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Call) and node.op == "_?_:_":
            pending.extend(node.args[1:])
        elif isinstance(node, Const) and isinstance(node.value, str) and node.value not in spec.options:
            hint = did_you_mean(node.value, spec.options) or f"It is one of: {', '.join(spec.options)}."
            place = sources.places.inside(path, max(node.column - 1, 0))
            sources.reading.problem("type-mismatch", f"`{spec.name}` is never `{node.value[:80]}`.", place, hint)
