"""Where a secret may be read: whole, in the `with` of an action, an undo or a call (semantics [secret]).

An administrator's, `secret('name')`, may stand in the `with` of an action or undo only, there also inside a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from engine.definition import TaskSpec
from engine.expressions import Call, Const, Name, Node, spelt, walk
from engine.expressions.names import trouble_with_id
from engine.language.playbook import Playbook

Taker = Literal["", "call", "action"]
"""What takes the values of a `with`, as far as it may be given secrets."""

SECRET = "secret"
_HINT = 'Give it to an action or a call as it is: `with: {name: "${%s}"}`. `has(%s)` may be asked anywhere.'


def secrets_of(playbook: Playbook) -> frozenset[str]:
    """Return the dotted names of the inputs and form fields that are kept as secrets."""
    found = {f"inputs.{spelt(spec.name)}" for spec in playbook.inputs if spec.secret}
    for step in playbook.steps:
        if isinstance(step.does, TaskSpec):
            found |= {f"steps.{spelt(step.id)}.{spelt(spec.name)}" for spec in step.does.form if spec.secret}
    return frozenset(found)


def misplaced(
    tree: Node, secrets: frozenset[str], taker: Taker = "", is_whole: bool = False
) -> Iterator[tuple[str, str, str, int]]:
    """Give (code, message, hint, column) for each secret that this expression reads and may not.

    `is_whole`: the text is only this one `${…}`.
    """
    if isinstance(tree, Name) and ".".join(tree.path) in secrets and taker and is_whole:
        return
    if isinstance(tree, Call) and tree.op == SECRET and taker == "action":
        yield from _trouble_with_name(tree)
        return
    for node in walk(tree):
        if isinstance(node, Name) and (name := ".".join(node.path)) in secrets:
            says = "stands alone in its text" if taker and node is tree else "nothing reads here"
            yield "type-mismatch", f"`{name}` is a secret, which {says}.", _HINT % (name, name), node.column
        elif isinstance(node, Call) and node.op == SECRET:
            message = "A secret of the administrator's is not given here."
            hint = "`${secret('name')}` stands in the `with` of an action or an undo, with nothing else in its `${…}`."
            yield "bad-expression", message, hint, max(1, node.column - len(SECRET))  # CEL marks the bracket


def _trouble_with_name(call: Call) -> Iterator[tuple[str, str, str, int]]:
    name = call.args[0]
    if not isinstance(name, Const):
        yield "bad-expression", "The name of a secret is written out.", "Write `${secret('name')}`.", name.column
    elif wrong := trouble_with_id(str(name.value)):
        yield "bad-expression", wrong, "", name.column
