"""The table of docs/explanation/ways-to-cheat.md, made of the cheats that are tested, so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Iterator

from tests.trust.cheats import CHEATS, WAYS

#: What is no act, and so is refused by nobody: it has a test of its own.
LINK = "| a link with the decision in it is opened, by a person or a mail scanner | the page, and nothing else | |"


def lines() -> Iterator[str]:
    for way, title in WAYS.items():
        tried = [cheat for cheat in CHEATS if cheat.way == way]
        yield f"### {title}"
        yield ""
        yield "| what is tried | what is answered | rule |"
        yield "|---|---|---|"
        for cheat in tried:
            yield f"| {cheat.how} | “{cheat.answer}” | `{cheat.code}` |"
        if way == "link":
            yield LINK
        yield ""


def text() -> str:
    return "\n".join(lines()).strip() + "\n"
