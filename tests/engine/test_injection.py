"""Guarantees S9: no payload in an expression, a template or a value does anything but what CEL says.

Payloads are what is tried against template engines and evaluators: Python's dunders, format strings, Jinja,
Django, Freemarker, Spring, shells, log4j, prototype pollution, and CEL's own corners.
"""

from __future__ import annotations

import json

import pytest

from engine import documents
from engine.compiler import compile_text
from engine.definition import Definition
from engine.expressions import EvaluationError, Evaluator, ExpressionError, Scope, parse

_PYTHON = [
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__[1].__subclasses__()",
    "inputs.note.__class__",
    "inputs.__class__.__init__.__globals__",
    "steps.__dict__",
    "run.__class__",
    "(lambda: 1)()",
    "[x for x in (1,2)]",
    "exec('import os')",
    "eval('1+1')",
    "open('/etc/passwd').read()",
    "globals()",
    "getattr(inputs, 'note')",
    "type('X', (), {})",
    "f'{inputs.note}'",
    "'%s' % inputs.note",
    "'{0.__class__}'.format(inputs)",
    "'%(x)s' % {'x': 1}",
    "print(1)",
    "breakpoint()",
    "exit()",
    "1 if True else 2",
    "inputs.note or 1",
    "not True",
    "import os",
    "os.environ",
    "self.__init__",
    "compile('1','','eval')",
    "vars()",
]
_TEMPLATES = [
    "{{7*7}}",
    "{{ config }}",
    "{{ ''.__class__ }}",
    "{% debug %}",
    "{% include 'x' %}",
    "{% load log %}",
    "{# comment #}",
    "#{7*7}",
    "<%= 7*7 %>",
    "${{7*7}}",
    "@{7*7}",
    "*{7*7}",
    "~{7*7}",
    "<#assign x='freemarker.template.utility.Execute'?new()>",
    "T(java.lang.Runtime).getRuntime().exec('id')",
    "${jndi:ldap://example.org/a}",
    "${env:HOME}",
    "${sys:os.name}",
    "$(id)",
    "`id`",
    "; id",
    "| id",
    "&& id",
    "%{7*7}",
    "[[${7*7}]]",
    "$${x}",
    "${${x}}",
    "${'${x}'}",
    "${}",
    "${",
    "}",
    "${x",
    "{0}",
    "{}",
    "%s%s%n",
    "\\u0024\\u007b7*7\\u007d",
]
_CEL = [
    "has(inputs)",
    "has(has)",
    "has(1)",
    "has(inputs.note.x)",
    "_done.a",
    "_have.a.b",
    "_input.note",
    "steps",
    "inputs",
    "run",
    "dyn(inputs.note).x",
    "type(inputs.note)",
    "b'\\xff'",
    "1u",
    "0x7fffffffffffffff + 1",
    "-9223372036854775808",
    "9999999999999999999",
    "1e999",
    "1.0 / 0.0",
    "0 / 0",
    "1 % 0",
    "int('x')",
    "double('nan')",
    "timestamp('9999-99-99T00:00:00Z')",
    "duration('999999999999h')",
    "'a'.matches('(')",
    "'a'.matches('(a+)+$')",
    "'a' in 'a'",
    "[1][2]",
    "{'a': 1}['b']",
    "{1: 2, 1: 3}",
    "[[[[[[[[1]]]]]]]]",
    "[1,2,3].map(x, [1,2,3].map(y, x * y))",
    "[1].exists_one(x, x == 1)",
    "inputs.note.contains(inputs.note)",
    "string(b'\\xff')",
    "'\\ud800'",
    "'\\U00110000'",
    "'\\x00'",
    "'unclosed",
    '"""unclosed',
    "r'\\'",
    "// comment",
    "1 // comment",
    "true ? 1 : 'a'",
    "null.a",
    "null + null",
    "google.protobuf.Duration{seconds: 1}",
    "google.protobuf.Any{}",
    "cel.bind(x, 1, x)",
    ".inputs.note",
    "inputs . note",
    "inputs.`note`",
    "inputs['note']",
    "inputs.note[0]",
    "@in(1, [1])",
    "_+_(1, 2)",
    "!!!!!!true",
    "-" * 500 + "1",
    "(" * 200 + "1" + ")" * 200,
    "[" * 200 + "]" * 200,
    "a." * 400 + "b",
    "1" + "+1" * 900,
    "'" + "a" * 1_990 + "'",
    "x" * 2_001,
    "é",
    "‮inputs.note",
    "\u0000",
    "\r\n",
    "\t",
]
PAYLOADS = [*_PYTHON, *_TEMPLATES, *_CEL]
PAYLOADS += [f"inputs.note == '' || {payload}" for payload in (*_PYTHON, *_CEL)]

NAMES = {"inputs.note": "string", "run.id": "string", "now": "timestamp", "steps.a.visits": "int"}

PLAYBOOK = """
playbook: sample
title: %(text)s
kind: sop
owner: team
run_title: %(text)s
inputs: {note: {type: text}}
roles: {writer: {groups: [writers]}}
steps:
  - id: a
    title: %(text)s
    task: {assign: writer, instructions: %(text)s}
  - id: b
    when: %(text)s
    action: debug.echo
    with: {%(text)s: %(text)s, deep: [%(text)s]}
outputs: {x: %(text)s}
"""


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) >= 200


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator(Definition("p", "P", "sop", "team", names=NAMES))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_raises_nothing_but_ours(evaluator: Evaluator, payload: str) -> None:
    scope = Scope(inputs={"note": payload})
    try:
        parse(payload, NAMES)
    except ExpressionError as error:
        assert error.code in ("bad-expression", "unknown-name", "type-mismatch"), error  # noqa: PT017
    try:
        value = evaluator.value(payload, scope)
    except EvaluationError:
        value = None
    assert "root:" not in repr(value)
    assert isinstance(evaluator.text(f"say {payload}", scope), str)
    said = "[?]" if "\0" in payload else payload
    assert evaluator.text("say ${inputs.note}", scope) == f"say {said}"


@pytest.mark.parametrize("payload", PAYLOADS[::3], ids=range(len(PAYLOADS[::3])))
def test_a_payload_in_a_playbook_is_a_text_or_a_problem(payload: str) -> None:
    text = PLAYBOOK % {"text": json.dumps(payload)}
    compiled = compile_text(text)
    assert (compiled.definition is not None) or compiled.problems
    assert all(problem.place.line > 1 or problem.code == "bad-yaml" for problem in compiled.problems)
    if documents.parse(text).root is not None and compiled.definition is not None:
        assert compiled.definition.title == payload.strip()
