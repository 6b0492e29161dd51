from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0019_room_for_a_move"),
        ("workflows", "0011_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['started_by', 'version'], name='run_starter_version'),
        ),
    ]
