"""All steps beside it in one, which a new database takes alone: the tables of the models, and what models cannot say."""

import datetime
import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models

from runs import search_index
from runs.numbers import SEQUENCE
from runs.seal import TABLES
from workflows import append_only


def seal_logs(apps, editor):
    for log in TABLES:
        append_only.seal(log, editor.connection)


def unseal_logs(apps, editor):
    for log in TABLES:
        append_only.unseal(log, editor.connection)


def make_counter(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"CREATE SEQUENCE IF NOT EXISTS {SEQUENCE} OWNED BY runs_run.number")


def drop_counter(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP SEQUENCE IF EXISTS {SEQUENCE}")


def make_index(apps, editor):
    search_index.make(editor.connection)


def drop_index(apps, editor):
    search_index.drop(editor.connection)


class Migration(migrations.Migration):

    replaces = [('runs', '0001_initial'), ('runs', '0002_the_log_is_append_only'), ('runs', '0003_places_and_triggers'), ('runs', '0004_called_runs_and_items'), ('runs', '0005_votes_for_somebody'), ('runs', '0006_secrets'), ('runs', '0007_files'), ('runs', '0008_delegations'), ('runs', '0009_notices'), ('runs', '0010_openings'), ('runs', '0011_staffing'), ('runs', '0012_lanes'), ('runs', '0013_search_text'), ('runs', '0014_beats'), ('runs', '0015_mentions'), ('runs', '0016_bulk_acts'), ('runs', '0017_due_with_lanes'), ('runs', '0018_deliveries'), ('runs', '0019_room_for_a_move'), ('runs', '0020_who_started_what'), ('runs', '0021_notices_of_governance'), ('runs', '0022_what_still_waits')]

    initial = True

    dependencies = [
        ('workflows', '0001_squashed_0013'),
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveBigIntegerField(help_text='What people call it: run 4127.', unique=True)),
                ('title', models.CharField(max_length=300)),
                ('status', django_fsm.FSMField(choices=[('queued', 'queued'), ('running', 'running'), ('rolling_back', 'rolling back'), ('completed', 'completed'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('rolled_back', 'rolled back')], default='running', max_length=50, protected=True)),
                ('paused', models.BooleanField(default=False)),
                ('paused_at', models.DateTimeField(blank=True, help_text='Since when it is paused, where it is.', null=True)),
                ('paused_seconds', models.FloatField(default=0.0, help_text='How long its pauses were that are over.')),
                ('seq', models.PositiveIntegerField(default=0)),
                ('state', models.TextField()),
                ('head', models.CharField(help_text='The hash of the last entry of the log.', max_length=64)),
                ('started_at', models.DateTimeField()),
                ('start_key', models.CharField(blank=True, help_text='The idempotency key of the start: a repeat gets this run.', max_length=100)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, help_text="From the playbook's `sla`.", null=True)),
                ('changed_at', models.DateTimeField()),
                ('incident_count', models.PositiveIntegerField(default=0, help_text='Open incidents: above 0 it needs attention.')),
                ('waiting', models.BooleanField(default=False, help_text='Nothing to execute: it waits for people or a time.')),
                ('next_due_at', models.DateTimeField(blank=True, help_text='The earliest due of its open steps and its own; none while it stands still.', null=True)),
                ('stands_at', models.CharField(blank=True, help_text='Titles of the open steps, for the board.', max_length=300)),
                ('started_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='started_runs', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='workflows.unit')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='workflows.version')),
                ('parent', models.ForeignKey(blank=True, help_text='The run that called this one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='runs.run')),
                ('parent_visit', models.PositiveIntegerField(blank=True, help_text='The visit at which it did.', null=True)),
                ('lane', models.CharField(choices=[('attention', 'an incident is open'), ('paused', 'somebody has paused it'), ('people', 'a task or a gate waits for people'), ('machine', 'it goes on by itself, or at a time'), ('called', 'the same of a run that another called'), ('ended', 'it has ended')], help_text='Which list of the board it stands in.', max_length=10)),
            ],
            options={
                'indexes': [models.Index(fields=['-changed_at', 'id'], name='run_newest_change'), models.Index(fields=['version', 'ended_at'], name='run_version_ended'), models.Index(fields=['lane', '-changed_at', 'id'], name='run_lane'), models.Index(fields=['unit', 'lane', '-changed_at', 'id'], name='run_unit_lane'), models.Index(fields=['version', 'lane', '-changed_at', 'id'], name='run_version_lane'), models.Index(fields=['started_by', 'lane', '-changed_at', 'id'], name='run_starter_lane'), models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['next_due_at', 'id', 'lane'], name='run_due'), models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['unit', 'next_due_at', 'id', 'lane'], name='run_unit_due'), models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['version', 'next_due_at', 'id', 'lane'], name='run_version_due'), models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['started_by', 'next_due_at', 'id', 'lane'], name='run_starter_due'), models.Index(fields=['started_by', 'version'], name='run_starter_version')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'rolling_back', 'completed', 'failed', 'cancelled', 'rolled_back'])), name='run_status_known'), models.UniqueConstraint(condition=models.Q(('start_key', ''), _negated=True), fields=('started_by', 'start_key'), name='started_once_a_key'), models.CheckConstraint(condition=models.Q(('lane__in', ['attention', 'paused', 'people', 'machine', 'called', 'ended'])), name='run_lane_known')],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=10)),
                ('title', models.CharField(max_length=300)),
                ('status', django_fsm.FSMField(choices=[('waiting', 'waiting'), ('open', 'open'), ('active', 'active'), ('completed', 'completed'), ('skipped', 'skipped'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('undone', 'undone')], default='open', max_length=50, protected=True)),
                ('opened_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('overdue', models.BooleanField(default=False)),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=64)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('claimed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claimed_steps', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('picked', models.ForeignKey(blank=True, help_text='Whom the playbook picked of a role; they had their turn, whoever does it in the end.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='runs.run')),
                ('scope', models.CharField(blank=True, help_text='The item it belongs to: `regions[0]`.', max_length=300)),
                ('undoes', models.PositiveIntegerField(blank=True, help_text='The visit that this one takes back.', null=True)),
                ('claimed_for', models.ForeignKey(blank=True, help_text='Whose task it is, where it was claimed by somebody whom they have delegated to.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['run', 'number'],
                'indexes': [models.Index(condition=models.Q(('status__in', ['waiting', 'open', 'active'])), fields=['kind', 'opened_at'], name='step_open'), models.Index(fields=['ended_at'], name='step_ended')],
                'constraints': [models.UniqueConstraint(fields=('run', 'number'), name='one_row_a_visit'), models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'open', 'active', 'completed', 'skipped', 'failed', 'cancelled', 'undone'])), name='step_status_known')],
            },
        ),
        migrations.CreateModel(
            name='Gate',
            fields=[
                ('step', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='gate', serialize=False, to='runs.step')),
                ('question', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('status', django_fsm.FSMField(choices=[('open', 'open'), ('approved', 'approved'), ('rejected', 'rejected'), ('returned', 'returned'), ('overridden', 'overridden'), ('cancelled', 'cancelled')], default='open', max_length=50, protected=True)),
                ('decided_by', models.CharField(blank=True, help_text='A username, or `rung:<n>`: a rule decided.', max_length=150)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['decided_at'], name='gate_decided')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'approved', 'rejected', 'returned', 'overridden', 'cancelled'])), name='gate_status_known')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.JSONField(default=dict)),
                ('saved_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='runs.step')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('step', 'person'), name='one_draft_a_person')],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='auth.group')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candidates', to='runs.step')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.version')),
                ('is_open', models.BooleanField(default=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('person__isnull', False)), fields=['person', 'version', 'step'], name='candidate_of_person'), models.Index(condition=models.Q(('is_open', True)), fields=['person', 'step'], name='candidate_waiting'), models.Index(condition=models.Q(('is_open', True)), fields=['group', 'step'], name='candidate_group_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('person__isnull', True), ('group__isnull', True), _connector='XOR'), name='candidate_is_one'), models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('step', 'person'), name='candidate_person_once'), models.UniqueConstraint(condition=models.Q(('group__isnull', False)), fields=('step', 'group'), name='candidate_group_once')],
            },
        ),
        migrations.CreateModel(
            name='Refused',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('act', models.CharField(max_length=30)),
                ('step', models.CharField(blank=True, max_length=64)),
                ('code', models.CharField(max_length=80)),
                ('sentence', models.TextField()),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='runs.run')),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('seq', models.PositiveIntegerField(help_text='The entry that the first request made.')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='runs.run')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('run', 'key'), name='receipt_once')],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('message', models.TextField()),
                ('status', django_fsm.FSMField(choices=[('open', 'open'), ('resolved', 'resolved')], default='open', max_length=50, protected=True)),
                ('opened_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('resolution', models.CharField(blank=True, max_length=300)),
                ('step', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='incidents', to='runs.step')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='incidents', to='runs.run')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'open')), fields=['opened_at'], name='incident_open')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=20)),
                ('actor', models.CharField(max_length=150)),
                ('on_behalf_of', models.CharField(blank=True, max_length=150)),
                ('event', models.TextField()),
                ('moves', models.TextField()),
                ('hash', models.CharField(max_length=64)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='runs.run')),
            ],
            options={
                'ordering': ['run', 'seq'],
                'constraints': [models.UniqueConstraint(fields=('run', 'seq'), name='entry_seq_once')],
            },
        ),
        migrations.CreateModel(
            name='Ticked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ticks', to='runs.step')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('step', 'item'), name='ticked_once')],
            },
        ),
        migrations.CreateModel(
            name='Work',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(choices=[('action', 'Action'), ('timer', 'Timer'), ('start', 'start a called run'), ('relay', 'pass on to a called run'), ('report', 'tell the calling run'), ('withdrawn', 'an action that was withdrawn before it began')], max_length=10)),
                ('visit', models.PositiveIntegerField()),
                ('name', models.CharField(help_text="A timer's key in the run's state, or an action's provider.", max_length=100)),
                ('payload', models.TextField(blank=True, help_text='The command as JSON: `runs.outbox.load`.')),
                ('due_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('ready', 'ready'), ('leased', 'leased'), ('done', 'done'), ('dead', 'dead')], default='ready', max_length=10)),
                ('lease_until', models.DateTimeField(null=True)),
                ('token', models.PositiveIntegerField(default=0)),
                ('claims', models.PositiveIntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='work', to='runs.run')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'ready')), fields=['due_at'], name='work_ready'), models.Index(condition=models.Q(('status', 'leased')), fields=['lease_until'], name='work_leased'), models.Index(fields=['run', 'visit'], name='work_of_visit')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'leased'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='a_lease_has_an_end')],
            },
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('choice', models.CharField(max_length=10)),
                ('comment', models.TextField(blank=True)),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='votes', to=settings.AUTH_USER_MODEL)),
                ('gate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='runs.gate')),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('on_behalf_of__isnull', False)), fields=['person'], name='vote_for_another')],
                'constraints': [models.UniqueConstraint(fields=('gate', 'person'), name='one_vote_a_person')],
            },
        ),
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
        migrations.CreateModel(
            name='Secret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(max_length=64, unique=True)),
                ('ciphertext', models.TextField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='runs.run')),
            ],
        ),
        migrations.CreateModel(
            name='File',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('size', models.PositiveBigIntegerField()),
                ('type', models.CharField(help_text='The media type, by its content.', max_length=100)),
                ('sha256', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('attached', models.BooleanField(default=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='runs.run')),
                ('step', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='files', to='runs.step')),
            ],
            options={
                'indexes': [models.Index(fields=['sha256'], name='file_digest'), models.Index(condition=models.Q(('attached', False)), fields=['at'], name='file_unattached')],
                'constraints': [models.CheckConstraint(condition=models.Q(('attached', False), ('run__isnull', False), _connector='OR'), name='attached_to_a_run')],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('source', models.CharField(choices=[('own', 'said so'), ('administrator', 'set by an administrator'), ('calendar', 'from a calendar')], default='own', max_length=20)),
                ('feed', models.CharField(blank=True, help_text='The calendar that it was read from.', max_length=100)),
                ('uid', models.CharField(blank=True, help_text="Of the calendar's event, with the day it is on.", max_length=300)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='When it was ended before its time.', null=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('substitute', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['person', 'ends_at'], name='absence_standing')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('substitute', None), models.Q(('substitute', models.F('person')), _negated=True), _connector='OR'), name='nobody_is_their_own_substitute'), models.UniqueConstraint(condition=models.Q(models.Q(('uid', ''), _negated=True), ('ended_at', None)), fields=('feed', 'person', 'uid'), name='absence_once_a_feed')],
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('status', django_fsm.FSMField(choices=[('given', 'given'), ('taken_back', 'taken back')], default='given', max_length=50, protected=True)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('absence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='runs.absence')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL)),
                ('playbooks', models.ManyToManyField(blank=True, related_name='+', to='workflows.artifact')),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations_to_them', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('status', 'given')), fields=['to', 'ends_at'], name='delegation_given')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='delegation_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('to', models.F('person')), _negated=True), name='delegation_to_somebody_else'), models.CheckConstraint(condition=models.Q(('status__in', ['given', 'taken_back'])), name='delegation_status_known')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='DelegationEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('appointed', 'delegated'), ('taken_back', 'took back'), ('declined', 'declined'), ('away', 'said who is away'), ('changed', 'changed an absence'), ('back', 'ended an absence'), ('usual', 'named the usual substitute')], max_length=20)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('detail', models.CharField(blank=True, help_text='The playbooks, the reason, whence it comes.', max_length=1000)),
                ('absence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='runs.absence')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('delegation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='runs.delegation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'delegation entries',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Substitute',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='usual_substitute', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('to', models.F('person')), _negated=True), name='substitute_is_somebody_else')],
            },
        ),
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('service', models.CharField(help_text='The scheme of its address, such as slack.', max_length=40)),
                ('ciphertext', models.TextField()),
                ('added_at', models.DateTimeField()),
                ('verified_at', models.DateTimeField(blank=True, null=True)),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notice_channels', to='auth.group')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='channels', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('person__isnull', True), ('group__isnull', True), _connector='XOR'), name='channel_is_of_one')],
            },
        ),
        migrations.CreateModel(
            name='ChannelFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.TextField()),
                ('failures', models.PositiveIntegerField(default=1)),
                ('opened_at', models.DateTimeField()),
                ('failed_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='runs.channel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('channel__isnull', False), ('resolved_at__isnull', True)), fields=('channel',), name='one_open_fault_a_channel')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('asked', 'A gate asks for my decision'), ('task', 'A task is mine'), ('offered', 'A task is open to my role'), ('rework', 'Something comes back to me for changes'), ('reminder', 'I am reminded'), ('overdue', 'Something is overdue'), ('decided', 'A gate I started or voted in is decided'), ('ended', 'A run I started has ended'), ('incident', 'A run needs an operator'), ('mention', 'Somebody mentions me in a comment'), ('delegation', 'Delegation and absence'), ('staffing', 'A gate is short of people'), ('review', 'A review or an exception asks for my decision'), ('reviewed', 'A review or an exception that I asked for is decided, or remarked on'), ('owned', 'Something I own or rolled out changes, ends or is due'), ('administration', 'Notices cannot be delivered')], max_length=20)),
                ('title', models.CharField(max_length=300)),
                ('body', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('sorted_at', models.DateTimeField(blank=True, help_text='When it was decided how else it is sent.', null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='runs.run')),
                ('step', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='runs.step')),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-id'], name='notice_of_person'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['person'], name='notice_unread'), models.Index(condition=models.Q(('sorted_at__isnull', True)), fields=['id'], name='notice_unsorted')],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('means', models.CharField(choices=[('mail', 'Mail'), ('channel', 'Channel')], max_length=10)),
                ('due_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('ready', 'ready'), ('leased', 'leased'), ('done', 'done'), ('dead', 'dead')], default='ready', max_length=10)),
                ('bundle', models.PositiveBigIntegerField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('token', models.PositiveIntegerField(default=0)),
                ('claims', models.PositiveIntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(blank=True, help_text='Empty where it is done: it was not news any more.', null=True)),
                ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='runs.channel')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to=settings.AUTH_USER_MODEL)),
                ('notice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='runs.notice')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'ready')), fields=['due_at'], name='letter_ready'), models.Index(condition=models.Q(('status', 'leased')), fields=['lease_until'], name='letter_leased'), models.Index(fields=['bundle'], name='letter_bundle')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'leased'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='a_letters_lease_has_an_end'), models.CheckConstraint(condition=models.Q(models.Q(('means', 'mail'), ('person__isnull', False)), models.Q(('channel__isnull', False), ('means', 'channel')), _connector='OR'), name='a_letter_goes_somewhere')],
            },
        ),
        migrations.CreateModel(
            name='NoticeRoute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('asked', 'A gate asks for my decision'), ('task', 'A task is mine'), ('offered', 'A task is open to my role'), ('rework', 'Something comes back to me for changes'), ('reminder', 'I am reminded'), ('overdue', 'Something is overdue'), ('decided', 'A gate I started or voted in is decided'), ('ended', 'A run I started has ended'), ('incident', 'A run needs an operator'), ('mention', 'Somebody mentions me in a comment'), ('delegation', 'Delegation and absence'), ('staffing', 'A gate is short of people'), ('review', 'A review or an exception asks for my decision'), ('reviewed', 'A review or an exception that I asked for is decided, or remarked on'), ('owned', 'Something I own or rolled out changes, ends or is due'), ('administration', 'Notices cannot be delivered')], max_length=20)),
                ('mail', models.BooleanField()),
                ('channels', models.BooleanField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notice_routes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='one_route_a_kind')],
            },
        ),
        migrations.CreateModel(
            name='NoticeWish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rhythm', models.CharField(choices=[('at_once', 'At once'), ('hourly', 'Every hour'), ('daily', 'Once a day')], default='at_once', max_length=10)),
                ('daily_at', models.TimeField(default=datetime.time(8, 0))),
                ('quiet_from', models.TimeField(blank=True, null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='notice_wish', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='quiet_hours_have_both_ends')],
            },
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='openings', to='runs.step')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('step', 'person', 'digest'), name='opened_first_once')],
            },
        ),
        migrations.CreateModel(
            name='DecisionLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_sha256', models.CharField(max_length=64, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decision_links', to='runs.step')),
            ],
        ),
        migrations.CreateModel(
            name='StaffingCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.BigIntegerField(default=0)),
                ('delegation', models.BigIntegerField(default=0)),
                ('version', models.BigIntegerField(default=0)),
                ('day', models.DateField(null=True)),
                ('claimed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Shortage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('is_warning', models.BooleanField(default=False)),
                ('says', models.TextField()),
                ('help', models.TextField(blank=True)),
                ('since', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shortages', to='runs.run')),
                ('step', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shortages', to='runs.step')),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shortages', to='workflows.version')),
            ],
            options={
                'ordering': ['since'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('run__isnull', False), ('step__isnull', False), ('version__isnull', True)), models.Q(('run__isnull', True), ('step__isnull', True), ('version__isnull', False)), _connector='OR'), name='shortage_is_of_one'), models.UniqueConstraint(condition=models.Q(('resolved_at__isnull', True), ('step__isnull', False)), fields=('step',), name='short_step_once'), models.UniqueConstraint(condition=models.Q(('resolved_at__isnull', True), ('version__isnull', False)), fields=('version', 'name'), name='short_version_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('number', models.PositiveBigIntegerField(help_text="The run's number.", primary_key=True, serialize=False)),
                ('words', models.TextField(help_text='Folded words with a space between: runs.words.')),
            ],
        ),
        migrations.CreateModel(
            name='Beat',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('clock', 'Clock'), ('worker', 'Worker'), ('web', 'Web')], max_length=10)),
                ('host', models.CharField(blank=True, max_length=100)),
                ('version', models.CharField(blank=True, help_text='Of the program that runs there.', max_length=40)),
                ('started_at', models.DateTimeField()),
                ('beat_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['kind', '-beat_at'], name='beat_newest')],
            },
        ),
        migrations.CreateModel(
            name='BulkAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(max_length=20)),
                ('to', models.CharField(blank=True, help_text='The step, role, signal or version it takes, where it does.', max_length=4000)),
                ('reason', models.TextField(help_text='As it was typed: it stands in the log of each run.')),
                ('key', models.CharField(help_text='The idempotency key of the form: a repeat gets this one.', max_length=100)),
                ('left_out', models.PositiveIntegerField(default=0, help_text="So many that were asked for do not exist, or were not the person's to see any more.")),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('token', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bulk_acts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['id'], name='bulk_act_under_way')],
                'constraints': [models.UniqueConstraint(fields=('by', 'key'), name='bulk_act_once_a_key')],
            },
        ),
        migrations.CreateModel(
            name='BulkLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visit', models.PositiveIntegerField(default=0)),
                ('seen', models.PositiveIntegerField(help_text='The last entry that whoever ordered it had before them.')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('refused', 'Refused')], default='waiting', max_length=8)),
                ('code', models.CharField(blank=True, max_length=80)),
                ('sentence', models.TextField(blank=True)),
                ('seq', models.PositiveIntegerField(blank=True, null=True)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('bulk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='runs.bulkact')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bulk_lines', to='runs.run')),
            ],
            options={
                'indexes': [models.Index(fields=['bulk', 'status', 'id'], name='bulk_line_status')],
                'constraints': [models.UniqueConstraint(fields=('bulk', 'run', 'visit'), name='bulk_line_once')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('milestone', models.CharField(max_length=64)),
                ('nth', models.PositiveIntegerField(default=0)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='workflows.artifact')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='delivery', to='runs.run')),
            ],
            options={
                'indexes': [models.Index(fields=['plan', 'milestone', 'nth'], name='delivery_of_plan')],
            },
        ),
        migrations.CreateModel(
            name='Matter',
            fields=[
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='matter', serialize=False, to='runs.notice')),
                ('artifact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workflows.artifact')),
                ('exception', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workflows.policyexception')),
                ('review', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workflows.review')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('artifact', None), ('exception', None), ('review__isnull', False)), models.Q(('artifact', None), ('exception__isnull', False), ('review', None)), models.Q(('artifact__isnull', False), ('exception', None), ('review', None)), _connector='OR'), name='a_matter_is_one_thing')],
            },
        ),
        migrations.RunPython(make_counter, drop_counter),
        migrations.RunPython(seal_logs, unseal_logs),
        migrations.RunPython(make_index, drop_index),
    ]
