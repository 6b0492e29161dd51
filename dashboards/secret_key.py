"""The key that signs sessions and tokens: given by the environment, or made once and kept outside the repository.

So are the keys that the secrets of runs are kept with.

A made key lies in the state folder of whoever runs the product, one for each place it is installed in, readable by
nobody else. Where several machines serve one database, give all of them the same PENSTOCK_SECRET_KEY_FILE.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def find(environment: Mapping[str, str], installed_in: Path) -> str:
    """PENSTOCK_SECRET_KEY, else the content of PENSTOCK_SECRET_KEY_FILE, else the key made at the first start.

    Raises OSError when a named file cannot be read or the state folder cannot be written.
    """
    given = environment.get("PENSTOCK_SECRET_KEY", "").strip()
    if given:
        return given
    if named := environment.get("PENSTOCK_SECRET_KEY_FILE"):
        return Path(named).read_text().strip()
    path = place(environment, installed_in)
    return _read(path) or _make(path)


def of_secrets(environment: Mapping[str, str], installed_in: Path) -> list[str]:
    """Return the keys that the secrets of runs are kept with: that of new ones, then older ones.

    The first is PENSTOCK_SECRETS_KEY, else the content of PENSTOCK_SECRETS_KEY_FILE, else the given session key,
    else one made at the first start and kept beside the made session key. The older ones are the lines of
    PENSTOCK_SECRETS_OLD_KEYS_FILE. Raises OSError like `find`.
    """
    first = environment.get("PENSTOCK_SECRETS_KEY", "").strip()
    if not first and (named := environment.get("PENSTOCK_SECRETS_KEY_FILE")):
        first = Path(named).read_text().strip()
    if not first and (environment.get("PENSTOCK_SECRET_KEY") or environment.get("PENSTOCK_SECRET_KEY_FILE")):
        # whoever gives a key may have several machines: one made on each of them could not read the others' secrets
        first = find(environment, installed_in)
    if not first:
        path = place(environment, installed_in).with_name("secrets-key")
        first = _read(path) or _make(path)
    old = environment.get("PENSTOCK_SECRETS_OLD_KEYS_FILE")
    return [first, *(line.strip() for line in (Path(old).read_text().splitlines() if old else ()) if line.strip())]


def place(environment: Mapping[str, str], installed_in: Path) -> Path:
    """Where the made key of this installation lies."""
    state = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    name = hashlib.sha256(str(installed_in.resolve()).encode()).hexdigest()[:16]
    return Path(state) / "penstock" / name / "secret-key"


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        # A link and no rename: of several processes that start together, the first one's key is everybody's.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)
