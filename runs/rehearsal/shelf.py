"""The playbooks of a scenario in the database, each published in the versions that calls ask for."""

from __future__ import annotations

from engine import definition as definitions
from engine import values
from engine.definition import Definition
from engine.rehearsal.world import World
from runs.rehearsal.people import People
from workflows.models import Artifact, Version


class Shelf:
    """Publishes definitions as they are: a scenario's own calendar may be pinned in one, which no file says."""

    def __init__(self, people: People, world: World) -> None:
        self.people = people
        self.now = world.now
        self.versions: dict[str, Version] = {}
        asked: dict[str, set[int]] = {world.definition.playbook: {1}}
        meant = {world.definition.playbook: world.definition}
        for (playbook, version), definition in world.library.items():
            asked.setdefault(playbook, set()).add(int(version.removeprefix("^") or 1))
            meant[playbook] = definition
        for playbook, numbers in asked.items():
            for number in sorted(numbers):
                self._publish(meant[playbook], number)

    def version(self, definition: Definition) -> Version:
        """Return what new runs of this playbook start on."""
        return self.versions[definition.digest]

    def _publish(self, definition: Definition, number: int) -> None:
        unit = self.people.unit_of(definition)
        artifact, _ = Artifact.objects.get_or_create(slug=definition.playbook, defaults={"unit": unit})
        before = artifact.published
        if before is not None:
            before.deprecate()
            before.save()
        version = Version(
            artifact=artifact,
            number=number,
            title=definition.title[:200],
            kind=definition.kind,
            definition=values.canonical(definitions.to_json(definition)).decode(),
            digest=definition.digest,
            published_at=self.now,
        )
        version.publish()
        version.save()
        self.versions[definition.digest] = version
