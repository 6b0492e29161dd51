"""The index over the words of all runs: made, dropped and filled anew, on either database.

SQLite: a table of FTS5 without a copy of the words, kept by triggers. Every length of a prefix up to twelve has an
index of its own, as FTS5 collects and sorts all that begins with any other before it gives the first (measured at
1,000,000 runs: 2 ms instead of 120). PostgreSQL: GIN over a column that the server derives; the words are folded
already, so no dictionary and no extension takes part. A migration that makes the table of words anew on SQLite takes
the triggers with it: `manage.py search --rebuild` brings them back.
"""

from __future__ import annotations

from typing import Any

TABLE = "runs_searchtext"
#: Of FTS5; a query names it.
INDEX = "runs_searchindex"
#: The longest prefix with an index of its own.
PREFIX = 12

_TAKE = f"INSERT INTO {INDEX}({INDEX}, rowid, words) VALUES ('delete', old.number, old.words);"
_GIVE = f"INSERT INTO {INDEX}(rowid, words) VALUES (new.number, new.words);"
_MAKE = {
    "sqlite": [
        # `ascii` takes every other letter as it is: the words come folded
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(words, content='{TABLE}', content_rowid='number', "
        f"detail=none, columnsize=0, tokenize='ascii', prefix='{' '.join(map(str, range(1, PREFIX + 1)))}')",
        f"INSERT INTO {INDEX}({INDEX}, rank) VALUES ('automerge', 16)",
        f"CREATE TRIGGER IF NOT EXISTS {TABLE}_come AFTER INSERT ON {TABLE} BEGIN {_GIVE} END",
        f"CREATE TRIGGER IF NOT EXISTS {TABLE}_change AFTER UPDATE ON {TABLE} BEGIN {_TAKE} {_GIVE} END",
        f"CREATE TRIGGER IF NOT EXISTS {TABLE}_go AFTER DELETE ON {TABLE} BEGIN {_TAKE} END",
    ],
    "postgresql": [
        f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS found tsvector "
        "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED",
        # what waits to be sorted in is read by every query: little of it
        f"CREATE INDEX IF NOT EXISTS {INDEX} ON {TABLE} USING gin (found) WITH (gin_pending_list_limit = 512)",
    ],
}
_DROP = {
    "sqlite": [
        *(f"DROP TRIGGER IF EXISTS {TABLE}_{name}" for name in ("come", "change", "go")),
        f"DROP TABLE IF EXISTS {INDEX}",
    ],
    "postgresql": [f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS found"],
}
_FILL = {"sqlite": [f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')"], "postgresql": [f"ANALYZE {TABLE}"]}


def make(connection: Any) -> None:
    """Make what is not there."""
    _execute(connection, _MAKE)


def drop(connection: Any) -> None:
    _execute(connection, _DROP)


def fill(connection: Any) -> None:
    """Fill it from the table of words, whatever it holds now."""
    _execute(connection, _FILL)


def _execute(connection: Any, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
