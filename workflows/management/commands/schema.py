"""`manage.py schema [NAME]`: print the JSON Schema of a kind of document, or write all of them for an editor."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.language import schema


class Command(BaseCommand):
    help = "Print the JSON Schema of a kind of document, or write that of each kind into a folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", choices=schema.NAMES, metavar="NAME", help=", ".join(schema.NAMES))
        parser.add_argument("--to", metavar="FOLDER", type=Path, help="Write NAME.schema.json there.")

    def handle(self, *, name: str | None, to: Path | None, **options: Any) -> None:
        if to is None and name is None:
            raise CommandError(f"Name one of {', '.join(schema.NAMES)}, or a folder by --to.")
        if to is None:
            self.stdout.write(_written(str(name)))
            return
        for each in (name,) if name else schema.NAMES:
            file = to / f"{each}.schema.json"
            try:
                to.mkdir(parents=True, exist_ok=True)
                file.write_text(_written(each) + "\n", encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
            self.stdout.write(f"{file}: written")


def _written(name: str) -> str:
    return json.dumps(schema.of(name), indent=2, ensure_ascii=False)
