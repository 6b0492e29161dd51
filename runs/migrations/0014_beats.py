"""Who is running: clocks, workers and web processes, and when each was last heard."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0013_search_text")]

    operations = [
        migrations.CreateModel(
            name="Beat",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("clock", "Clock"), ("worker", "Worker"), ("web", "Web")], max_length=10
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=100)),
                (
                    "version",
                    models.CharField(blank=True, help_text="Of the program that runs there.", max_length=40),
                ),
                ("started_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["kind", "-beat_at"], name="beat_newest")]},
        ),
    ]
