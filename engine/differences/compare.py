"""Two versions of a playbook, compared by what they mean, not by how they are written."""

from __future__ import annotations

from engine.definition import Definition
from engine.differences import asked, head, steps, ways
from engine.differences.difference import Change, Difference, Mark, weighed


def compare(before: Definition, after: Definition) -> Difference:
    """Say what is different; nothing where the digests are the same.

    Steps are the same where their ids are. What follows from another change is not told again: a step is not changed
    because one came in before it.
    """
    if before.digest == after.digest:
        return Difference()
    found: list[Change] = [
        *asked.inputs(before.inputs, after.inputs),
        *steps.went(before, after),
        *steps.came(before, after),
        *steps.moved(before, after),
    ]
    for id in after.steps:
        if id in before.steps:
            found += steps.changed(before, after, id)
    found += ways.around(before, after)
    found += head.changed(before, after)
    marks: dict[str, Mark] = {id: "removed" for id in before.steps if id not in after.steps}
    marks |= {id: "added" for id in after.steps if id not in before.steps}
    touched = {change.step for change in found}
    marks |= {id: "changed" for id in after.steps if id in before.steps and id in touched}
    if not found:
        found.append(Change("patch", "Only how it is compiled has changed: nothing in it reads or runs otherwise."))
    return weighed(found, marks)
