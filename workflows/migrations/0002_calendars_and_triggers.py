
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('workflows', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(help_text='What playbooks call it.', max_length=64, unique=True)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('source', models.TextField(help_text='The YAML as written.')),
                ('content', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('number', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='unit',
            name='calendar',
            field=models.CharField(blank=True, help_text='What business time counts by where a playbook names no calendar; empty: that of the unit above.', max_length=64),
        ),
        migrations.AddField(
            model_name='version',
            name='has_triggers',
            field=models.BooleanField(default=False, help_text='Runs of it begin by themselves.'),
        ),
        migrations.AddIndex(
            model_name='version',
            index=models.Index(condition=models.Q(('has_triggers', True), ('status', 'published')), fields=['artifact'], name='version_with_triggers'),
        ),
        migrations.AddField(
            model_name='calendar',
            name='changed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='calendar',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendars', to='workflows.unit'),
        ),
    ]
