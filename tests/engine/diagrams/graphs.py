"""Random playbooks: any steps, any ways between them, back and forth."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.definition import Definition
from tests.engine.building import action, decide, end, gate, playbook, task

TARGETS = ("leave", "fail", "rollback")


@st.composite
def playbooks(draw: st.DrawFn, most: int = 14) -> Definition:
    ids = [f"s{number}" for number in range(draw(st.integers(1, most)))]
    target = st.sampled_from([*ids, *TARGETS])
    steps = []
    for id in ids:
        kind = draw(st.sampled_from(["task", "gate", "action", "decide", "end"]))
        title = draw(st.text('abc <>&"|]é', max_size=70))
        if kind == "task":
            names = draw(st.lists(st.sampled_from(["good", "bad", "ugly"]), unique=True))
            steps.append(task(id, draw(target), {name: draw(target) for name in names}, title=title))
        elif kind == "gate":
            steps.append(gate(id, draw(target), draw(st.none() | target), title=title))
        elif kind == "action":
            steps.append(action(id, draw(st.none() | target), draw(st.none() | target), title=title))
        elif kind == "decide":
            rules = [(f"inputs.score > {number}", draw(target)) for number in range(draw(st.integers(1, 4)))]
            steps.append(decide(id, *rules, otherwise=draw(target)))
        else:
            steps.append(end(id, draw(st.sampled_from(["completed", "failed"]))))
    return playbook(*steps)
