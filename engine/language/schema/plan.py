"""A plan."""

from __future__ import annotations

from engine.language.plan import KEYS, MILESTONE, RUN
from engine.language.schema.shapes import DATE, NAME, OPEN, REFERENCE, TEXT, Schema, closed, several


def made() -> Schema:
    """Return the schema."""
    run = closed("run", RUN, {"playbook": REFERENCE, "with": OPEN}, ("playbook",))
    milestone = closed(
        "milestone",
        MILESTONE,
        {"id": NAME, "title": TEXT, "owner": TEXT, "due": DATE, "runs": several(run)},
        ("id", "due"),
    )
    shapes: dict[str, Schema] = {
        "plan": NAME,
        "title": TEXT,
        "summary": TEXT,
        "objective": TEXT,
        "owner": TEXT,
        "milestones": several(milestone, 1),
    }
    return {
        "title": "An action plan of Penstock",
        **closed("plan", KEYS, shapes, ("plan", "objective", "owner", "milestones")),
    }
