import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0015_mentions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=20)),
                (
                    "to",
                    models.CharField(
                        blank=True, help_text="The step, role or signal it takes, where it does.", max_length=200
                    ),
                ),
                ("reason", models.TextField(help_text="As it was typed: it stands in the log of each run.")),
                (
                    "key",
                    models.CharField(
                        help_text="The idempotency key of the form: a repeat gets this one.", max_length=100
                    ),
                ),
                (
                    "left_out",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="So many that were asked for do not exist, or were not the person's to see any more.",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("token", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_acts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visit", models.PositiveIntegerField(default=0)),
                (
                    "seen",
                    models.PositiveIntegerField(help_text="The last entry that whoever ordered it had before them."),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("refused", "Refused")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=80)),
                ("sentence", models.TextField(blank=True)),
                ("seq", models.PositiveIntegerField(blank=True, null=True)),
                ("at", models.DateTimeField(blank=True, null=True)),
                (
                    "bulk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="runs.bulkact"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bulk_lines", to="runs.run"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bulkact",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["id"], name="bulk_act_under_way"),
        ),
        migrations.AddConstraint(
            model_name="bulkact",
            constraint=models.UniqueConstraint(fields=("by", "key"), name="bulk_act_once_a_key"),
        ),
        migrations.AddIndex(
            model_name="bulkline",
            index=models.Index(fields=["bulk", "status", "id"], name="bulk_line_status"),
        ),
        migrations.AddConstraint(
            model_name="bulkline",
            constraint=models.UniqueConstraint(fields=("bulk", "run", "visit"), name="bulk_line_once"),
        ),
    ]
