
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0002_the_log_is_append_only'),
        ('workflows', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=200)),
                ('limit', models.PositiveIntegerField()),
                ('asked_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField(blank=True, help_text='Empty while it waits for a place.', null=True)),
                ('artifact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='places', to='workflows.artifact')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='place', to='runs.run')),
            ],
            options={
                'indexes': [models.Index(fields=['artifact', 'key', 'id'], name='place_of_key'), models.Index(condition=models.Q(('taken_at__isnull', True)), fields=['artifact', 'key', 'id'], name='place_queue')],
            },
        ),
        migrations.CreateModel(
            name='Trigger',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('schedule', 'Schedule'), ('webhook', 'Webhook')], max_length=10)),
                ('name', models.CharField(max_length=300)),
                ('done_at', models.DateTimeField(help_text='Of a schedule: everything that was due up to then is done with.')),
                ('next_at', models.DateTimeField(blank=True, help_text='Of a schedule: when it is due next.', null=True)),
                ('fired_at', models.DateTimeField(blank=True, help_text='When it last started a run.', null=True)),
                ('failed_at', models.DateTimeField(blank=True, null=True)),
                ('failure', models.TextField(blank=True, help_text='Why it started no run, the last time it should have.')),
                ('artifact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='triggers', to='workflows.artifact')),
                ('last_run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='runs.run')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='triggers', to='workflows.version')),
            ],
            options={
                'ordering': ['artifact', 'kind', 'name'],
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='trigger_due'), models.Index(fields=['kind', 'name'], name='trigger_called')],
                'constraints': [models.UniqueConstraint(fields=('artifact', 'kind', 'name'), name='one_row_a_trigger')],
            },
        ),
    ]
