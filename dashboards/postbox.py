"""Where mail goes and what it links to, as the environment says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_FILES = "django.core.mail.backends.filebased.EmailBackend"
#: Scheme of PENSTOCK_MAIL: its usual port, whether it is encrypted from the start, or after a greeting.
_SCHEMES = {"smtp": (587, False, True), "smtps": (465, True, False), "smtp+plain": (25, False, False)}


@dataclass(frozen=True)
class Postbox:
    """Django's settings of mail. `sends` is false where no mail is written at all."""

    backend: str = _FILES
    sends: bool = True
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False
    folder: str = ""


def read(given: str, folder: Path, production: bool) -> Postbox:
    """Read PENSTOCK_MAIL. Raises `ImproperlyConfigured`, without what was given: there is a password in it."""
    if given == "off" or (not given and production):
        return Postbox(sends=False, folder=str(folder))
    if not given:
        return Postbox(folder=str(folder))
    wrong = "PENSTOCK_MAIL is smtp://name:password@host:port, smtps://…, smtp+plain://…, file:///folder or off."
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(wrong) from None
    if parts.scheme == "file" and parts.path:
        return Postbox(folder=parts.path)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ImproperlyConfigured(wrong)
    usual, tls, starttls = _SCHEMES[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Postbox(_SMTP, True, parts.hostname, port or usual, user, password, tls, starttls, str(folder))


def address(environment: Mapping[str, str], hosts: Sequence[str], production: bool) -> str:
    """Return where the pages are, without a slash at the end."""
    given = environment.get("PENSTOCK_ADDRESS", "").rstrip("/")
    if given:
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ImproperlyConfigured(
                "PENSTOCK_ADDRESS is where people reach the pages, such as https://penstock.example."
            )
        return given
    if production:
        return f"https://{hosts[0].lstrip('.')}"
    return f"http://localhost:{environment.get('PORT') or 8000}"


def sender(reached_at: str) -> str:
    return f"Penstock <penstock@{urlsplit(reached_at).hostname}>"
