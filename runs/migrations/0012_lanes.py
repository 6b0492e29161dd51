"""A lane for every run, what is due next with the run's own date in it, and the indexes that the board runs along."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

OPEN = ["queued", "running", "rolling_back"]


def fill(apps, schema_editor):
    """Say of the runs that are there what `runs.records` says of those that move."""
    runs = apps.get_model("runs", "Run").objects
    asked = apps.get_model("runs", "Step").objects.filter(
        run=OuterRef("pk"), kind__in=["task", "gate"], status__in=["waiting", "open", "active"]
    )
    runs.update(
        lane=Case(
            When(~Q(status__in=OPEN), then=Value("ended")),
            When(incident_count__gt=0, then=Value("attention")),
            When(paused=True, then=Value("paused")),
            When(Exists(asked), then=Value("people")),
            When(parent__isnull=False, then=Value("called")),
            default=Value("machine"),
        )
    )
    runs.filter(status__in=OPEN, paused=False, due_at__isnull=False).update(
        next_due_at=Least(Coalesce(F("next_due_at"), F("due_at")), F("due_at"))
    )
    of = apps.get_model("runs", "Step").objects.filter(pk=OuterRef("step")).values("run__version")
    apps.get_model("runs", "Candidate").objects.update(version=Subquery(of))
    if schema_editor.connection.vendor == "postgresql":
        # rows changed twice have checks of their keys pending, and with these no table is altered
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


LANES = [
    ("attention", "an incident is open"),
    ("paused", "somebody has paused it"),
    ("people", "a task or a gate waits for people"),
    ("machine", "it goes on by itself, or at a time"),
    ("called", "the same of a run that another called"),
    ("ended", "it has ended"),
]
DUE = Q(next_due_at__isnull=False)


def index(fields, name, **more):
    return migrations.AddIndex(model_name="run", index=models.Index(fields=fields, name=name, **more))


def key(to, related_name, **more):
    on_delete = more.pop("on_delete", django.db.models.deletion.PROTECT)
    return models.ForeignKey(to=to, on_delete=on_delete, related_name=related_name, db_index=False, **more)


def without_index(name, to, related_name):
    field = key(to, related_name)
    return migrations.AlterField(model_name="run", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("runs", "0011_staffing")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="lane",
            field=models.CharField(
                max_length=10, choices=LANES, default="ended", help_text="Which list of the board it stands in."
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="run",
            name="next_due_at",
            field=models.DateTimeField(
                null=True,
                blank=True,
                help_text="The earliest due of its open steps and its own; none while it stands still.",
            ),
        ),
        migrations.RemoveIndex(model_name="run", name="run_open_due"),
        migrations.AddField(model_name="candidate", name="version", field=key("workflows.version", "+", null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        without_index("version", "workflows.version", "runs"),
        without_index("unit", "workflows.unit", "runs"),
        without_index("started_by", settings.AUTH_USER_MODEL, "started_runs"),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(condition=Q(lane__in=[name for name, _ in LANES]), name="run_lane_known"),
        ),
        index(["lane", "-changed_at", "id"], "run_lane"),
        index(["unit", "lane", "-changed_at", "id"], "run_unit_lane"),
        index(["version", "lane", "-changed_at", "id"], "run_version_lane"),
        index(["started_by", "lane", "-changed_at", "id"], "run_starter_lane"),
        index(["next_due_at", "id"], "run_due", condition=DUE),
        index(["unit", "next_due_at", "id"], "run_unit_due", condition=DUE),
        index(["version", "next_due_at", "id"], "run_version_due", condition=DUE),
        migrations.AlterField(model_name="candidate", name="version", field=key("workflows.version", "+")),
        migrations.AlterField(
            model_name="candidate",
            name="person",
            field=key(settings.AUTH_USER_MODEL, "+", null=True, on_delete=django.db.models.deletion.CASCADE),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                fields=["person", "version", "step"], name="candidate_of_person", condition=Q(person__isnull=False)
            ),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(fields=["person"], name="vote_for_another", condition=Q(on_behalf_of__isnull=False)),
        ),
    ]
