"""What is asked with every page is planned once per connection on PostgreSQL, and answers alike on both databases."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workflows.models import Person
from workflows.prepared import among, rows

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
STATEMENT = "SELECT username FROM workflows_person WHERE id {} AND username <> %s ORDER BY username"


def test_it_answers_for_any_number_of_keys() -> None:
    ann, ben = (Person.objects.create(username=name) for name in ("ann", "ben"))
    for keys, found in (([ann.pk, ben.pk], ["ann", "ben"]), ([ben.pk], ["ben"]), ([ann.pk, 0], ["ann"])):
        condition, values = among(keys)
        assert rows(STATEMENT.format(condition), [*values, "otto"]) == [(name,) for name in found]


def test_keys_of_runs_are_compared_as_the_database_keeps_them() -> None:
    key = uuid4() if connection.vendor == "postgresql" else uuid4().hex
    condition, values = among([key])
    assert rows(f"SELECT COUNT(*) FROM runs_run WHERE id {condition}", values) == [(0,)]


def test_it_is_one_statement_and_is_counted_as_one() -> None:
    with CaptureQueriesContext(connection) as asked:
        rows("SELECT COUNT(*) FROM workflows_person WHERE username = %s", ["100%"])
    assert len(asked) == 1


@pytest.mark.postgres
def test_postgresql_plans_it_once_whatever_the_values_are() -> None:
    someone = Person.objects.create(username="ann")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for number in range(12):
        condition, values = among([someone.pk, number])
        rows(STATEMENT.format(condition), [*values, f"otto {number}"])
        assert Person.objects.filter(pk=someone.pk, last_name="").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        ((statement, generic, custom),) = cursor.fetchall()
    assert "ANY($1)" in statement
    assert (generic, custom) == (7, 0)
