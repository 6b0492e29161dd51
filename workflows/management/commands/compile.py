"""`manage.py compile FILE…`: say what is wrong with playbooks and decisions, or print them as a state machine.

Files given together know each other: a playbook may ask the decisions, call and adapt the playbooks, among them. The
policies among them bind the playbooks of their units; those that are published here do so where that is asked for, so
that what a file comes to does not depend on where it is compiled.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.compiler import Compiled, compile_together
from engine.definition import Definition
from engine.diagrams import mermaid, scxml, svg
from engine.language.policy import Policy
from engine.naming import listed
from engine.policies import applies, binding
from workflows import calendars, decisions, parents, reports
from workflows.differing import between
from workflows.management.reading import read
from workflows.models import Unit
from workflows.playbooks import AtHand
from workflows.policies import inheriting
from workflows.policies.binding import published

DIAGRAMS = {"mermaid": mermaid.draw, "svg": svg.draw, "scxml": scxml.draw}

#: What is one document and no part of another: that of the first file. The others are what it asks, calls or adapts.
DOCUMENTS = frozenset({"svg", "scxml"})


class Command(BaseCommand):
    help = "Compile playbooks and decisions and prove what can be proven. Exits 1 when a file has errors."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--format", choices=["text", "json", *DIAGRAMS], default="text")
        parser.add_argument(
            "--against", metavar="OLD.yaml", type=Path, help="Say what is different from this file in the first one."
        )
        parser.add_argument(
            "--policies",
            choices=["given", "published"],
            default="given",
            help="Which bind: those among the files, or also those that are published here.",
        )

    def handle(self, *, files: list[Path], **options: Any) -> None:
        sources = [(str(file), read(file)) for file in files]
        if options["against"]:
            self._compare(options["against"], sources, options["format"])
            return
        policies, units = published() if options["policies"] == "published" else ((), ())
        found = compile_together(
            sources,
            calendars.KNOWN,
            decisions.SHIPPED,
            AtHand(),
            parents=parents.AT_HAND,
            policies=policies,
            units=units,
        )
        if options["policies"] == "published":
            found = [_beside_others(each) for each in found]
        compiled = [(each, source) for each, (_, source) in zip(found, sources, strict=True)]
        if options["format"] == "json":
            documents = [reports.file_json(each) for each, _ in compiled]
            self.stdout.write(json.dumps({"files": documents}, indent=2, ensure_ascii=False))
        else:
            for number, (each, source) in enumerate(compiled):
                if number == 0 or not each.ok or options["format"] not in DOCUMENTS:
                    self._write(each, source, options["format"])
            if options["format"] == "text":
                self._say_what_binds(found, units)
        if not all(each.ok for each, _ in compiled):
            sys.exit(1)

    def _compare(self, against: Path, sources: list[tuple[str, str]], form: str) -> None:
        """Print what is different in the first file and how heavy that is, or draw it; the others serve both."""
        found = []
        for first in ((str(against), read(against)), sources[0]):
            given = [first, *sources[1:]]
            compiled = compile_together(given, calendars.KNOWN, decisions.SHIPPED, AtHand(), parents=parents.AT_HAND)[0]
            content = compiled.definition or compiled.table or compiled.document
            if not compiled.ok or content is None:
                for line in reports.compiled_lines(compiled, first[1]):
                    self.stderr.write(line)
                sys.exit(1)
            found.append(content)
        difference = between(*found)
        if difference is None:
            raise CommandError(f"{against} and {sources[0][0]} are not of one kind.")
        if form == "svg" and isinstance(found[1], Definition):
            self.stdout.write(svg.draw(found[1], difference.marks))
            return
        for change in difference.changes:
            self.stdout.write(f"{change.level + ':':7} {change.sentence}")
        self.stdout.write(f"Together: {difference.level}." if difference else "Nothing is different.")

    def _say_what_binds(self, found: list[Compiled], units: tuple[str, ...]) -> None:
        """Name the playbooks that each policy binds: one that is meant and not bound would be proven nothing of."""
        playbooks = [each.definition for each in found if each.definition is not None]
        policies = [each.document for each in found if isinstance(each.document, Policy)]
        paths = (*units, *(policy.unit for policy in policies))
        for policy in policies if playbooks else ():
            bound = [one for one in playbooks if binding([policy], one.owner, paths)]
            about = [one.playbook for one in bound if applies(policy, one)]
            self.stdout.write(f"{policy.id}: binds {listed(about) if about else 'none of these playbooks'}")

    def _write(self, compiled: Compiled, source: str, form: str) -> None:
        draw = DIAGRAMS.get(form)
        if draw is not None and compiled.ok:
            if compiled.definition is not None:
                self.stdout.write(draw(compiled.definition))
            return
        stream = self.stderr if draw is not None else self.stdout
        for line in reports.compiled_lines(compiled, source):
            stream.write(line)


def _beside_others(compiled: Compiled) -> Compiled:
    """Add to a policy what it is beside those published above its unit and below it, where there is such a unit."""
    policy = compiled.document
    unit = Unit.objects.filter(slug=policy.unit.split("/")[-1]).first() if isinstance(policy, Policy) else None
    if unit is None or not isinstance(policy, Policy):
        return compiled
    return replace(compiled, problems=(*compiled.problems, *inheriting.problems(compiled, policy, unit)))
