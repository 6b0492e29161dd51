"""What may wait for somebody in a run is found by the run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_squashed_0022")]

    operations = [
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                fields=["run", "claimed_by"],
                name="step_of_people",
                condition=models.Q(("kind__in", ["gate", "task"]), ("status__in", ["active", "open", "waiting"])),
            ),
        ),
    ]
