"""What figures ask of runs and gates stands in the indexes by which they find them: wider ones instead of two."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0023_what_waits_in_a_run")]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["version", "ended_at", "status", "started_at", "paused_seconds"], name="run_version_times"
            ),
        ),
        migrations.RemoveIndex(model_name="run", name="run_version_ended"),
        migrations.AddIndex(
            model_name="gate",
            index=models.Index(fields=["decided_at", "status", "step"], name="gate_decided_how"),
        ),
        migrations.RemoveIndex(model_name="gate", name="gate_decided"),
    ]
