"""What models cannot say: the logs take no change, PostgreSQL counts the runs, and their words are indexed."""

from django.db import migrations

from runs import search_index
from runs.numbers import SEQUENCE
from runs.seal import TABLES
from workflows import append_only


def seal_logs(apps, editor):
    for log in TABLES:
        append_only.seal(log, editor.connection)


def unseal_logs(apps, editor):
    for log in TABLES:
        append_only.unseal(log, editor.connection)


def make_counter(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"CREATE SEQUENCE IF NOT EXISTS {SEQUENCE} OWNED BY runs_run.number")


def drop_counter(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP SEQUENCE IF EXISTS {SEQUENCE}")


def make_index(apps, editor):
    search_index.make(editor.connection)


def drop_index(apps, editor):
    search_index.drop(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_tables")]

    operations = [
        migrations.RunPython(make_counter, drop_counter),
        migrations.RunPython(seal_logs, unseal_logs),
        migrations.RunPython(make_index, drop_index),
    ]
