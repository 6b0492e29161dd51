"""All steps beside it in one, which a new database takes alone: the tables of the models, and what models cannot say."""

import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import django_fsm
from django.conf import settings
from django.db import migrations, models

from workflows import append_only


LOGS = (append_only.DIRECTORY, append_only.GOVERNANCE)


def seal_logs(apps, editor):
    for log in LOGS:
        append_only.seal(log, editor.connection)


def unseal_logs(apps, editor):
    for log in LOGS:
        append_only.unseal(log, editor.connection)


class Migration(migrations.Migration):

    replaces = [('workflows', '0001_initial'), ('workflows', '0002_calendars_and_triggers'), ('workflows', '0003_the_directory'), ('workflows', '0004_decision_links'), ('workflows', '0005_governance'), ('workflows', '0011_plans'), ('workflows', '0012_notices_of_governance'), ('workflows', '0013_the_kinds_of_the_log')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('job_title', models.CharField(blank=True, max_length=100)),
                ('time_zone', models.CharField(default='UTC', help_text='An IANA name: days and times are shown in it.', max_length=64)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('is_service', models.BooleanField(default=False, help_text="A program's account: it may start runs and read, and never votes or does a person's task.", verbose_name='service account')),
                ('password_is_temporary', models.BooleanField(default=False, help_text='Somebody else set it: this person chooses their own before anything else.')),
            ],
            options={
                'verbose_name_plural': 'people',
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=64, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('path', models.CharField(editable=False, max_length=1000, unique=True)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='workflows.unit')),
                ('calendar', models.CharField(blank=True, help_text='What business time counts by where a playbook names no calendar; empty: that of the unit above.', max_length=64)),
                ('decision_links', models.BooleanField(default=False, help_text='Mails about gates of this unit and below carry a link that decides once without signing in.', verbose_name='decision links')),
                ('kind', models.CharField(blank=True, choices=[('portfolio', 'Portfolio'), ('program', 'Program'), ('team', 'Team')], help_text='A word for it; may be empty.', max_length=10)),
            ],
            options={
                'ordering': ['path'],
            },
        ),
        migrations.CreateModel(
            name='Artifact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=64, unique=True)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='artifacts', to='workflows.unit')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_artifacts', to=settings.AUTH_USER_MODEL)),
                ('reviewed_at', models.DateTimeField(blank=True, help_text='When its owner last found it still right as it is.', null=True)),
                ('reminded_at', models.DateTimeField(blank=True, help_text='When its owner was last told that it is due.', null=True)),
            ],
            options={
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('viewer', 'Viewer'), ('member', 'Member'), ('author', 'Author'), ('operator', 'Operator'), ('break_glass', 'break-glass operator'), ('process_owner', 'process owner'), ('auditor', 'Auditor')], max_length=20)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='workflows.unit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('unit', 'person', 'part'), name='one_part_once')],
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='1, 2, 3, … within the playbook.')),
                ('title', models.CharField(max_length=200)),
                ('kind', models.CharField(max_length=20)),
                ('summary', models.TextField(blank=True)),
                ('domain', models.CharField(blank=True, max_length=64)),
                ('risk', models.CharField(blank=True, max_length=20)),
                ('maturity', models.CharField(blank=True, max_length=20)),
                ('source', models.TextField(help_text='The YAML as written.')),
                ('definition', models.TextField(help_text='The compiled state machine: canonical JSON (engine.definition).')),
                ('digest', models.CharField(db_index=True, max_length=64)),
                ('proven', models.JSONField(default=dict, help_text='What the compiler proved: workflows.proven.Proven.')),
                ('status', django_fsm.FSMField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('approved', 'approved'), ('published', 'published'), ('deprecated', 'deprecated'), ('retired', 'retired')], default='draft', max_length=50, protected=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('artifact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='workflows.artifact')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role_groups', models.ManyToManyField(blank=True, related_name='+', to='auth.group')),
                ('role_people', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('has_triggers', models.BooleanField(default=False, help_text='Runs of it begin by themselves.')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('based_on', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.version')),
                ('changes', models.TextField(blank=True, help_text="What is different and why, in its author's words.")),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adaptations', to='workflows.version')),
                ('review_days', models.PositiveIntegerField(blank=True, help_text='Its owner is asked again after these.', null=True)),
                ('semantic', models.CharField(blank=True, help_text='Major, minor and patch: 2.1.0.', max_length=20)),
                ('tags', models.CharField(blank=True, help_text='Words with a blank around each: ` eu energy `.', max_length=500)),
                ('written_at', models.DateTimeField(blank=True, help_text='When its text was last saved.', null=True)),
            ],
            options={
                'ordering': ['artifact', '-number'],
                'constraints': [models.UniqueConstraint(fields=('artifact', 'number'), name='version_number_once'), models.UniqueConstraint(condition=models.Q(('status', 'published')), fields=('artifact',), name='one_published_version'), models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'in_review', 'approved', 'published', 'deprecated', 'retired'])), name='version_status_known')],
                'indexes': [models.Index(condition=models.Q(('has_triggers', True), ('status', 'published')), fields=['artifact'], name='version_with_triggers')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
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
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendars', to='workflows.unit')),
            ],
            options={
                'ordering': ['name'],
            },
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
        migrations.CreateModel(
            name='GovernanceEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('kind', models.CharField(choices=[('unit_added', 'unit added'), ('unit_changed', 'unit changed'), ('unit_moved', 'unit moved'), ('imported', 'people and units imported'), ('drafted', 'draft written'), ('discarded', 'draft discarded'), ('submitted', 'review asked for'), ('remarked', 'remark made'), ('reviewed', 'reviewed'), ('approved', 'approved'), ('reopened', 'back to draft'), ('rejected', 'rejected'), ('settled', 'remark settled'), ('published', 'published'), ('retired', 'retired'), ('confirmed', 'found still right'), ('review_due', 'to be looked at again'), ('owner', 'owner changed'), ('rollout_started', 'rollout started'), ('rollout_widened', 'rollout widened'), ('rollout_ended', 'rollout ended'), ('exception_asked', 'exception asked for'), ('exception_granted', 'exception granted'), ('exception_refused', 'exception refused'), ('exception_revoked', 'exception ended'), ('calendar_kept', 'calendar kept'), ('exception_ending', 'exception about to end'), ('runs_moved', 'runs moved'), ('run_linked', 'run linked to a plan'), ('run_unlinked', 'run taken off a plan'), ('refused', 'refused')], max_length=20)),
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
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('version',), name='one_open_review_a_version')],
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
                'constraints': [models.UniqueConstraint(fields=('review', 'person'), name='one_opinion_a_reviewer')],
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
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'under_way')), fields=('artifact',), name='one_rollout_an_artifact'), models.CheckConstraint(condition=models.Q(models.Q(('share__isnull', True), ('unit__isnull', False)), models.Q(('share__gte', 1), ('share__lte', 99), ('unit__isnull', True)), _connector='OR'), name='rollout_to_a_unit_or_a_share')],
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
                ('reminded_at', models.DateTimeField(blank=True, help_text='When its people were told that it ends.', null=True)),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='exception_ends_after_start')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Untold',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='workflows.governanceentry')),
                ('of', models.PositiveBigIntegerField(blank=True, null=True)),
                ('due_at', models.DateTimeField(help_text='Later than the entry where telling of it went wrong: it is tried again.')),
            ],
        ),
        migrations.RunPython(seal_logs, unseal_logs),
    ]
