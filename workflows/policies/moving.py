"""What moving a unit would break: playbooks under the policies that bind where it comes to stand, and its own policies
against those."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from workflows.models import Unit
from workflows.playbooks import by_digest
from workflows.policies import inheriting
from workflows.policies.binding import binding, bound_below
from workflows.policies.checking import findings
from workflows.policies.preview import bound_by

#: So many sentences are said of one move.
SAID = 5


def broken_by_moving(unit: Unit, parent: Unit | None, at: datetime) -> tuple[str, ...]:
    """Say what would not hold any more of what is published in this unit and below, if it stood there."""
    known = {bound.artifact.pk for bound in binding(unit)}
    new = [bound for bound in (binding(parent) if parent else ()) if bound.artifact.pk not in known]
    if not new:
        return ()

    def says() -> Iterator[str]:
        for version in bound_by(unit):
            for found in findings(by_digest(version.digest), new, lambda: at):
                if found.state == "broken":
                    yield f"“{version.title}” could not start any more. {found.sentence}"
        for bound in bound_below(unit):
            for one in inheriting.troubles(bound.policy, new):
                yield f"The policy “{bound.version.title}” would not fit there. {one.message}"

    said = list(says())
    more = [f"And {len(said) - SAID} more."] if len(said) > SAID else []
    return (*said[:SAID], *more)
