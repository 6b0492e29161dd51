"""A child beside its parent: what it changes of it, then and now, and what it would be with the parent as it is now."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.compiler import Parent, bare
from engine.definition import Definition
from engine.documents import Mapping as Document
from engine.documents import parse
from workflows import parents
from workflows.adapting.trying import compiled
from workflows.differing import content_of
from workflows.examining import Examined, examine
from workflows.models import Version


class Newest:
    """The parents as they are published now, whatever version a child's text names."""

    def find(self, id: str, version: str) -> Parent | None:
        return parents.PUBLISHED.find(id, "")

    def ids(self) -> Iterable[str]:
        return parents.PUBLISHED.ids()


def unchanged(child: Version, *, as_compiled: bool) -> Definition | None:
    """Return the parent with the child's parameters and nothing changed, as it was compiled with or as it is now.

    None where there is no such thing: the parameters do not fit the parent as it is now, say. Tables and the usual
    calendar are those that the child carries, so that only what the child itself changes is a difference.
    """
    text, definition = bare(child.source), content_of(child)
    if text is None:
        return None
    digests, usual, tables = {}, None, None
    if isinstance(definition, Definition):
        digests = {one.playbook: one.digest for one in definition.extends}
        usual = None if _sets_calendar(child.source) else definition.calendar
        tables = definition.tables
    above = parents.AsCompiled(digests) if as_compiled and digests else Newest()
    return compiled(text, child.artifact.unit, above, usual=usual, tables=tables).definition


def with_newest(child: Version) -> Examined:
    """Compile the child's own text with the parent as it is published now."""
    parent = child.parent.artifact.published if child.parent is not None else None
    text = child.source if parent is None else following(child.source, parent.artifact.slug, parent.number)
    return examine(text, child.artifact.unit)


def following(text: str, parent: str, number: int) -> str:
    """Return a child's text that names this version of its parent, where it names one at all."""
    named = rf"^(extends:[ \t]*[\"']?{re.escape(parent)}@)\^?[0-9]+"
    return re.sub(named, rf"\g<1>^{number}", text, count=1, flags=re.MULTILINE)


def _sets_calendar(text: str) -> bool:
    root = parse(text).root
    own = root.get("set") if isinstance(root, Document) else None
    return isinstance(own, Document) and "calendar" in own.by_key
