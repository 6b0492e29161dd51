"""Candidates say whether their step still waits."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ENDED = ["completed", "skipped", "failed", "cancelled", "undone"]


def close(apps, editor):
    Candidate = apps.get_model("runs", "Candidate")
    Candidate.objects.filter(step__status__in=ENDED).update(is_open=False)


def index(field, name):
    rows = models.Q(is_open=True)
    return migrations.AddIndex("candidate", models.Index(fields=[field, "step"], name=name, condition=rows))


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0021_notices_of_governance"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("candidate", "is_open", models.BooleanField(default=True)),
        migrations.RunPython(close, migrations.RunPython.noop),
        migrations.AlterField(
            "candidate",
            "group",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="auth.group",
            ),
        ),
        index("person", "candidate_waiting"),
        index("group", "candidate_group_waiting"),
    ]
