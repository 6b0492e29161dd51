"""What is attached to a task, a vote or a comment: a file by its digest, or a link.

The bytes of a file lie outside the run (`runs.models.File`); run and log hold what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The media type of an attachment that is a link: its name is the address (RFC 2483).
LINK = "text/uri-list"


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
