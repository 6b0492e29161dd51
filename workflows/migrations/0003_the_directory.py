"""The log of the organisation, which takes no change, and what marks accounts that are unlike others."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from workflows import append_only


def seal_log(apps, editor):
    append_only.seal(append_only.DIRECTORY, editor.connection)


def unseal_log(apps, editor):
    append_only.unseal(append_only.DIRECTORY, editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0002_calendars_and_triggers'),
    ]

    operations = [
        migrations.AlterModelManagers(
            name='person',
            managers=[
            ],
        ),
        migrations.AddField(
            model_name='person',
            name='is_service',
            field=models.BooleanField(default=False, help_text="A program's account: it may start runs and read, and never votes or does a person's task.", verbose_name='service account'),
        ),
        migrations.AddField(
            model_name='person',
            name='password_is_temporary',
            field=models.BooleanField(default=False, help_text='Somebody else set it: this person chooses their own before anything else.'),
        ),
        migrations.CreateModel(
            name='DirectoryEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(help_text='A username, or what changed it without a person.', max_length=150)),
                ('kind', models.CharField(choices=[('added', 'account made'), ('changed', 'details changed'), ('activated', 'Activated'), ('deactivated', 'Deactivated'), ('joined', 'joined a group'), ('left', 'left a group'), ('part_given', 'part given'), ('part_taken', 'part taken'), ('administrator', "administrator's rights changed"), ('password', 'password set'), ('refused', 'refused')], max_length=20)),
                ('about', models.CharField(blank=True, max_length=300)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='directory_entries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'directory entries',
                'ordering': ['-pk'],
            },
        ),
        migrations.RunPython(seal_log, unseal_log),
    ]
