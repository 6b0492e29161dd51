"""Where the ways out of an open step lead, in one sentence each: what follows when it is handed in, approved, done.

Takes the definition and a step; leaves words. Windows of what would open are named with it.
"""

from __future__ import annotations

from dashboards.consequences import leads_to, next_steps
from dashboards.course.told import in_words
from engine.definition import Definition, TaskSpec
from runs.models import Step

#: Triggers that people and machines pull, with the words before where they lead, by kind of step.
WORDS = {
    "task": {"done": "Handing it in"},
    "gate": {"approve": "Approval", "reject": "Rejection", "return": "Asking for changes"},
    "action": {"done": "Its success", "error": "Its failure for good"},
    "call": {"done": "Its completion", "error": "Its failure"},
    "wait": {"done": "Then it"},
}


def follows(definition: Definition, step: Step, is_stuck: bool) -> str:
    """Say where each way leads. Of a step that needs an operator: where a retry that succeeds does."""
    if step.undoes is not None or step.name not in definition.steps:
        return ""
    triggers = dict(WORDS.get(step.kind, {}))
    does = definition.steps[step.name].does
    if isinstance(does, TaskSpec) and does.outcomes:
        triggers = {f"outcome:{outcome}": f"“{in_words(outcome)}”" for outcome in does.outcomes}
    if is_stuck and step.kind in ("action", "call"):
        triggers = {"done": "A retry that succeeds"}
    known = {way.trigger for way in definition.ways[step.name]}
    said: list[str] = []
    for trigger, words in triggers.items():
        leads = leads_to(definition, step.name, trigger) if trigger in known or trigger == "reject" else ""
        if leads:
            said.append(f"{words} {leads}{_window(definition, step.name, trigger)}.")
    return " ".join(said)


def _window(definition: Definition, source: str, trigger: str) -> str:
    """Name the window that the one step that would open waits for."""
    opens, _ = next_steps(definition, source, trigger)
    spec = definition.steps[opens[0]] if len(opens) == 1 else None
    if spec is None or spec.window is None:
        return ""
    calendar = definition.windows[spec.window]
    return f", which waits for its window “{calendar.title or in_words(spec.window)}”"
