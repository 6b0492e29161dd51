"""Secrets at the edges of a run: hidden before the event is made, revealed where an action is performed, never between.

`Vault` takes what was typed and leaves a reference and a salted hash, with the ciphertext for `apply` to write.
`opened` fills in what a provider is given, and `masked` takes it out of what comes back. The keys are the settings'
PENSTOCK_SECRETS_KEYS: the first encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from engine import values
from engine.values import MASKED, Json
from runs.models import Secret
from runs.providers.errors import ActionError


class Vault:
    """Hides the secrets of one submission. `kept` are the ciphertexts by reference, for its `Delivery`."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def hide(self, name: str, clear: str) -> values.Secret:
        """Return what stands for this text from now on; the same text given again gets another hash."""
        ref = uuid4().hex
        self.kept[ref] = _cipher(*settings.PENSTOCK_SECRETS_KEYS).encrypt(clear.encode()).decode()
        # with a key in it: whoever has the log cannot try out what a short secret might be
        salted = hmac.new(_derived(settings.PENSTOCK_SECRETS_KEYS[0], b"hash"), f"{ref}:{clear}".encode(), "sha256")
        return values.Secret(ref, salted.hexdigest())


class Unreadable(ValueError):
    """None of the keys in use reads this."""


def locked(clear: str) -> str:
    """Return the ciphertext of a text that belongs to no run."""
    return _cipher(*settings.PENSTOCK_SECRETS_KEYS).encrypt(clear.encode()).decode()


def unlocked(ciphertext: str) -> str:
    """Return what `locked` was given. Raises `Unreadable`."""
    try:
        return _cipher(*settings.PENSTOCK_SECRETS_KEYS).decrypt(ciphertext).decode()
    except InvalidToken:
        raise Unreadable from None


def kept_for(parameters: Json) -> Mapping[str, str]:
    """Return the ciphertexts that these parameters speak of: one statement, none where there are no secrets."""
    refs = [secret.ref for stored in _marks(parameters) if (secret := values.secret_of(stored)) is not None]
    return dict(Secret.objects.filter(ref__in=refs).values_list("ref", "ciphertext")) if refs else {}


def opened(parameters: Json, kept: Mapping[str, str]) -> tuple[Json, frozenset[str]]:
    """Return the parameters with every secret in the clear, and these texts. Raises `ActionError`.

    Touches no database: `kept` is what `kept_for` gave.
    """
    clear: set[str] = set()

    def of(stored: Json) -> Json:
        if isinstance(stored, list):
            return [of(item) for item in stored]
        if not isinstance(stored, dict):
            return stored
        if len(stored) == 1 and isinstance(held := stored.get("$map"), dict):
            return {key: of(item) for key, item in held.items()}
        if len(stored) == 1 and isinstance(held := stored.get("$secret"), dict):
            return _text_of(held, kept, clear)
        return {key: of(item) for key, item in stored.items()}

    return of(parameters), frozenset(clear)


def masked(value: Json, clear: Iterable[str]) -> Json:
    """Return JSON in which none of these texts stands, nor what a URL, base64 or JSON makes of them."""
    known = sorted({form for text in clear for form in _forms(text) if form}, key=len, reverse=True)
    return _masked(value, known) if known else value


def _masked(value: Json, known: list[str]) -> Json:
    if isinstance(value, str):
        for form in known:
            value = value.replace(form, MASKED)
        return value
    if isinstance(value, Mapping):
        return {_masked(str(key), known): _masked(item, known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, known) for item in value]
    return MASKED if isinstance(value, int | float) and str(value) in known else value


def _forms(text: str) -> Iterator[str]:
    yield from (text, text.strip(), quote(text), quote(text, safe=""), quote_plus(text))
    yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1])
    yield base64.b64encode(text.encode()).decode()


def _marks(stored: Json) -> Iterator[dict[str, Any]]:
    if isinstance(stored, dict):
        if len(stored) == 1 and "$secret" in stored:
            yield stored
        for item in stored.values():
            yield from _marks(item)
    elif isinstance(stored, list):
        for item in stored:
            yield from _marks(item)


def _text_of(held: Mapping[str, Any], kept: Mapping[str, str], clear: set[str]) -> str:
    if "parts" in held:
        pieces = [named(piece) if kind == "name" else piece for kind, piece in held["parts"]]
        clear |= {piece for (kind, _), piece in zip(held["parts"], pieces, strict=True) if kind == "name"}
        return "".join(pieces)
    text = _decrypted(kept.get(held["ref"]))
    clear.add(text)
    return text


def _decrypted(ciphertext: str | None) -> str:
    if ciphertext is None:
        raise ActionError("A secret that this action is given is not there any more.", permanent=True)
    try:
        return _cipher(*settings.PENSTOCK_SECRETS_KEYS).decrypt(ciphertext).decode()
    except InvalidToken:
        says = "A secret that this action is given cannot be read: the key it was kept with is none of those in use."
        raise ActionError(says, permanent=True) from None


def named(name: str) -> str:
    """Return a secret of the administrator's: of the environment, else of the file. Raises `ActionError`."""
    given = os.environ.get(f"PENSTOCK_ACTION_SECRET_{name.replace('-', '_').upper()}") or _in_the_file().get(name)
    if not isinstance(given, str) or not given:
        raise ActionError(f"There is no secret called {name}.", permanent=True)
    return given


def _in_the_file() -> Mapping[str, Any]:
    """Return what the file of secrets holds now: it may be changed while the workers run."""
    if not settings.PENSTOCK_SECRETS_FILE:
        return {}
    try:
        found = json.loads(Path(settings.PENSTOCK_SECRETS_FILE).read_text())
    except (OSError, ValueError) as fault:
        # never the file's text: a fault of JSON quotes none, its place is enough
        raise ActionError(f"The file of secrets cannot be read ({type(fault).__name__}).") from None
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=8)
def _cipher(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, b"encrypt"))) for key in keys])


def _derived(key: str, purpose: bytes) -> bytes:
    """Return 32 bytes of a key for one purpose: whoever has those of one has not those of another."""
    return hmac.new(hashlib.sha256(key.encode()).digest(), b"penstock secrets: " + purpose, "sha256").digest()
