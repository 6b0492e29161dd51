"""Who asks: the session and its person, each read by a statement that is written once per process.

Both are asked for with every request, of which most are answered by a 304; the ORM takes ten times as long to write
them and to give them out as the database to answer (docs/explanation/fast-lists.md).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as Store
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.utils import timezone

from workflows.models import Person
from workflows.prepared import rows

_Row = TypeVar("_Row", bound=models.Model)


class _One(Generic[_Row]):
    """The row of a model of which this holds, as the ORM gives it."""

    def __init__(self, model: type[_Row], holds: str) -> None:
        self._model, self._fields = model, model._meta.concrete_fields
        columns = ", ".join(field.column for field in self._fields)
        self._statement = f"SELECT {columns} FROM {model._meta.db_table} WHERE {holds}"

    def read(self, *values: object) -> _Row | None:
        for row in rows(self._statement, values):
            given = list(row)
            for place, column, convert in self._converters:
                given[place] = convert(given[place], column, connection)
            return self._model.from_db(DEFAULT_DB_ALIAS, self._names, given)
        return None

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self._fields]

    @cached_property
    def _converters(self) -> list[tuple[int, Any, Any]]:
        """What the database does not give as the model has it, such as a boolean of SQLite."""
        columns = [field.get_col(self._model._meta.db_table) for field in self._fields]
        return [
            (place, column, convert)
            for place, column in enumerate(columns)
            for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        ]


SESSION = _One(Session, "session_key = %s AND expire_date > %s")
PERSON = _One(Person, "id = %s")


class SessionStore(Store):
    """Django's sessions in the database, found faster."""

    def _get_session_from_db(self) -> Session | None:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        session = SESSION.read(self.session_key, now)
        if session is None:
            self._session_key = None
        return session


class Backend(ModelBackend):
    """Django's passwords; whose session it is, found faster."""

    def get_user(self, user_id: int) -> Person | None:
        person = PERSON.read(user_id)
        return person if self.user_can_authenticate(person) else None
