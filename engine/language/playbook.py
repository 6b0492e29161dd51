"""A playbook as authored: the head of the document, its inputs, roles, steps and outputs.

Takes a document's nodes, leaves a `Playbook` that is well formed in itself; whether its names mean something
is the compiler's to find out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from engine.definition import MAIN, Concurrency, FieldSpec, ParallelSpec, RoleSpec, owner_of
from engine.documents import Node, Scalar
from engine.durations import Length
from engine.expressions.names import TAKEN, trouble_with_id
from engine.language.field import read_fields
from engine.language.parameters import read_parameters
from engine.language.section import Reading, Section
from engine.language.step import Step, Steps, read_steps
from engine.language.triggers import Trigger, read_concurrency, read_triggers

KINDS = ("playbook", "runbook", "sop", "checklist")
RISKS = ("low", "medium", "high", "critical")
MATURITIES = ("initial", "managed", "defined", "measured", "optimizing")
OTHER_DOCUMENTS = ("scenario", "scenarios")

REQUIRED = ("playbook", "title", "kind", "owner", "steps")
ROLE = ("groups", "users")
KEYS = (
    *("playbook", "title", "kind", "summary", "owner", "domain", "tags", "risk", "maturity", "review_every"),
    *("sla", "calendar", "run_title", "concurrency", "triggers", "template", "parameters", "inputs", "roles"),
    *("steps", "outputs"),
)


@dataclass(frozen=True)
class Playbook:
    """What the author wrote; expressions and targets are still text."""

    id: str
    title: str
    kind: str
    owner: str
    summary: str = ""
    domain: str = ""
    tags: tuple[str, ...] = ()
    risk: str = ""
    maturity: str = ""
    review_every: timedelta | None = None
    sla: Length | None = None
    calendar: str = ""
    run_title: str = ""
    inputs: tuple[FieldSpec, ...] = ()
    roles: Mapping[str, RoleSpec] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    """All of them, in the order of the document."""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    template: bool = False
    parameters: tuple[FieldSpec, ...] = ()
    concurrency: Concurrency | None = None
    triggers: tuple[Trigger | None, ...] = ()
    """Each at its place in the list; None where it cannot be used."""
    loose: frozenset[str] = frozenset()
    """Dotted names that are there but cannot be read; problems have been told."""

    @cached_property
    def by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    def around(self, within: str) -> tuple[str, ...]:
        """Return this list and those around it, outwards; the last is the main list."""
        found = [within]
        while found[-1] != MAIN:
            found.append(self.by_id[owner_of(found[-1])].within)
        return tuple(found)

    def is_graph(self, within: str) -> bool:
        """Say whether the steps of this list say what they need, rather than follow each other."""
        owner = self.by_id.get(owner_of(within))
        return owner is not None and isinstance(owner.does, ParallelSpec) and not owner.does.branches

    def each_around(self, within: str) -> str:
        """Return the innermost `each` whose items this list belongs to, `""` outside all of them."""
        owners = (owner_of(name) for name in self.around(within) if name != MAIN)
        return next((owner for owner in owners if self.by_id[owner].kind == "each"), "")


def read_playbook(root: Node, reading: Reading) -> Playbook | None:
    """Read the whole document; None where it is no playbook at all."""
    section = reading.section(root, (), "A playbook")
    if section is None:
        return None
    other = next((key for key in OTHER_DOCUMENTS if key in section), None)
    if other and "playbook" not in section:
        message = "This is a scenario, not a playbook."
        reading.problem("unknown-key", message, section.key_place(other), "Rehearse it instead.")
        return None
    section.only(KEYS)
    section.require(*REQUIRED)
    id = section.filled("playbook")
    if id and (wrong := trouble_with_id(id)):
        section.bad("playbook", wrong)
    template = section.flag("template")
    if "parameters" in section and not template:
        message = "Only a template has `parameters`."
        reading.problem("unknown-key", message, section.key_place("parameters"), "Write `template: true`.")
    inputs, steps = section.node.get("inputs"), section.node.get("steps")
    read = Steps() if steps is None else read_steps(reading, steps)
    return Playbook(
        id=id,
        title=section.filled("title"),
        kind=section.choice("kind", KINDS),
        owner=section.filled("owner"),
        summary=section.text("summary"),
        domain=section.text("domain"),
        tags=section.texts("tags"),
        risk=section.choice("risk", RISKS),
        maturity=section.choice("maturity", MATURITIES),
        review_every=section.duration("review_every"),
        sla=section.length("sla"),
        calendar=section.filled("calendar"),
        run_title=section.text("run_title"),
        inputs=() if inputs is None else read_fields(reading, inputs, ("inputs",), "inputs", "`inputs`", is_form=False),
        roles=_roles(section),
        steps=tuple(read.steps),
        lists=read.lists,
        outputs=_outputs(section),
        template=template,
        parameters=read_parameters(section.node.get("parameters"), reading),
        concurrency=read_concurrency(section),
        triggers=read_triggers(section),
        loose=frozenset(reading.loose),
    )


def _roles(section: Section) -> dict[str, RoleSpec]:
    node = section.node.get("roles")
    roles: dict[str, RoleSpec] = {}
    if node is None:
        return roles
    for name, place, value in section.reading.named(node, ("roles",), "`roles`"):
        inner = section.reading.section(value, ("roles", name), f"The role `{name}`")
        if inner is not None:
            inner.only(ROLE)
            roles[name] = RoleSpec(inner.texts("groups"), inner.texts("users"))
            if not any(key in inner for key in ("groups", "users")):
                inner.reading.problem("missing-key", f"The role `{name}` needs groups or users.", place)
            elif not roles[name].groups and not roles[name].users:
                message = f"The role `{name}` is nobody: it names no group and no user."
                inner.reading.problem("bad-value", message, place)
        else:
            roles[name] = RoleSpec()
    return roles


def _outputs(section: Section) -> dict[str, str]:
    node = section.node.get("outputs")
    outputs: dict[str, str] = {}
    if node is None:
        return outputs
    for name, place, value in section.reading.named(node, ("outputs",), "`outputs`"):
        section.reading.nodes[("outputs", name)] = value
        if name in TAKEN:
            section.reading.problem("bad-value", f"An output cannot be called `{name}`.", place)
        if isinstance(value, Scalar) and value.text.strip():
            outputs[name] = value.text
        else:
            section.reading.problem("bad-value", f"`{name}` must be an expression.", value.place)
    return outputs
