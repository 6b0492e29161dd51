"""Who asks: the session and its person, each read by a statement that is written once per process.

Both are asked for with every request, of which most are answered by a 304; the ORM takes ten times as long to write
them as the database to answer (docs/explanation/fast-lists.md).
"""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as Store
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone

from workflows.models import Person


def _selecting(model: type[models.Model]) -> str:
    columns = ", ".join(field.column for field in model._meta.concrete_fields)
    return f"SELECT {columns} FROM {model._meta.db_table}"


SESSION = f"{_selecting(Session)} WHERE session_key = %s AND expire_date > %s"
PERSON = f"{_selecting(Person)} WHERE id = %s"


class SessionStore(Store):
    """Django's sessions in the database, found faster."""

    def _get_session_from_db(self) -> Session | None:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        for session in Session.objects.raw(SESSION, [self.session_key, now]):
            return session
        self._session_key = None
        return None


class Backend(ModelBackend):
    """Django's passwords; whose session it is, found faster."""

    def get_user(self, user_id: int) -> Person | None:
        for person in Person.objects.raw(PERSON, [user_id]):
            return person if self.user_can_authenticate(person) else None
        return None
