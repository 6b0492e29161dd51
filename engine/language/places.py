"""Where everything that a playbook says stands in its file.

A path is made of keys as in the document, with ids for list positions where things have ids:
`("steps", "board", "gate", "quorum")`, `("steps", "route", "decide", 0, "when")`, `("inputs", "service")`.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.documents import Node, Scalar
from engine.problems import Place

Path = tuple[str | int, ...]


class Places:
    """The places of one document."""

    def __init__(self, nodes: Mapping[Path, Node | Place]) -> None:
        self._nodes = nodes

    def at(self, *path: str | int) -> Place:
        """Return the place of the longest beginning of this path that the document has."""
        for length in range(len(path), 0, -1):
            node = self._nodes.get(path[:length])
            if node is not None:
                return node if isinstance(node, Place) else node.place
        return Place()

    def inside(self, path: Path, offset: int) -> Place:
        """Return the place of a character of the text at this path, counted from 0."""
        node = self._nodes.get(path)
        return node.place_of(offset) if isinstance(node, Scalar) else self.at(*path)
