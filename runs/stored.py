"""Where the bytes of files lie: in PENSTOCK_FILES, each under the digest of its content, for nobody else to read.

`ab/abcdef…` holds what has that SHA-256. What is written has a name of its own until it is whole. Whoever keeps a file
writes its row first and puts the bytes in place afterwards, and `forget` takes them away before it looks at the rows
a last time, so that no row that is written meanwhile loses its bytes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django.conf import settings

_CHUNK = 1 << 20


class Damaged(Exception):
    """The bytes are not there, or are not those that were kept; the text says which."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Bytes that are written and not in their place yet."""

    path: Path
    size: int
    sha256: str

    def settle(self) -> None:
        place = _place(self.sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self.path, place)  # over the same bytes, if they are there already
        _sync(place.parent)


@contextmanager
def written(chunks: Iterable[bytes]) -> Iterator[Pending]:
    """Write these bytes; what is not settled by the end of the block is gone again."""
    folder = Path(settings.PENSTOCK_FILES)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"writing-{uuid4().hex}"
    size, digest = 0, hashlib.sha256()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        yield Pending(path, size, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def opened(sha256: str) -> BinaryIO:
    """Open what has this digest, once all of it has been compared with the digest. Raises `Damaged`."""
    try:
        file = _place(sha256).open("rb")
    except FileNotFoundError:
        raise Damaged("The file is not where it was kept.") from None
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        raise Damaged("The file is not the one that was attached: its content has been changed.")
    file.seek(0)
    return file


def forget(sha256: str, is_named: Callable[[str], bool]) -> bool:
    """Delete what has this digest unless it is named; return whether it was there to delete."""
    place = _place(sha256)
    aside = place.with_name(f"leaving-{sha256}-{uuid4().hex}")
    try:
        os.replace(place, aside)
    except FileNotFoundError:
        return False
    if is_named(sha256):
        os.replace(aside, place)
        return False
    aside.unlink()
    return True


def older(folder: int, before: float) -> set[str]:
    """Return the digests of what lies in one of the 256 folders since before this time (seconds since 1970)."""
    found = (Path(settings.PENSTOCK_FILES) / f"{folder:02x}").glob("?" * 64)
    return {path.name for path in found if path.stat().st_ctime < before}


def tidy(before: float, is_named: Callable[[str], bool]) -> int:
    """End what was begun before this time (seconds since 1970) by a process that is gone; return how much it was."""
    folder, count = Path(settings.PENSTOCK_FILES), 0
    for path in [*folder.glob("writing-*"), *folder.glob("??/leaving-*")]:
        try:
            if path.stat().st_ctime >= before:
                continue
            sha256 = path.name.split("-")[1]
            if path.parent != folder and is_named(sha256) and not _place(sha256).exists():
                os.replace(path, _place(sha256))
            else:
                path.unlink()
        except FileNotFoundError:
            continue  # another clock was here
        count += 1
    return count


def _place(sha256: str) -> Path:
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise Damaged("This is no digest of a file.")
    return Path(settings.PENSTOCK_FILES) / sha256[:2] / sha256


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
