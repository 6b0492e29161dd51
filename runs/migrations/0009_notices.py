import datetime
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('runs', '0008_delegations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('asked', 'A gate asks for my decision'), ('task', 'A task is mine'), ('offered', 'A task is open to my role'), ('rework', 'Something comes back to me for changes'), ('reminder', 'I am reminded'), ('overdue', 'Something is overdue'), ('decided', 'A gate I started or voted in is decided'), ('ended', 'A run I started has ended'), ('incident', 'A run needs an operator'), ('delegation', 'Delegation and absence'), ('staffing', 'A gate is short of people'), ('administration', 'Notices cannot be delivered')], max_length=20)),
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
        ),
        migrations.CreateModel(
            name='NoticeRoute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('asked', 'A gate asks for my decision'), ('task', 'A task is mine'), ('offered', 'A task is open to my role'), ('rework', 'Something comes back to me for changes'), ('reminder', 'I am reminded'), ('overdue', 'Something is overdue'), ('decided', 'A gate I started or voted in is decided'), ('ended', 'A run I started has ended'), ('incident', 'A run needs an operator'), ('delegation', 'Delegation and absence'), ('staffing', 'A gate is short of people'), ('administration', 'Notices cannot be delivered')], max_length=20)),
                ('mail', models.BooleanField()),
                ('channels', models.BooleanField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notice_routes', to=settings.AUTH_USER_MODEL)),
            ],
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
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.CheckConstraint(condition=models.Q(('person__isnull', True), ('group__isnull', True), _connector='XOR'), name='channel_is_of_one'),
        ),
        migrations.AddConstraint(
            model_name='channelfault',
            constraint=models.UniqueConstraint(condition=models.Q(('channel__isnull', False), ('resolved_at__isnull', True)), fields=('channel',), name='one_open_fault_a_channel'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['person', '-id'], name='notice_of_person'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at__isnull', True)), fields=['person'], name='notice_unread'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('sorted_at__isnull', True)), fields=['id'], name='notice_unsorted'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(condition=models.Q(('status', 'ready')), fields=['due_at'], name='letter_ready'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(condition=models.Q(('status', 'leased')), fields=['lease_until'], name='letter_leased'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(fields=['bundle'], name='letter_bundle'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'leased'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='a_letters_lease_has_an_end'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('means', 'mail'), ('person__isnull', False)), models.Q(('channel__isnull', False), ('means', 'channel')), _connector='OR'), name='a_letter_goes_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='noticeroute',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='one_route_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='noticewish',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='quiet_hours_have_both_ends'),
        ),
    ]
