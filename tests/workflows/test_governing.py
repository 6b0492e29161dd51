"""Every verb of governance writes its entry: all that open a transaction are walked, and all kinds are written.

That each route and each command that changes something governed does so is asked by the matrix
(`tests/dashboards/test_matrix.py`), which makes every change once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from workflows.models import DirectoryEntry, GovernanceEntry

ROOT = Path(__file__).resolve().parents[2]
OPENS = frozenset({"writing", "writing_along", "atomic"})
#: What ends in an entry: those of `workflows.governing`, what the directory stands in, helpers of one module, and
#: `publish`, which writes its own.
LOGS = frozenset({"note", "note_each", "refuse", "make", "make_many", "_make", "_refused", "_open", "publish"})
#: What opens a transaction for others.
FOR_OTHERS = frozenset({"workflows/writing.py:writing", "workflows/writing.py:writing_along"})
VERBS = ("workflows/*.py", "workflows/policies/*.py", "workflows/directory/**/*.py", "runs/link.py")


def functions() -> Iterator[tuple[str, set[str]]]:
    """Every function of the verbs' modules that opens a transaction, with the names of all that it calls."""
    for pattern in VERBS:
        for file in sorted(ROOT.glob(pattern)):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.FunctionDef) and (called := _called(node)) & OPENS:
                    yield f"{file.relative_to(ROOT)}:{node.name}", called


def _called(node: ast.AST) -> set[str]:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    by_name = {call.id for call in calls if isinstance(call, ast.Name)}
    by_name |= {ast.unparse(call).split(".")[0] for call in calls if isinstance(call, ast.Attribute)}
    return by_name | {call.attr for call in calls if isinstance(call, ast.Attribute)}


def test_whatever_writes_in_a_transaction_writes_its_entry() -> None:
    found = dict(functions())
    silent = [name for name, called in found.items() if not called & LOGS and "DirectoryEntry" not in called]
    silent = [name for name in silent if name not in FOR_OTHERS]
    assert silent == []
    assert len(found) >= 20, "the pattern finds the verbs"


def test_every_kind_of_entry_is_written_by_a_verb() -> None:
    text = "\n".join(file.read_text() for folder in ("workflows", "runs") for file in (ROOT / folder).rglob("*.py"))
    for model in (GovernanceEntry, DirectoryEntry):
        assert [kind.name for kind in model.Kind if f"Kind.{kind.name}" not in text] == []
