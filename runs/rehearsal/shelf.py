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
        meant = {world.definition.playbook: world.definition}
        meant |= {playbook: definition for (playbook, _), definition in world.library.items()}
        known = {definition.digest for definition in meant.values()}
        # what runs are moved to comes first, as deprecated: calls mean what the scenario's library means
        for definition in {one.digest: one for one in world.versions.values()}.values():
            if definition.digest not in known:
                self._publish(definition, world.numbers[definition.digest])
        for playbook, numbers in world.published.items():
            for number in numbers:
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
