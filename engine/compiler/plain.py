"""A plain scalar in a place for text is its source text: `ref: 1.10` gives the text `1.10`, not the number 1.1.

What is given in a `with` is read before it is known whom it is for; here the fields that it is for are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine import actions
from engine.definition import ActionSpec, CallSpec, Definition
from engine.documents import Scalar
from engine.fields import TEXTS
from engine.fieldspec import FieldSpec
from engine.language.places import Path
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.language.step import Step
from engine.language.triggers import Trigger


def as_texts(given: Mapping[str, Any], specs: Iterable[FieldSpec], path: Path, reading: Reading) -> dict[str, Any]:
    """Return what is given at this path with numbers as they were written wherever a field takes texts."""
    fields = {spec.name: spec for spec in specs}
    return {
        name: as_text(value, fields[name], (*path, name), reading) if name in fields else value
        for name, value in given.items()
    }


def as_text(value: Any, spec: FieldSpec, path: Path, reading: Reading) -> Any:
    """Return the value for this field; the items of a list of texts are texts too."""
    if spec.type == "list" and spec.of in TEXTS and isinstance(value, list):
        return [_source(item, (*path, index), reading) for index, item in enumerate(value)]
    return _source(value, path, reading) if spec.type in TEXTS else value


def of_step(step: Step, child: Definition | None, reading: Reading) -> Step:
    """Return the step with what its action, its call of this playbook and its undo are given."""
    does, undo = step.does, step.undo
    if isinstance(does, CallSpec):
        inputs = child.inputs if child else ()
        does = replace(does, parameters=as_texts(does.parameters, inputs, (*step.path, "with"), reading))
    elif isinstance(does, ActionSpec):
        does = _of_action(does, step.path, reading)
    if isinstance(undo, ActionSpec):
        undo = _of_action(undo, (*step.path, "undo"), reading)
    return replace(step, does=does, undo=undo)


def of_triggers(playbook: Playbook, reading: Reading) -> tuple[Trigger, ...]:
    """Return the triggers with what they give the inputs."""
    return tuple(
        replace(trigger, given=as_texts(trigger.given, playbook.inputs, ("triggers", number, "with"), reading))
        for number, trigger in enumerate(playbook.triggers)
        if trigger is not None
    )


def _of_action(work: ActionSpec, path: Path, reading: Reading) -> ActionSpec:
    signature = actions.known().get(work.provider)
    known = signature.parameters if signature else {}
    texts = [FieldSpec(name, "text") for name, parameter in known.items() if parameter.type == "text"]
    return replace(work, parameters=as_texts(work.parameters, texts, (*path, "with"), reading))


def _source(value: Any, path: Path, reading: Reading) -> Any:
    node = reading.nodes.get(path)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return node.text if is_number and isinstance(node, Scalar) else value
