"""What a scenario attaches: links, and files, of which it says no more than the name.

The same name is the same file, with the same bytes and so the same digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from engine.attachments import Attachment
from engine.fieldspec import FieldSpec

_TYPE = "application/octet-stream"


def attached(names: Iterable[str]) -> tuple[Attachment, ...]:
    """Return what these names, and addresses of links, stand for."""
    return tuple(Attachment(name) if "://" in name else file(name) for name in names)


def file(name: str) -> Attachment:
    """Return the file of this name, as if it had been uploaded."""
    content = name.encode()
    return Attachment(name, len(content), _TYPE, hashlib.sha256(content).hexdigest())


def uploaded(specs: Iterable[FieldSpec], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form is given, with a file for each name that stands in a field for one."""
    files = {spec.name for spec in specs if spec.type == "file"}
    return {
        name: file(raw.strip()) if name in files and isinstance(raw, str) and raw.strip() else raw
        for name, raw in given.items()
    }
