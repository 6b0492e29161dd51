"""Set statements: many rows of one table changed by one UPDATE, each to its own values.

Django's `bulk_update` writes one CASE per column and row, which grows with the square; an UPDATE from a
list of values does not, and it can compare before it sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def set_update(
    model: type[models.Model],
    match: Sequence[str],
    assign: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    only: str = "",
) -> int:
    """Update the rows whose `match` columns equal, and return how many did.

    A row of `rows` holds the values of `match`, then those of `assign`; a field may stand in both (compare
    and set). `only` is a further SQL condition on `t`, without parameters.
    """
    if not rows:
        return 0
    fields = [model._meta.get_field(name) for name in (*match, *assign)]
    names = [f"v{number}" for number in range(len(fields))]
    table, quote = model._meta.db_table, connection.ops.quote_name
    one = "(" + ", ".join(_placeholder(field) for field in fields) + ")"
    where = [f"t.{quote(field.column)} = v.{name}" for field, name in zip(fields, names, strict=True)][: len(match)]
    settings = [f"{quote(field.column)} = v.{name}" for field, name in zip(fields, names, strict=True)][len(match) :]
    # the UPDATE comes first: Python's sqlite3 counts no rows of a statement that begins with WITH
    values = f"WITH w({', '.join(names)}) AS (VALUES {', '.join([one] * len(rows))}) SELECT * FROM w"
    sql = (
        f"UPDATE {quote(table)} AS t SET {', '.join(settings)} FROM ({values}) AS v "
        f"WHERE {' AND '.join(where + [only] * bool(only))}"
    )
    parameters = [
        field.get_db_prep_save(value, connection) for row in rows for field, value in zip(fields, row, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _placeholder(field: models.Field[Any, Any]) -> str:
    # PostgreSQL takes the type of a column of VALUES from the first row, and NULL has none
    if connection.vendor != "postgresql":
        return "%s"
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    kind = target.rel_db_type(connection) if field is not target else target.cast_db_type(connection)
    return f"CAST(%s AS {kind})"
