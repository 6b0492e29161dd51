"""Every code has documents that must give it, at its line and column; and nothing else is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.calendars import OFFICE_HOURS
from engine.compiler import compile_text, playbooks_of, tables_of
from engine.problems import CODES
from tests.engine.expected import FOLDER, documents, expected

DOCUMENTS = documents()
KNOWN = tables_of([compile_text((FOLDER / f"{name}.yaml").read_text()) for name in ("risk", "seats")])
CALLED = playbooks_of([compile_text((FOLDER / "hand-over.yaml").read_text())])
CALENDARS = {"office-hours": OFFICE_HOURS, "office-hours-eu": OFFICE_HOURS}


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(FOLDER)) for path in DOCUMENTS])
def test_the_document_has_exactly_the_problems_it_names(path: Path) -> None:
    text = path.read_text()
    marks = expected(text)
    compiled = compile_text(text, str(path), CALENDARS, decisions=KNOWN, playbooks=CALLED)
    found = [(problem.place.line, problem.code, problem.place.column) for problem in compiled.problems]
    columns = {(line, code) for line, code, column in marks if column is None}
    seen = sorted((line, code, None if (line, code) in columns else column) for line, code, column in found)
    assert seen == sorted(marks, key=lambda mark: (mark[0], mark[1], mark[2] or 0)), [
        f"{problem.place.line}:{problem.place.column} {problem.code} {problem.message}" for problem in compiled.problems
    ]
    given = {code for _, code, _ in marks} or {"clean"}
    assert path.parent.name in given, "the folder is named after a code the document gives"


def test_every_code_of_row_1_has_documents() -> None:
    given = {code for path in DOCUMENTS for _, code, _ in expected(path.read_text())}
    row_1 = {name for name, code in CODES.items() if code.proof == 1}
    assert given >= row_1


@pytest.mark.parametrize("name", ["production-change.yaml", "whole-language.yaml"])
def test_the_example_of_the_reference_compiles_without_a_word(name: str) -> None:
    compiled = compile_text((FOLDER / name).read_text(), name, CALENDARS, playbooks=CALLED)
    assert compiled.ok, compiled.problems
    assert compiled.problems == ()
