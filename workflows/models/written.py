"""Conditions about one person that are written out once per process.

The ORM takes 30 ms to write the statement that the walls come to, and the database 2 ms to answer it. It is always the
same statement but for the person and the moment, so it is written for a stand-in of both, which are then exchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from workflows.models.person import Person

Rule = Callable[[Person, datetime], Q]

#: No key and no moment of a real row.
_NOBODY = -7_777_777
_NEVER = datetime(1111, 11, 11, 11, 11, 11, 111111, tzinfo=UTC)


def written_once(model: str) -> Callable[[Rule], Callable[[Person], Q]]:
    """Turn a rule about rows of `model` into the same, written once: for everybody but those who have all rights.

    Of the person a rule may take the key and the groups, and compare the moment in the database only.
    """

    def of(rule: Rule) -> Callable[[Person], Q]:
        @cache
        def write(vendor: str) -> tuple[str, tuple[Any, ...]]:
            rows = apps.get_model("workflows", model)._base_manager.order_by()
            return rows.filter(rule(Person(pk=_NOBODY), _NEVER)).values("pk").query.sql_with_params()

        @wraps(rule)
        def said(person: Person) -> Q:
            now = timezone.now()
            if person.is_superuser:
                return rule(person, now)
            sql, parameters = write(connection.vendor)
            moment = connection.ops.adapt_datetimefield_value
            real = {_NOBODY: person.pk, moment(_NEVER): moment(now)}
            return Q(pk__in=RawSQL(sql, [real.get(value, value) for value in parameters]))

        return said

    return of
