"""How a database says that it would look up what a page asks for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

TABLES = "run|step|candidate|gate|vote|incident|work|shortage|place"


Statements = list[tuple[str, Any]]


@contextmanager
def statements() -> Iterator[Statements]:
    """What is asked meanwhile, each with its parameters."""
    found: Statements = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found.append((sql.strip(), params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def plans(asked: Statements) -> list[tuple[str, list[str], list[set[str]]]]:
    """Each statement with the lines of its plan, and on SQLite with the lines that stand within one part of it."""
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    found = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, parameters in asked:
            if not sql.startswith(("SELECT", "WITH")):
                continue
            cursor.execute(explain + sql, parameters)
            lines, parts = [], defaultdict(set)
            for *place, line in cursor.fetchall():
                lines.append(line)
                parts[place[1] if place else 0].add(line)
            found.append((sql, lines, list(parts.values())))
    return found


def goes_through(line: str) -> bool:
    """Whether a line of a plan goes through one of the large tables, or through a whole index of it."""
    return bool(re.search(rf"\bSCAN runs_({TABLES})\b|Seq Scan on runs_({TABLES})\b", line))
