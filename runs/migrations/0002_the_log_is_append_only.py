"""What models cannot say: the log takes no change, and PostgreSQL counts the runs."""

from django.db import migrations

from runs.numbers import SEQUENCE
from runs.seal import LOG
from workflows import append_only


def seal_log(apps, editor):
    append_only.seal(LOG, editor.connection)


def unseal_log(apps, editor):
    append_only.unseal(LOG, editor.connection)


def make_counter(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"CREATE SEQUENCE IF NOT EXISTS {SEQUENCE} OWNED BY runs_run.number")


def drop_counter(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP SEQUENCE IF EXISTS {SEQUENCE}")


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]
    operations = [
        migrations.RunPython(make_counter, drop_counter),
        migrations.RunPython(seal_log, unseal_log),
    ]
