import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models

from workflows import append_only


def seal_log(apps, editor):
    append_only.seal(append_only.GOVERNANCE, editor.connection)


def unseal_log(apps, editor):
    append_only.unseal(append_only.GOVERNANCE, editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0004_decision_links'),
    ]

    operations = [
        migrations.AddField(
            model_name='artifact',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_artifacts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='artifact',
            name='reviewed_at',
            field=models.DateTimeField(blank=True, help_text='When its owner last found it still right as it is.', null=True),
        ),
        migrations.AddField(
            model_name='unit',
            name='kind',
            field=models.CharField(blank=True, choices=[('portfolio', 'Portfolio'), ('program', 'Program'), ('team', 'Team')], help_text='A word for it; may be empty.', max_length=10),
        ),
        migrations.AddField(
            model_name='version',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='version',
            name='based_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.version'),
        ),
        migrations.AddField(
            model_name='version',
            name='changes',
            field=models.TextField(blank=True, help_text="What is different and why, in its author's words."),
        ),
        migrations.AddField(
            model_name='version',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adaptations', to='workflows.version'),
        ),
        migrations.AddField(
            model_name='version',
            name='review_days',
            field=models.PositiveIntegerField(blank=True, help_text='Its owner is asked again after these.', null=True),
        ),
        migrations.AddField(
            model_name='version',
            name='semantic',
            field=models.CharField(blank=True, help_text='Major, minor and patch: 2.1.0.', max_length=20),
        ),
        migrations.AddField(
            model_name='version',
            name='tags',
            field=models.CharField(blank=True, help_text='Words with a blank around each: ` eu energy `.', max_length=500),
        ),
        migrations.AddField(
            model_name='version',
            name='written_at',
            field=models.DateTimeField(blank=True, help_text='When its text was last saved.', null=True),
        ),
        migrations.CreateModel(
            name='GovernanceEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('kind', models.CharField(choices=[('unit_added', 'unit added'), ('unit_changed', 'unit changed'), ('unit_moved', 'unit moved'), ('imported', 'people and units imported'), ('drafted', 'draft written'), ('discarded', 'draft discarded'), ('submitted', 'review asked for'), ('reviewed', 'reviewed'), ('approved', 'approved'), ('reopened', 'back to draft'), ('rejected', 'rejected'), ('published', 'published'), ('retired', 'retired'), ('confirmed', 'found still right'), ('owner', 'owner changed'), ('rollout_started', 'rollout started'), ('rollout_widened', 'rollout widened'), ('rollout_ended', 'rollout ended'), ('exception_asked', 'exception asked for'), ('exception_granted', 'exception granted'), ('exception_refused', 'exception refused'), ('exception_revoked', 'exception ended'), ('runs_moved', 'runs moved'), ('refused', 'refused')], max_length=20)),
                ('number', models.PositiveIntegerField(blank=True, help_text="Of the artifact's version.", null=True)),
                ('about', models.CharField(blank=True, max_length=300)),
                ('detail', models.CharField(blank=True, max_length=1000)),
                ('artifact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='log', to='workflows.artifact')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.unit')),
            ],
            options={
                'verbose_name_plural': 'governance entries',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(default=0)),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('answers', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answered_by', to='workflows.remark')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remarks', to='workflows.version')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_at', models.DateTimeField()),
                ('quorum', models.PositiveIntegerField(default=1)),
                ('approvers', models.CharField(help_text='Parts or groups, with commas: `process_owner`.', max_length=300)),
                ('exclude', models.CharField(blank=True, help_text='With commas: `author`.', max_length=300)),
                ('rule', models.CharField(max_length=300)),
                ('status', django_fsm.FSMField(choices=[('open', 'open'), ('approved', 'approved'), ('changes_wanted', 'changes wanted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default='open', max_length=50, protected=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='workflows.version')),
            ],
            options={
                'ordering': ['-pk'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('choice', models.CharField(choices=[('approve', 'approved'), ('changes', 'wants changes'), ('reject', 'rejected')], max_length=10)),
                ('comment', models.TextField(blank=True)),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='workflows.review')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Rollout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share', models.PositiveSmallIntegerField(blank=True, help_text='Of 100 new runs, so many.', null=True)),
                ('status', django_fsm.FSMField(choices=[('under_way', 'under way'), ('everyone', 'everyone'), ('back', 'back')], default='under_way', max_length=50, protected=True)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, help_text='Why it was taken back.', max_length=1000)),
                ('artifact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollouts', to='workflows.artifact')),
                ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.version')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.unit')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollouts', to='workflows.version')),
            ],
            options={
                'ordering': ['-pk'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='PolicyException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requirement', models.CharField(max_length=500)),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('status', django_fsm.FSMField(choices=[('asked', 'asked'), ('granted', 'granted'), ('refused', 'refused'), ('revoked', 'revoked')], default='asked', max_length=50, protected=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('said', models.CharField(blank=True, help_text='What whoever decided said.', max_length=1000)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('playbook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excepted_from', to='workflows.artifact')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exceptions', to='workflows.artifact')),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='exception_ends_after_start')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('version',), name='one_open_review_a_version'),
        ),
        migrations.AddConstraint(
            model_name='opinion',
            constraint=models.UniqueConstraint(fields=('review', 'person'), name='one_opinion_a_reviewer'),
        ),
        migrations.AddConstraint(
            model_name='rollout',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'under_way')), fields=('artifact',), name='one_rollout_an_artifact'),
        ),
        migrations.AddConstraint(
            model_name='rollout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('share__isnull', True), ('unit__isnull', False)), models.Q(('share__gte', 1), ('share__lte', 99), ('unit__isnull', True)), _connector='OR'), name='rollout_to_a_unit_or_a_share'),
        ),
        migrations.RunPython(seal_log, unseal_log),
    ]
