"""What is asked of whoever moves runs: which step or value is which there, and what the runs have not.

Of the old the form asks `map.<old>`, of the new a value by its name (`inputs.<field>`, `steps.<id>.<field>`), drawn by
its field like any form. What was typed stays, with the message beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from django.http import QueryDict

from dashboards import consequences, forms
from dashboards.forms import Control
from engine.definition import Definition, FieldSpec
from engine.machine.changing import Changeable
from engine.migration.counterparts import Counterparts, named
from runs import moving

MAP = "map."
_VALUES = ("inputs.", "steps.")
_YES_OR_NO = (("true", "Yes"), ("false", "No"))


def typed_mapping(query: QueryDict) -> dict[str, str]:
    """Take from a form which old step or value is said to be which new one."""
    return {key.removeprefix(MAP): new for key, new in query.items() if key.startswith(MAP) and new}


def typed_values(query: QueryDict, after: Definition) -> dict[str, object]:
    """Take from a form what is given, as `engine.fields` reads it; what was left empty is not given."""
    found: dict[str, object] = {}
    for name in query:
        spec = moving.field_of(after, name) if name.startswith(_VALUES) else None
        if spec is not None and query.get(name, "").strip():
            spec = replace(spec, name=name)
            found |= forms.as_read([spec], forms.typed([spec], query))
        elif spec is None and name.startswith(_VALUES):
            found[name] = query.get(name, "")
    return found


def mappings(
    befores: Collection[Definition],
    lacking: Iterable[str],
    after: Definition,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
) -> list[Control]:
    """Ask of each of these old steps and values which new one it is."""
    found = []
    for old in sorted({*lacking, *typed}, key=lambda name: ("." in name, name)):
        before = next((one for one in befores if old in one.steps or named(one, old)), None)
        choices = () if before is None else _choices(before, after, old, typed)
        if not choices and old not in typed:
            continue
        title = f"What “{old if before is None else called(before, old)}” is there"
        found.append(
            Control(
                MAP + old,
                f"f-map-{old}",
                title,
                "select",
                typed.get(old, ""),
                error=wrong.get(old, ""),
                required=False,
                choices=choices,
            )
        )
    return found


def _choices(before: Definition, after: Definition, old: str, typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return which new steps or values an old one may be: of the same kind, or new under their names."""
    if old in before.steps:
        kind = before.steps[old].kind
        return tuple((step, consequences.title(after, step)) for step, spec in after.steps.items() if spec.kind == kind)
    there = named(before, old)
    step = "" if there is None else there[0]
    if step:
        target = Counterparts(before, after, typed).meant(step)
        known = moving.form_of(before, step)
        fields = [spec for name, spec in moving.form_of(after, target).items() if name not in known]
        prefix = f"steps.{target}."
    else:
        known = {spec.name: spec for spec in before.inputs}
        fields = [spec for spec in after.inputs if spec.name not in known]
        prefix = "inputs."
    return tuple((prefix + spec.name, spec.title or forms.label(spec.name)) for spec in fields)


def called(definition: Definition, name: str) -> str:
    """Call a step or a value as people do."""
    if name in definition.steps:
        return consequences.title(definition, name)
    step, field = named(definition, name) or ("", name)
    if step:
        spec = moving.form_of(definition, step).get(field)
        title = spec.title if spec is not None and spec.title else forms.label(field)
        return f"{title}, of {consequences.title(definition, step)}"
    spec = next((one for one in definition.inputs if one.name == field), None)
    return spec.title if spec is not None and spec.title else forms.label(field)


def fields(lacking: Iterable[Changeable], given: Collection[str], after: Definition) -> dict[str, FieldSpec]:
    """Return what is to be given, by name: what runs lack, and what was typed, where no run lacks it any more."""
    found = {one.name: _titled(after, one.name, one.spec) for one in lacking}
    known = ((name, moving.field_of(after, name)) for name in given if name not in found)
    return found | {name: _titled(after, name, spec) for name, spec in known if spec is not None}


def _titled(after: Definition, name: str, spec: FieldSpec) -> FieldSpec:
    return replace(spec, name=name, title=called(after, re.sub(r"\[\d+\]", "", name)), default=None)


def values(
    fields: Mapping[str, FieldSpec], query: QueryDict | None, wrong: Mapping[str, str], secrets: bool
) -> list[Control]:
    """Ask for what runs have not there; for secrets only where it is one run."""
    found = []
    for name, spec in fields.items():
        if spec.secret and not secrets:
            continue
        typed = {name: "" if query is None else query.get(name, "")}
        (control,) = forms.controls([spec], typed, wrong, forms.everybody() if spec.type == "user" else ())
        if spec.type == "boolean":  # an empty tick would say no, where nothing has been said yet
            control = replace(control, kind="select", choices=_YES_OR_NO)
        found.append(control)
    return found
