"""What the reader asked the page Gates: whose, of which playbook. Read from the address, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.models import Unit, Version


@dataclass(frozen=True)
class Asked:
    """`problems` are sentences about what in the address could not be used; the rest holds anyway."""

    unit: Unit | None = None
    playbook: str = ""
    problems: tuple[str, ...] = ()


def read(address: Mapping[str, str], versions: Sequence[Version]) -> Asked:
    """Read `unit` and `playbook` (slugs); these versions are what the reader may look at."""
    problems = []
    units = {version.artifact.unit.slug: version.artifact.unit for version in versions}
    slug, playbook = (address.get(name, "").replace("\0", "").strip()[:64] for name in ("unit", "playbook"))
    if slug and slug not in units:
        problems.append(f"No unit “{slug}” has a published playbook that you answer for. These are the gates of all.")
    if playbook and playbook not in {version.artifact.slug for version in versions}:
        problems.append(f"There is no playbook “{playbook}” that you answer for. These are the gates of all.")
        playbook = ""
    return Asked(units.get(slug), playbook, tuple(problems))


def narrow(versions: Sequence[Version], asked: Asked) -> list[Version]:
    return [
        version
        for version in versions
        if (asked.unit is None or version.artifact.unit.path.startswith(asked.unit.path))
        and asked.playbook in ("", version.artifact.slug)
    ]
