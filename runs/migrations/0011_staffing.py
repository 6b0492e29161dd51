"""Where people are too few, when that was last asked, and an index for what gates cost."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0010_openings"),
        ("workflows", "0003_the_directory"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffingCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.BigIntegerField(default=0)),
                ("delegation", models.BigIntegerField(default=0)),
                ("version", models.BigIntegerField(default=0)),
                ("day", models.DateField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Shortage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                ("is_warning", models.BooleanField(default=False)),
                ("says", models.TextField()),
                ("help", models.TextField(blank=True)),
                ("since", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="shortages", to="runs.run"
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="shortages", to="runs.step"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shortages",
                        to="workflows.version",
                    ),
                ),
            ],
            options={
                "ordering": ["since"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("run__isnull", False), ("step__isnull", False), ("version__isnull", True)),
                            models.Q(("run__isnull", True), ("step__isnull", True), ("version__isnull", False)),
                            _connector="OR",
                        ),
                        name="shortage_is_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at__isnull", True), ("step__isnull", False)),
                        fields=("step",),
                        name="short_step_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at__isnull", True), ("version__isnull", False)),
                        fields=("version", "name"),
                        name="short_version_once",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="gate",
            index=models.Index(fields=["decided_at"], name="gate_decided"),
        ),
    ]
