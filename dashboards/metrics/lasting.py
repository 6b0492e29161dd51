"""How long something lasted, said to SQLite in functions of its own.

Django subtracts times on SQLite by calling Python for every row, which takes ten times as long as to find the row.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db.models import Aggregate, F, Func, IntegerField, TextField

#: `unixepoch` is SQLite's from 3.38 on; the same from `strftime` takes three times as long.
_SECONDS = "unixepoch({})" if sqlite3.sqlite_version_info >= (3, 38) else "strftime('%%%%s', {})"


class _Moment(Func):
    """A moment in microseconds: its whole seconds, and apart what is behind the point, which SQLite would round."""

    template = f"({_SECONDS.format('substr(%(expressions)s, 1, 19)')} * 1000000 + substr(%(expressions)s, 21))"
    arity = 1

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        sql, parameters = super().as_sql(compiler, connection, **context)
        return sql, [*parameters, *parameters]  # what is measured stands in it twice


class Microseconds(Func):
    """From column `start` to column `end`, without the seconds in column `without`, as a whole number."""

    arg_joiner = " - "
    template = "(%(expressions)s)"
    output_field = IntegerField()

    def __init__(self, end: str, start: str, without: str = "") -> None:
        less = [_Paused(F(without))] if without else []
        super().__init__(_Moment(F(end)), _Moment(F(start)), *less)


class _Paused(Func):
    template = "CAST(%(expressions)s * 1000000 + 0.5 AS INTEGER)"
    arity = 1


class Packed(Aggregate):
    """The values of a group in one text, between commas. A row each would be read ten times as long."""

    function = "group_concat"
    output_field = TextField()
