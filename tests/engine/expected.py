"""Documents that say themselves where they are wrong.

`# expect: code` at the end of a line: this problem is reported on this line; `code:12` names the column too, and
several stand with spaces between. `# expect-next: …` speaks of the line below (inside a block of text).
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "documents"
_MARK = re.compile(r"# expect(?P<next>-next)?: (?P<codes>[a-z0-9: -]+?)\s*$")


def documents() -> list[Path]:
    """Return every document in a folder named after a code."""
    return sorted(FOLDER.glob("*/*.yaml"))


def expected(text: str) -> list[tuple[int, str, int | None]]:
    """Return (line, code, column or None), in the order of the file."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if mark := _MARK.search(line):
            for word in mark["codes"].split():
                code, _, column = word.partition(":")
                found.append((number + bool(mark["next"]), code, int(column) if column else None))
    return found
