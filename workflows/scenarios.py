"""Scenario files: where they are, and rehearsing one with the files it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from engine.rehearsal import Known, Prepared, Rehearsed, play, prepare
from workflows import parents
from workflows.calendars import KNOWN
from workflows.decisions import SHIPPED
from workflows.models import Version
from workflows.playbooks import AtHand

_OF_LIBRARY = re.compile(r"[a-z][a-z0-9_-]*@\^?\d+")
_HEAD = re.compile(r"^(scenario|scenarios)\s*:", re.MULTILINE)


def files_in(folder: Path) -> list[Path]:
    """Return the scenario files of a folder and of those below it, in order of their paths."""
    found = [*folder.rglob("*.yaml"), *folder.rglob("*.yml")]
    # what is no text is no scenario either, and not for a folder's reader to complain about
    return [file for file in sorted(found) if is_scenario(file.read_text(encoding="utf-8", errors="replace"))]


def is_scenario(text: str) -> bool:
    """Tell a scenario file by a key of its head; a playbook has `steps` there instead."""
    return bool(_HEAD.search(text))


def prepare_text(text: str, file: Path, read: Callable[[str], str] | None = None) -> tuple[Prepared, ...]:
    """Prepare every scenario of a file; the names in it are relative to its folder."""
    known = Known(read or partial(_read, file.parent), KNOWN, SHIPPED, AtHand(), parents.AT_HAND)
    return prepare(text, str(file), known)


def _read(folder: Path, name: str) -> str:
    """Return the text of a file, or of `id@version` of the library. Raises OSError, LookupError or ValueError."""
    if not _OF_LIBRARY.fullmatch(name):
        return (folder / name).read_text(encoding="utf-8")
    playbook, _, version = name.partition("@")
    found = AtHand().at(playbook, version)
    if found is None:
        raise LookupError(name)
    versions = Version.objects.playbooks().filter(artifact__slug=playbook, digest=found.digest)
    return versions.values_list("source", flat=True)[0]


def rehearse_text(text: str, file: Path) -> tuple[Rehearsed, ...]:
    """Prepare and play every scenario of a file, in memory."""
    return tuple(map(play, prepare_text(text, file)))


def shipped_with(id: str) -> list[Path]:
    """Return the scenario files that come with this playbook of the shipped library."""
    folder = parents.FOLDER / id
    return files_in(folder) if folder.is_dir() else []


def rehearse_with(id: str, playbook: str) -> tuple[Rehearsed, ...]:
    """Play what comes with a shipped playbook against another text of it: a draft, a version in review."""

    def read_in(folder: Path, name: str) -> str:
        return playbook if name == f"{id}.yaml" else _read(folder, name)

    played: list[Rehearsed] = []
    for file in shipped_with(id):
        prepared = prepare_text(file.read_text(encoding="utf-8"), file, partial(read_in, file.parent))
        played += map(play, prepared)
    return tuple(played)
