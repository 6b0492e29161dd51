"""What is attached to a task, a vote or a comment: a file by its digest, or a link.

The bytes of a file lie outside the run (`runs.models.File`); run and log hold what stands here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

#: The media type of an attachment that is a link: its name is the address (RFC 2483).
LINK = "text/uri-list"
#: How many may be attached at once; the longest name of a file, and of an address, in characters.
MOST, LONGEST_NAME, LONGEST_ADDRESS = 20, 255, 2_000

_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """`size` is in bytes, `type` a media type, `sha256` hexadecimal. Of a link the name is the address."""

    name: str
    size: int = 0
    type: str = LINK
    sha256: str = ""

    @property
    def is_link(self) -> bool:
        return self.type == LINK and not self.sha256


def written(files: Collection[Attachment]) -> list[dict[str, Any]]:
    """Write attachments as JSON, as state and log hold them."""
    return [asdict(file) for file in files]


def trouble(files: Collection[Attachment]) -> str:
    """Say what is wrong with one of these, or with their number; an empty text where nothing is."""
    if len(files) > MOST:
        return f"At most {MOST} files and links can be attached at once."
    for file in files:
        if file.is_link:
            if len(file.name) > LONGEST_ADDRESS or not is_address(file.name):
                return f"{file.name[:80]} is no link: it must be an address that begins with http:// or https://."
        elif not is_file(asdict(file)):
            return f"{file.name[:80]} cannot be attached: it was not uploaded."
    return ""


def is_file(value: Any) -> bool:
    """Tell whether this is what a field of the type `file` holds: name, size, type and digest of something uploaded."""
    if not isinstance(value, Mapping) or set(value) != {"name", "size", "type", "sha256"}:
        return False
    name, size, kind, digest = value["name"], value["size"], value["type"], value["sha256"]
    return (
        isinstance(name, str)
        and 0 < len(name.strip()) <= LONGEST_NAME
        and name.isprintable()
        and isinstance(size, int)
        and not isinstance(size, bool)
        and 0 <= size < 2**53
        and isinstance(kind, str)
        and bool(_TYPE.fullmatch(kind))
        and isinstance(digest, str)
        and bool(_DIGEST.fullmatch(digest))
    )


def is_address(text: str) -> bool:
    """Tell whether this is an address on the web: http or https, with a host."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"\\^`{|}]", text)
