"""Which kinds of file are taken: by the name's ending and by what is in it, which must agree.

Nothing that could be executed is among them: no programs, scripts, web pages or SVG, no documents with macros. What is
packed is never unpacked, so that a bomb stays asleep: of an office document its table of contents is read, no more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import filetype
from django.conf import settings
from django.core.files import File

#: Every kind there is, by ending. `zip` must be asked for: what is in one is seen by nobody who approves it.
KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain",
    "log": "text/plain",
    "md": "text/plain",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "zip": "application/zip",
}
ON_REQUEST = frozenset({"zip"})
#: What a browser may draw in the page: it is drawn and not run.
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LONGEST_NAME = 200

_HEAD, _TAIL = 8192, 1 << 17
_OFFICE = {"docx": b"word/", "xlsx": b"xl/", "pptx": b"ppt/"}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<head|<body|<svg|<script|<iframe|<\?xml|<\?php|#!|\{\\rtf)", re.IGNORECASE)


def taken() -> tuple[str, ...]:
    """The endings that are taken here."""
    wanted = settings.PENSTOCK_FILE_TYPES
    return tuple(kind for kind in KINDS if (kind in wanted if wanted else kind not in ON_REQUEST))


def cleaned(name: str) -> str:
    """Return a name that is safe to show and to save under: no folders, no invisible characters, 200 at most."""
    name = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rpartition("/")[2]
    shown = ("".join(one if one.isprintable() else " " * one.isspace() for one in name)).split()
    name = " ".join(shown).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= LONGEST_NAME or not dot or len(ending) > 10:
        return name[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def type_of(name: str, upload: File) -> tuple[str, str]:
    """Return the media type of what is in this file, or "" and a sentence about why it is not taken."""
    kind = ending(name)
    if kind not in taken():
        return "", f"“{name}” is of a kind that is not taken. Taken are {_listed(taken())}."
    head, tail = _ends(upload)
    if _holds(kind, head, tail, upload):
        return KINDS[kind], ""
    if kind in _OFFICE and b"vbaProject.bin" in tail:
        return "", f"“{name}” holds macros, which are programs. Save it without them."
    return "", f"“{name}” is not what its name says: {_instead(kind, head)}."


def _holds(kind: str, head: bytes, tail: bytes, upload: File) -> bool:
    """Whether what is in it is what its ending says."""
    if kind in ("txt", "log", "md", "csv"):
        return _is_text(head, upload)
    if kind in ("odt", "ods"):
        return head[30:].startswith(b"mimetype" + KINDS[kind].encode() + b"PK") and head.startswith(b"PK\x03\x04")
    if kind in _OFFICE:
        both = head + tail
        parts = head.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in both and _OFFICE[kind] in both
        return parts and b"vbaProject.bin" not in both
    if kind == "zip":
        return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    return _guess(head) == KINDS[kind]


def _is_text(head: bytes, upload: File) -> bool:
    """Text has no control characters, unless it says that it is UTF-16, and begins like no program and no web page."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return not _MARKUP.match(head[2:].replace(b"\x00", b""))
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) or _guess(head):
        return False
    upload.seek(0)
    return all(len(chunk.translate(None, _CONTROLS)) == len(chunk) for chunk in upload.chunks())


def _guess(head: bytes) -> str:
    found = filetype.guess_mime(head) or ""
    return "image/png" if found == "image/apng" else str(found)


def _instead(kind: str, head: bytes) -> str:
    found = _guess(head)
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "it holds a web page or a script"
    if found:
        return f"it holds {found}, not {kind}"
    return f"what it holds is not {kind}"


def _ends(upload: File) -> tuple[bytes, bytes]:
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(max(0, (upload.size or 0) - _TAIL))
    tail = upload.read(_TAIL)
    return head, tail


@cache
def _listed(kinds: Iterable[str]) -> str:
    *first, last = kinds
    return f"{', '.join(first)} and {last}" if first else last


def largest() -> str:
    """How large a file may be, in words."""
    return said(int(settings.PENSTOCK_FILE_MB * 1_000_000))


def said(size: int) -> str:
    """A size in words: 312 kB."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".0 ", " ")
