"""How long something lasted, said to SQLite in functions of its own.

Django subtracts times on SQLite by calling Python for every row, which takes ten times as long as to find the row.
SQLite's own moments are whole milliseconds, and so are these lengths: no page shows less than a second. To tell what
is behind the milliseconds as well would take three times as long.
"""

from __future__ import annotations

from django.db.models import Aggregate, F, Func, IntegerField, TextField


class Milliseconds(Func):
    """From column `start` to column `end`, without the seconds in column `without`, as a whole number."""

    template = "CAST(%(expressions)s + 0.5 AS INTEGER)"
    arg_joiner = " - "
    output_field = IntegerField()

    def __init__(self, end: str, start: str, without: str = "") -> None:
        less = [_Seconds(F(without))] if without else []
        super().__init__(_Between(F(end), F(start)), *less)


class _Between(Func):
    """Days between, as milliseconds. Subtracted first: of so large a number as a day's the fraction is coarse."""

    template = "(%(expressions)s) * 86400000"
    arg_joiner = " - "

    def __init__(self, end: F, start: F) -> None:
        super().__init__(*(Func(moment, function="julianday") for moment in (end, start)), output_field=IntegerField())


class _Seconds(Func):
    template = "%(expressions)s * 1000"


class Packed(Aggregate):
    """The values of a group in one text, between commas. A row each would be read ten times as long."""

    function = "group_concat"
    output_field = TextField()
