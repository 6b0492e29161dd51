"""`manage.py publish FILE --unit UNIT --by PERSON`: publish a playbook, decision, policy or plan in a person's name."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import reports
from workflows.management.reading import read
from workflows.models import DECISION, PLAN, POLICY, Person, Unit
from workflows.publish import NotPublished, publish

#: What is true from now on, by the kind of what is published; of playbooks that runs start on it.
COUNTS = {
    DECISION: "playbooks compiled from now on ask it",
    POLICY: "it binds its unit and those below",
    PLAN: "its page shows what delivers it",
}


class Command(BaseCommand):
    help = "Compile a playbook, decision, policy or plan and publish it for a unit, in the name of a person who may."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--unit", required=True, help="The slug of the unit that keeps it.")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="Who publishes it.")

    def handle(self, *, file: Path, **options: Any) -> None:
        text = read(file)
        unit = Unit.objects.filter(slug=options["unit"]).first()
        person = Person.objects.filter(username=options["by"]).first()
        if unit is None:
            raise CommandError(f"No unit is called `{options['unit']}`.")
        if person is None:
            raise CommandError(f"Nobody signs in as `{options['by']}`.")
        answer = publish(text, unit, person, str(file))
        if isinstance(answer, NotPublished):
            for problem in answer.problems:
                for line in reports.problem_lines(problem, text):
                    self.stderr.write(line)
            self.stderr.write(answer.sentence or f"{file}: not published.")
            sys.exit(1)
        what = COUNTS.get(answer.kind, "new runs start on it")
        self.stdout.write(f"{answer.artifact.slug} {answer.number} is published: {what}.")
        for warning in answer.proven["warnings"]:
            self.stdout.write(f"warning: {warning}")
