"""What models cannot say: the logs of the organisation and of governance take no change."""

from django.db import migrations

from workflows import append_only

LOGS = (append_only.DIRECTORY, append_only.GOVERNANCE)


def seal_logs(apps, editor):
    for log in LOGS:
        append_only.seal(log, editor.connection)


def unseal_logs(apps, editor):
    for log in LOGS:
        append_only.unseal(log, editor.connection)


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_tables")]

    operations = [migrations.RunPython(seal_logs, unseal_logs)]
