"""A request that is too large is refused by what it announces, or by what has come, and the rest is not read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dashboards import uploads

CHUNK = bytes(1000)


@pytest.fixture(autouse=True)
def small(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most is 5,000 bytes."""
    settings.PENSTOCK_FILE_MB = 0.001
    monkeypatch.setattr(uploads, "FORM", 1000)


class Visitor:
    """Sends so many chunks to an application that reads all of them; says how many were read and what it answered."""

    def __init__(self, chunks: int, announced: int | None = None) -> None:
        self.left, self.read, self.sent = chunks, 0, []
        headers = [] if announced is None else [(b"Content-Length", str(announced).encode())]
        self.scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}

    async def receive(self) -> dict[str, Any]:
        self.left -= 1
        self.read += 1
        return {"type": "http.request", "body": CHUNK, "more_body": self.left > 0}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def status(self) -> int:
        asyncio.run(uploads.limited(reader)(self.scope, self.receive, self.send))
        return int(self.sent[0]["status"])


async def reader(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_what_is_announced_as_too_large_is_not_read_at_all() -> None:
    visitor = Visitor(chunks=9, announced=9000)
    assert visitor.status() == 413
    assert visitor.read == 0
    assert b"too much at once" in visitor.sent[1]["body"]


@pytest.mark.parametrize("announced", [None, 10])
def test_what_says_nothing_or_lies_is_read_up_to_the_limit(announced: int | None) -> None:
    visitor = Visitor(chunks=900, announced=announced)
    assert visitor.status() == 413
    assert visitor.read == 6


def test_what_fits_goes_through() -> None:
    assert Visitor(chunks=5, announced=5000).status() == 200


def test_wsgi_goes_by_what_is_announced() -> None:
    said: list[str] = []
    app = uploads.limited_wsgi(lambda environ, start: [b"through"])
    assert app({"CONTENT_LENGTH": "5000"}, lambda *_: None) == [b"through"]
    list(app({"CONTENT_LENGTH": "5001"}, lambda status, headers: said.append(status)))
    assert said == ["413 Content Too Large"]
