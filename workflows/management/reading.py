"""Files named on the command line."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError


def read(file: Path) -> str:
    """Return the text of a file; what cannot be read ends the command with a sentence and exit code 1."""
    try:
        return read_bytes(file).decode("utf-8")
    except UnicodeDecodeError:
        raise CommandError(f"{file}: this is not UTF-8 text.") from None


def read_bytes(file: Path) -> bytes:
    """Return what stands in a file, as `read` does."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise CommandError(f"{file}: no such file.") from None
    except IsADirectoryError:
        raise CommandError(f"{file}: this is a folder, name a file in it.") from None
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from None
