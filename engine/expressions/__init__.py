"""Expressions: CEL with this product's names, limits and messages.

parse      a source and the names it may read -> its type, its tree, what it reads (compiler, proofs)
Evaluator  a definition and what a run knows -> values and filled-in texts (machine)

    tree, types, names   plain data           cel         the only module that knows the library
    checked              CheckedExpr -> tree  presence    has(…)      literals   constants read early
    trouble              messages and hints   templates   `${…}` in a text
"""

from engine.expressions.cel import EvaluationError, TooLong
from engine.expressions.checker import Checker, ExpressionError, Parsed, checker, parse
from engine.expressions.evaluator import Evaluator, Scope
from engine.expressions.names import spelt
from engine.expressions.templates import Part, TemplateError, parts, whole
from engine.expressions.tree import Call, Const, Has, Name, Node, Other, conjuncts, constant, walk

__all__ = [
    "Call",
    "Checker",
    "Const",
    "EvaluationError",
    "Evaluator",
    "ExpressionError",
    "Has",
    "Name",
    "Node",
    "Other",
    "Parsed",
    "Part",
    "Scope",
    "TemplateError",
    "TooLong",
    "checker",
    "conjuncts",
    "constant",
    "parse",
    "parts",
    "spelt",
    "walk",
    "whole",
]
