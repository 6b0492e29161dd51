"""Static files as they are served: hashed names, compressed, and one style sheet in place of sixty.

The sheet stays written in small files, one for each component; collecting them puts what `index.css` imports where the
import stands, so that a first visit asks once and not sixty times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

INDEX = "css/index.css"
IMPORT = re.compile(r'@import url\("([^"]+)"\);\n?')

Paths = dict[str, tuple[Storage, str]]


class OneSheet(CompressedManifestStaticFilesStorage):
    """Collects `css/index.css` with everything that it imports."""

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[tuple[str, str, bool]]:
        if INDEX in paths and not dry_run:
            whole = put_together(paths)
            self.delete(INDEX)
            self._save(INDEX, ContentFile(whole.encode()))
            paths[INDEX] = (self, INDEX)
        yield from super().post_process(paths, dry_run, **options)


def put_together(paths: Paths) -> str:
    """Return the index with each import replaced by the file itself."""
    folder = PurePosixPath(INDEX).parent
    return IMPORT.sub(lambda found: _read(*paths[str(folder / found[1])]), _read(*paths[INDEX]))


def _read(storage: Storage, path: str) -> str:
    with storage.open(path) as file:
        return file.read().decode()
