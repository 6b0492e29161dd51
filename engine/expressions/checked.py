"""CEL's checked form to our tree.

`Program.checked` gives a `cel.expr.CheckedExpr` (cel-spec, proto/cel/expr/checked.proto) inside an `Any`. The
few messages needed are described here in code, in a descriptor pool of their own; field numbers are the
specification's.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any as AnyMessage

from engine.expressions.tree import Call, Const, Has, Name, Node, Other

_F = descriptor_pb2.FieldDescriptorProto
_KINDS = {
    "int64": _F.TYPE_INT64,
    "int32": _F.TYPE_INT32,
    "uint64": _F.TYPE_UINT64,
    "double": _F.TYPE_DOUBLE,
    "bool": _F.TYPE_BOOL,
    "string": _F.TYPE_STRING,
    "bytes": _F.TYPE_BYTES,
}

#: message -> (name, number, type, repeated, name of the oneof)
_MESSAGES: dict[str, list[tuple[str, int, str, bool, str]]] = {
    "Constant": [
        ("null_value", 1, "int32", False, "kind"),
        ("bool_value", 2, "bool", False, "kind"),
        ("int64_value", 3, "int64", False, "kind"),
        ("uint64_value", 4, "uint64", False, "kind"),
        ("double_value", 5, "double", False, "kind"),
        ("string_value", 6, "string", False, "kind"),
        ("bytes_value", 7, "bytes", False, "kind"),
    ],
    "Ident": [("name", 1, "string", False, "")],
    "Select": [
        ("operand", 1, "Expr", False, ""),
        ("field", 2, "string", False, ""),
        ("test_only", 3, "bool", False, ""),
    ],
    "Call": [
        ("target", 1, "Expr", False, ""),
        ("function", 2, "string", False, ""),
        ("args", 3, "Expr", True, ""),
    ],
    "CreateList": [("elements", 1, "Expr", True, "")],
    "EntryOf": [("map_key", 3, "Expr", False, ""), ("value", 4, "Expr", False, "")],
    "CreateStruct": [("entries", 2, "EntryOf", True, "")],
    "Comprehension": [
        ("iter_var", 1, "string", False, ""),
        ("iter_range", 2, "Expr", False, ""),
        ("accu_var", 3, "string", False, ""),
        ("accu_init", 4, "Expr", False, ""),
        ("loop_condition", 5, "Expr", False, ""),
        ("loop_step", 6, "Expr", False, ""),
        ("result", 7, "Expr", False, ""),
    ],
    "Expr": [
        ("id", 2, "int64", False, ""),
        ("const_expr", 3, "Constant", False, "kind"),
        ("ident_expr", 4, "Ident", False, "kind"),
        ("select_expr", 5, "Select", False, "kind"),
        ("call_expr", 6, "Call", False, "kind"),
        ("list_expr", 7, "CreateList", False, "kind"),
        ("struct_expr", 8, "CreateStruct", False, "kind"),
        ("comprehension_expr", 9, "Comprehension", False, "kind"),
    ],
    "Reference": [("name", 1, "string", False, "")],
    "ReferenceEntry": [("key", 1, "int64", False, ""), ("value", 2, "Reference", False, "")],
    "PositionEntry": [("key", 1, "int64", False, ""), ("value", 2, "int32", False, "")],
    "SourceInfo": [("positions", 4, "PositionEntry", True, "")],
    "CheckedExpr": [
        ("reference_map", 2, "ReferenceEntry", True, ""),
        ("expr", 4, "Expr", False, ""),
        ("source_info", 5, "SourceInfo", False, ""),
    ],
}


def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="penstock/checked.proto", package="penstock", syntax="proto3")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        oneofs: dict[str, int] = {}
        for name, number, kind, repeated, oneof in fields:
            field = described.field.add(name=name, number=number)
            field.label = _F.LABEL_REPEATED if repeated else _F.LABEL_OPTIONAL
            if kind in _KINDS:
                field.type = _KINDS[kind]
            else:
                field.type, field.type_name = _F.TYPE_MESSAGE, f".penstock.{kind}"
            if oneof:
                if oneof not in oneofs:
                    oneofs[oneof] = len(described.oneof_decl)
                    described.oneof_decl.add(name=oneof)
                field.oneof_index = oneofs[oneof]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("penstock.CheckedExpr"))


_CheckedExpr = _message_class()

#: The presence maps that stand for `steps` and `inputs` inside `has()`, each as long as what it replaces.
COMPLETED, GIVEN, GIVEN_INPUT = "_done", "_have", "_input"
_PRESENCE = {COMPLETED: "steps", GIVEN: "steps", GIVEN_INPUT: "inputs"}


def tree(checked: bytes, source: str) -> Node:
    """Return the tree of a checked expression; columns are offsets in the source, counted from 1."""
    wrapped = AnyMessage.FromString(checked)
    return _Reader(_CheckedExpr.FromString(wrapped.value), source).read()


class _Reader:
    def __init__(self, checked: Any, source: str) -> None:
        self.source = source
        self.root = checked.expr
        self.names = {entry.key: entry.value.name for entry in checked.reference_map if entry.value.name}
        self.columns = {entry.key: entry.value + 1 for entry in checked.source_info.positions}

    def read(self) -> Node:
        return self._node(self.root)

    def _node(self, expr: Any) -> Node:
        column = self.columns.get(expr.id, 0)
        kind = expr.WhichOneof("kind")
        if kind in ("ident_expr", "select_expr") and (name := self.names.get(expr.id)) is not None:
            return Name(tuple(name.split(".")), start_of_name(self.source, column))
        if kind == "const_expr":
            return Const(_constant(expr.const_expr), column)
        if kind == "ident_expr":
            return Name((expr.ident_expr.name,), column)
        if kind == "select_expr":
            return self._select(expr.select_expr, column)
        if kind == "call_expr":
            call = expr.call_expr
            receiver = (self._node(call.target),) if call.HasField("target") else ()
            return Call(call.function, (*receiver, *map(self._node, call.args)), column)
        if kind == "list_expr":
            return Other(tuple(map(self._node, expr.list_expr.elements)), "list", column)
        if kind == "struct_expr":
            parts = [part for entry in expr.struct_expr.entries for part in (entry.map_key, entry.value)]
            return Other(tuple(map(self._node, parts)), "map", column)
        if kind == "comprehension_expr":
            loop = expr.comprehension_expr
            parts = [loop.iter_range, loop.accu_init, loop.loop_condition, loop.loop_step, loop.result]
            return Other(tuple(map(self._node, parts)), "comprehension", column)
        return Other((), "", column)

    def _select(self, select: Any, column: int) -> Node:
        operand = self._node(select.operand)
        if not isinstance(operand, Name):
            return Other((operand,), "has" if select.test_only else f".{select.field}", column)
        path = (*operand.path, select.field)
        if not select.test_only:
            return Name(path, operand.column)
        if path[0] in _PRESENCE:
            return Has((_PRESENCE[path[0]], *path[1:]), operand.column)
        return Other((operand,), "has", column)


def start_of_name(source: str, column: int) -> int:
    """Return the column where a dotted name begins: CEL marks its last dot."""
    at = min(column, len(source)) - 1
    while at > 0 and (source[at - 1].isalnum() or source[at - 1] in "_."):
        at -= 1
    return at + 1


def _constant(constant: Any) -> Any:
    kind = constant.WhichOneof("kind")
    return None if kind in (None, "null_value") else getattr(constant, kind)
