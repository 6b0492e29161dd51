"""Files that people upload; their bytes lie outside the database."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_secrets"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("type", models.CharField(help_text="The media type, by its content.", max_length=100)),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("attached", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="runs.run",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="files",
                        to="runs.step",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["sha256"], name="file_digest"),
                    models.Index(condition=models.Q(("attached", False)), fields=["at"], name="file_unattached"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("attached", False), ("run__isnull", False), _connector="OR"),
                        name="attached_to_a_run",
                    )
                ],
            },
        ),
    ]
