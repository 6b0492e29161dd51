"""Moving one run, from its own page: what stands against it first, then what is what there, and why.

Says the same as the page for many runs (`dashboards.moving.grouped`), by the same assessment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dashboards.forms import Control
from dashboards.moving import asking
from dashboards.moving.grouped import WORDS, Words
from engine.definition import Definition
from engine.machine.events import Migrate
from engine.machine.state import State
from engine.migration import Kind, concerning, read_given, wrong_mapping
from engine.naming import title
from runs import definitions, migrate, moving
from runs.models import Run
from runs.moving import Move
from runs.outcomes import Answer, FieldErrors, Outcome
from runs.secrets import Vault
from workflows.models import Person, Version

#: What whoever moves the run says to what stands against it.
ACCEPT = {
    Kind.REPEATS: "Move it all the same: what is done is done once more",
    Kind.SKIPS_GATE: "Move it all the same, past what nobody has approved",
}


CONSEQUENCE = {
    Kind.SAFE: "Nothing stands against it: it goes on as if it had begun on that version.",
    Kind.REPEATS: "It goes on where it stands, and comes to what is done already once more.",
    Kind.SKIPS_GATE: "It goes on behind a gate that nobody has approved: the gate counts as passed over by you, and "
    "this run’s page will say so. Or jump it back to before the gate, and move it then.",
    Kind.NEEDS_MAPPING: "It stays where it is until it is said below what of it is what there, and what it lacks is "
    "given.",
}


@dataclass(frozen=True)
class Against:
    """One kind of what stands against the move, with the sentences and the ways that show it.

    `accept` is what a tick says to it; nothing where no tick helps.
    """

    kind: Kind
    sentences: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...] = ()
    accept: str = ""
    accepted: bool = False

    @property
    def words(self) -> Words:
        return WORDS[self.kind]

    @property
    def title(self) -> str:
        return "Needs a mapping" if self.kind is Kind.NEEDS_MAPPING else self.words.title

    @property
    def consequence(self) -> str:
        return CONSEQUENCE[self.kind]


@dataclass(frozen=True)
class Moving:
    """What the form of a move shows: `versions` to choose from, the one chosen, and what is asked for."""

    version: Version
    versions: tuple[Version, ...]
    against: tuple[Against, ...]
    controls: tuple[Control, ...] = ()
    values: tuple[Control, ...] = ()


def chosen(run: Run, query: QueryDict | None) -> Version | None:
    """Return the version that is asked for; without a word the newest that the run may be moved to."""
    versions = _versions(run)
    wanted = "" if query is None else query.get("to", "")
    return next((one for one in versions if str(one.number) == wanted), None if wanted else next(iter(versions), None))


def _versions(run: Run) -> tuple[Version, ...]:
    return tuple(one for one in moving.targets(run.version.artifact) if one.pk != run.version_id)


def ask(run: Run, state: State, query: QueryDict | None, errors: Mapping[str, str]) -> Moving | None:
    """Lay the form out, with what stands against the run as it is and as typed so far; None without a version."""
    version = chosen(run, query)
    if version is None:
        return None
    before, after = definitions.by_digest(state.definition), definitions.of_version(version)
    typed = {} if query is None else asking.typed_mapping(query)
    raw = {} if query is None else asking.typed_values(query, after)
    given, wrong = read_given(after, raw, Vault().hide)
    wrong |= {name.removeprefix(asking.MAP): says for name, says in errors.items()}
    maps_wrong = wrong_mapping(before, after, typed)
    found = moving.assess_each([run], after, typed, given)[run]
    bare = moving.assess_each([run], after, {} if maps_wrong else typed)[run]
    lacking = moving.unmapped(run, after, {} if maps_wrong else typed) if bare.kind is Kind.NEEDS_MAPPING else ()
    fields = asking.fields(moving.lacking(run, after, typed, bare), raw, after)
    accepts = () if query is None else query.getlist("accept")
    return Moving(
        version,
        _versions(run),
        tuple(_against(kind, found.of(kind), after, accepts) for kind in reversed(Kind) if found.of(kind))
        or (Against(Kind.SAFE, ()),),
        tuple(asking.mappings([before], lacking, after, typed, wrong | maps_wrong)),
        tuple(asking.values(fields, query, wrong, secrets=True)),
    )


def _against(kind: Kind, findings: Any, after: Definition, accepts: Any) -> Against:
    ways = dict.fromkeys(one.example for one in findings if one.example)
    examples = tuple(tuple(title(after, step) for step in way if step in after.steps) for way in ways)
    sentences = tuple(dict.fromkeys(one.sentence for one in findings))
    return Against(kind, sentences, examples, ACCEPT.get(kind, ""), kind.value in accepts)


def event(run: Run, person: Person, query: QueryDict | None) -> Migrate | FieldErrors | None:
    """Return what would be delivered, to be tried beforehand; nothing while there is no version."""
    version = chosen(run, query)
    if version is None:
        return None
    after = definitions.of_version(version)
    if query is None:
        return Move.to_version(version).event(person.username, "")
    mapping = asking.typed_mapping(query)
    given, wrong = read_given(after, asking.typed_values(query, after), Vault().hide)
    wrong |= {asking.MAP + old: says for old, says in wrong_mapping(definitions.of(run), after, mapping).items()}
    if wrong:
        return FieldErrors(wrong)
    mapping = concerning(definitions.of(run), mapping)
    return Move.to_version(version, mapping, *query.getlist("accept"), given=given).event(person.username, "")


def perform(run: Run, person: Person, post: QueryDict, key: str | None, seen: int | None) -> Answer | Outcome:
    """Take a POST to the verb."""
    version = chosen(run, post)
    if version is None:
        return FieldErrors({"to": moving.NO_VERSION.sentence})
    return migrate.migrate(
        run,
        person,
        version,
        post.get("reason", ""),
        asking.typed_mapping(post),
        post.getlist("accept"),
        key,
        seen=seen,
        given=asking.typed_values(post, definitions.of_version(version)),
    )
