"""The words of every run, and an index over them that models cannot say."""

from django.db import migrations, models

from engine.machine import state as states
from runs import search_index, words
from workflows.playbooks import by_digest


def make_index(apps, editor):
    search_index.make(editor.connection)


def drop_index(apps, editor):
    search_index.drop(editor.connection)


def find_words(apps, editor):
    """Give the runs that are there theirs."""
    Run, SearchText = apps.get_model("runs", "Run"), apps.get_model("runs", "SearchText")
    last = 0
    while rows := list(Run.objects.filter(number__gt=last).order_by("number").values_list("number", "state")[:500]):
        found = [(number, states.load(state)) for number, state in rows]
        SearchText.objects.bulk_create(
            [SearchText(number=number, words=words.of_run(by_digest(state.definition), state)) for number, state in found]
        )
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("runs", "0012_lanes")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "number",
                    models.PositiveBigIntegerField(
                        help_text="The run's number.", primary_key=True, serialize=False
                    ),
                ),
                ("words", models.TextField(help_text="Folded words with a space between: runs.words.")),
            ],
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(find_words, migrations.RunPython.noop),
    ]
