"""How a database says that it would look up what a page asks for."""

from __future__ import annotations

import re
from collections import defaultdict

from django.db import connection
from django.test.utils import CaptureQueriesContext

TABLES = "run|step|candidate|gate|vote|incident|work|shortage|place"


def plans(queries: CaptureQueriesContext) -> list[tuple[str, list[str], list[set[str]]]]:
    """Each statement with the lines of its plan, and on SQLite with the lines that stand within one part of it."""
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    found = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in [query["sql"].strip() for query in queries.captured_queries]:
            if not sql.startswith(("SELECT", "WITH")):
                continue
            cursor.execute(explain + sql)
            lines, parts = [], defaultdict(set)
            for *place, line in cursor.fetchall():
                lines.append(line)
                parts[place[1] if place else 0].add(line)
            found.append((sql, lines, list(parts.values())))
    return found


def goes_through(line: str) -> bool:
    """Whether a line of a plan goes through one of the large tables, or through a whole index of it."""
    return bool(re.search(rf"\bSCAN runs_({TABLES})\b|Seq Scan on runs_({TABLES})\b", line))
