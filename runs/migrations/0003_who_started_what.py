from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0002_what_models_cannot_say'),
        ('workflows', '0002_the_logs_are_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['started_by', 'version'], name='run_starter_version'),
        ),
    ]
