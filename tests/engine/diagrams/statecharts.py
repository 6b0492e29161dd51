"""What the SCXML recommendation (https://www.w3.org/TR/scxml/) allows: of each element the attributes and children.

Sections 3 to 6 and the schema of Appendix D; of what our documents do not use only the names, so that an element at a
wrong place is found. Elements and attributes of other namespaces may stand anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

NAMESPACE = "{http://www.w3.org/2005/07/scxml}"

NCNAME = re.compile(r"[A-Za-z_][\w.-]*")
EVENT = re.compile(r"\*|[\w-]+(\.[\w-]+)*(\.\*)?( [\w-]+(\.[\w-]+)*(\.\*)?)*")
DELAY = re.compile(r"\d*(\.\d+)?(ms|s|m|h|d)")

EXECUTABLE = frozenset({"raise", "if", "foreach", "log", "assign", "script", "send", "cancel"})


@dataclass(frozen=True)
class Model:
    """`once` are children that may stand there only once; `must` are attributes that must be there."""

    may: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()


def _model(may: str = "", must: str = "", children: str = "", once: str = "", executable: bool = False) -> Model:
    inside = frozenset(children.split()) | frozenset(once.split()) | (EXECUTABLE if executable else frozenset())
    return Model(
        frozenset(may.split()) | frozenset(must.split()), frozenset(must.split()), inside, frozenset(once.split())
    )


MODELS = {
    "scxml": _model("initial name datamodel binding", "version", "state parallel final", "datamodel script"),
    "state": _model(
        "id initial", "", "onentry onexit transition state parallel final history invoke", "initial datamodel"
    ),
    "parallel": _model("id", "", "onentry onexit transition state parallel history invoke", "datamodel"),
    "transition": _model("event cond target type", executable=True),
    "initial": _model(once="transition"),
    "final": _model("id", "", "onentry onexit", "donedata"),
    "onentry": _model(executable=True),
    "onexit": _model(executable=True),
    "history": _model("id type", once="transition"),
    "datamodel": _model(children="data"),
    "data": _model("src expr", "id"),
    "invoke": _model("type typeexpr src srcexpr id idlocation namelist autoforward", "", "param", "finalize content"),
    "send": _model(
        "event eventexpr target targetexpr type typeexpr id idlocation delay delayexpr namelist", "", "param", "content"
    ),
    "cancel": _model("sendid sendidexpr"),
}


def faults(document: str) -> Iterator[str]:
    """Yield all that is against the recommendation."""
    root = ElementTree.fromstring(document)
    if root.tag != f"{NAMESPACE}scxml":
        yield f"the root is {root.tag}"
    if root.get("version") != "1.0":
        yield "the version is not 1.0"
    yield from _faults_in(root)
    ids = Counter(found for element in root.iter() if (found := element.get("id")))
    yield from (f"{id} is there {count} times" for id, count in ids.items() if count > 1)
    yield from (f"{id} is no NCName" for id in ids if not NCNAME.fullmatch(id))
    states = {
        element.get("id") or "": element
        for element in root.iter()
        if element.tag in {f"{NAMESPACE}{name}" for name in ("state", "parallel", "final", "history")}
    }
    for element in root.iter():
        for target in [*(element.get("target") or "").split(), *(element.get("initial") or "").split()]:
            if target not in states:
                yield f"{target} is no state"
        initial = element.get("initial")
        if initial in states and states[initial] not in list(element.iter())[1:]:
            yield f"{initial} is not inside {element.get('id')}"


def _faults_in(element: Element) -> Iterator[str]:
    name = element.tag.removeprefix(NAMESPACE)
    if element.tag.startswith("{") and not element.tag.startswith(NAMESPACE):
        return
    if name not in MODELS:
        yield f"{name} is no element we know"
        return
    model = MODELS[name]
    own = {attribute for attribute in element.attrib if not attribute.startswith("{")}
    yield from (f"{name} has no attribute {attribute}" for attribute in own - model.may)
    yield from (f"{name} needs {attribute}" for attribute in model.must - own)
    inside = [child.tag.removeprefix(NAMESPACE) for child in element if child.tag.startswith(NAMESPACE)]
    yield from (f"{child} may not stand in {name}" for child in inside if child not in model.children)
    yield from (f"{child} stands twice in {name}" for child in model.once if inside.count(child) > 1)
    yield from _rules(name, element, inside)
    for child in element:
        yield from _faults_in(child)


def _rules(name: str, element: Element, inside: list[str]) -> Iterator[str]:
    """What the prose of the recommendation adds to the content models."""
    holds_states = bool({"state", "parallel", "final", "history"} & set(inside))
    if name == "scxml" and not {"state", "parallel", "final"} & set(inside):
        yield "there is no state"  # 3.2.2: at least one
    if name == "state" and not holds_states and (element.get("initial") or "initial" in inside):
        yield "an atomic state has no initial one"  # 3.3.1
    if name == "transition" and not {"event", "cond", "target"} & set(element.attrib):
        yield "a transition has none of event, cond, target"  # 3.5.1
    if (event := element.get("event")) is not None and not EVENT.fullmatch(event):
        yield f"{event!r} is no event"
    if (delay := element.get("delay")) is not None and not DELAY.fullmatch(delay):
        yield f"{delay!r} is no delay"
    if name == "cancel" and len(element.attrib) != 1:
        yield "cancel needs sendid or sendidexpr"  # 6.3.1
    if name == "invoke" and element.get("id") is not None and element.get("idlocation") is not None:
        yield "invoke has both id and idlocation"  # 6.4.1
