"""A kind of notice for whoever is mentioned in a comment."""

from django.db import migrations, models

KINDS = [
    ("asked", "A gate asks for my decision"),
    ("task", "A task is mine"),
    ("offered", "A task is open to my role"),
    ("rework", "Something comes back to me for changes"),
    ("reminder", "I am reminded"),
    ("overdue", "Something is overdue"),
    ("decided", "A gate I started or voted in is decided"),
    ("ended", "A run I started has ended"),
    ("incident", "A run needs an operator"),
    ("mention", "Somebody mentions me in a comment"),
    ("delegation", "Delegation and absence"),
    ("staffing", "A gate is short of people"),
    ("administration", "Notices cannot be delivered"),
]


class Migration(migrations.Migration):
    dependencies = [("runs", "0014_beats")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.AlterField("noticeroute", "kind", models.CharField(choices=KINDS, max_length=20)),
    ]
