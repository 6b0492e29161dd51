from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_the_directory")]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="decision_links",
            field=models.BooleanField(
                default=False,
                help_text="Mails about gates of this unit and below carry a link that decides once without signing in.",
                verbose_name="decision links",
            ),
        ),
    ]
