

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0016_bulk_acts'),
        ('workflows', '0004_decision_links'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='run',
            name='run_due',
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='run_unit_due',
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='run_version_due',
        ),
        migrations.AlterField(
            model_name='step',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='runs.run'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['next_due_at', 'id', 'lane'], name='run_due'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['unit', 'next_due_at', 'id', 'lane'], name='run_unit_due'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['version', 'next_due_at', 'id', 'lane'], name='run_version_due'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['started_by', 'next_due_at', 'id', 'lane'], name='run_starter_due'),
        ),
    ]
