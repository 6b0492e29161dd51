import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0017_due_with_lanes'),
        ('workflows', '0005_governance'),
    ]

    operations = [
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
    ]
