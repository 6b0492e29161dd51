"""`http.request`: one HTTP call. The only HTTP client of the product (guarantees S8).

http and https only; the name is resolved once and the connection goes to the address that was checked,
Host and TLS name kept; no redirects, no proxies; at most 10 s and 1 MB. 2xx answers succeed; 408, 425, 429
and 5xx may be tried again, every other answer is final.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from runs.providers.addresses import Endpoint, find
from runs.providers.errors import ActionError

SECONDS = 10.0
BYTES = 1_000_000
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_AGAIN = frozenset({408, 425, 429})
#: Headers that belong to the connection; a playbook that set them could speak to another host or twice.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "idempotency-key"}
)
_PORTS = {"http": 80, "https": 443}


def request(parameters: Mapping[str, Any], key: str, seconds: float) -> Any:
    """Make the call and return `{status, headers, body, json}`; `json` only where the answer is JSON."""
    url = _url(str(parameters.get("url", "")))
    method = str(parameters.get("method") or "GET").upper()
    if method not in METHODS:
        raise ActionError(f"{method} is not a method that playbooks may use.", permanent=True)
    headers, body = _message(parameters, key)
    endpoint = find(url.hostname or "", url.port or _PORTS[url.scheme])
    seconds = min(seconds, SECONDS)
    connection = _Pinned(url, endpoint, seconds)
    # a socket's timeout is for each piece: a server that drips bytes would never meet it
    cut = threading.Timer(seconds, connection.cut)
    cut.daemon = True
    cut.start()
    try:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        content = _read(answer)
        if connection.is_cut:  # a body without a length ends where the connection does: it may be half of one
            raise TimeoutError
    except (OSError, ValueError, AttributeError, http.client.HTTPException) as fault:
        raise ActionError(f"{url.hostname} did not answer: {type(fault).__name__}.") from fault
    finally:
        cut.cancel()
        connection.close()
    return _answer(answer, content, url)


def _url(text: str) -> SplitResult:
    if any(character.isspace() or ord(character) < 32 for character in text) or "\\" in text:
        raise ActionError("The address holds characters that no address has.", permanent=True)
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as fault:
        raise ActionError("This is no address that can be called.", permanent=True) from fault
    if url.scheme not in _PORTS or not url.hostname or port == 0:
        raise ActionError("Only http:// and https:// addresses can be called.", permanent=True)
    if url.username is not None or url.password is not None:
        raise ActionError("An address may not hold a user name or a password.", permanent=True)
    return url


def _message(parameters: Mapping[str, Any], key: str) -> tuple[dict[str, str], bytes | None]:
    headers = {"User-Agent": "Penstock", "Accept": "*/*", "Accept-Encoding": "identity"}
    for name, value in dict(parameters.get("headers") or {}).items():
        if str(name).lower() in _OURS:
            raise ActionError(f"The header {name} is set by Penstock.", permanent=True)
        if any(character in f"{name}{value}" for character in "\r\n\0"):
            raise ActionError(f"The header {name} holds a line break.", permanent=True)
        headers[str(name)] = str(value)
    headers["Idempotency-Key"] = key
    body: bytes | None = None
    if parameters.get("json") is not None:
        body = json.dumps(parameters["json"]).encode()
        headers.setdefault("Content-Type", "application/json")
    elif parameters.get("body") is not None:
        body = str(parameters["body"]).encode()
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    return headers, body


class _Pinned(http.client.HTTPConnection):
    """A connection to the checked address; Host and the TLS name are the URL's."""

    def __init__(self, url: SplitResult, endpoint: Endpoint, seconds: float) -> None:
        super().__init__(url.hostname or "", url.port or _PORTS[url.scheme], timeout=seconds)
        self.default_port = _PORTS[url.scheme]  # so that Host carries a port only where it is another
        self._secure, self._endpoint = url.scheme == "https", endpoint
        self._link: socket.socket | None = None
        self.is_cut = False

    def connect(self) -> None:
        link = self._link = socket.socket(self._endpoint.family, socket.SOCK_STREAM)
        try:
            link.settimeout(self.timeout)
            link.connect((self._endpoint.address, self._endpoint.port))
            if self._secure:
                link = ssl.create_default_context().wrap_socket(link, server_hostname=self.host)
        except BaseException:
            link.close()
            raise
        self.sock = link

    def cut(self) -> None:
        """End the conversation from another thread: whatever waits on it gets an error."""
        self.is_cut = True
        link = self.sock or self._link
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse) -> bytes:
    """Read the body, in pieces, so that a long one is left as soon as it is too long."""
    pieces, size = [], 0
    while piece := answer.read(65_536):
        size += len(piece)
        if size > BYTES:
            raise ActionError("The answer is longer than 1 MB.", permanent=True)
        pieces.append(piece)
    return b"".join(pieces)


def _answer(answer: http.client.HTTPResponse, content: bytes, url: SplitResult) -> Any:
    status = answer.status
    text = content.decode("utf-8", errors="replace")
    if not 200 <= status < 300:
        again = status in _AGAIN or status >= 500
        raise ActionError(f"{url.hostname} answered {status}: {text[:200].strip()}", permanent=not again)
    result: dict[str, Any] = {
        "status": status,
        "headers": {name.lower(): value for name, value in answer.getheaders()},
        "body": text,
    }
    if "json" in (answer.getheader("Content-Type") or ""):
        try:
            result["json"] = json.loads(text)
        except ValueError:
            result["body"] = text
    return result
