from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("workflows", "0012_notices_of_governance"),
    ]

    operations = [
        migrations.AlterField(
            model_name='governanceentry',
            name='kind',
            field=models.CharField(choices=[('unit_added', 'unit added'), ('unit_changed', 'unit changed'), ('unit_moved', 'unit moved'), ('imported', 'people and units imported'), ('drafted', 'draft written'), ('discarded', 'draft discarded'), ('submitted', 'review asked for'), ('remarked', 'remark made'), ('reviewed', 'reviewed'), ('approved', 'approved'), ('reopened', 'back to draft'), ('rejected', 'rejected'), ('settled', 'remark settled'), ('published', 'published'), ('retired', 'retired'), ('confirmed', 'found still right'), ('review_due', 'to be looked at again'), ('owner', 'owner changed'), ('rollout_started', 'rollout started'), ('rollout_widened', 'rollout widened'), ('rollout_ended', 'rollout ended'), ('exception_asked', 'exception asked for'), ('exception_granted', 'exception granted'), ('exception_refused', 'exception refused'), ('exception_revoked', 'exception ended'), ('calendar_kept', 'calendar kept'), ('exception_ending', 'exception about to end'), ('runs_moved', 'runs moved'), ('run_linked', 'run linked to a plan'), ('run_unlinked', 'run taken off a plan'), ('refused', 'refused')], max_length=20),
        ),
    ]
