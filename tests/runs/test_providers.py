"""Actions: what they answer, and where they may never call (guarantees S8)."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
import time

import pytest

from runs.providers import PROVIDERS
from runs.providers.addresses import is_public
from runs.providers.errors import ActionError

LOCAL = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[::1%25lo]",
    "user@127.0.0.1",
    "user:pass@127.0.0.1",
    "example.com@127.0.0.1",
    "127.0.0.1#@example.com",
    "127.0.0.1%2f@example.com",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "127.0.0.1.",
]
ELSEWHERE = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "169.254.170.2",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "0.1.2.3",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a00:1]",
    "[2001:db8::1]",
    "[100::1]",
    "[2002:a00:1::1]",
    "0xa9fea9fe",
    "2852039166",
]
ODD = [
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\r\nHost: 127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1:99999/",
    "http://[127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "",
    "javascript:alert(1)",
]


class Canary:
    """A listener on the loopback, in both families, that counts who knocks."""

    def __init__(self) -> None:
        self.knocks = 0
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):  # a machine without IPv6
            self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for listener in self.sockets:
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            self.knocks += 1
            link.close()


@pytest.fixture
def canary(settings):
    canary = Canary()
    settings.PENSTOCK_HTTP_PORTS = [80, 443, canary.port]
    settings.PENSTOCK_HTTP_ALLOW = []
    yield canary
    for listener in canary.sockets:
        listener.close()


def call(url: str, **more) -> object:
    return PROVIDERS["http.request"]({"method": "GET", "url": url, **more}, "run:step:1", 2.0)


def test_the_canary_hears_whoever_is_allowed(canary, settings):
    settings.PENSTOCK_HTTP_ALLOW = [f"127.0.0.1:{canary.port}"]
    with pytest.raises(ActionError):
        call(f"http://127.0.0.1:{canary.port}/")
    assert canary.knocks == 1


def test_no_address_of_the_corpus_reaches_the_loopback(canary, monkeypatch):
    assert len(LOCAL) + len(ELSEWHERE) >= 60
    connected: list[object] = []

    def connect(self: socket.socket, address: object) -> None:
        connected.append(address)
        raise OSError("the test lets nothing out")

    monkeypatch.setattr(socket.socket, "connect", connect)
    for host in LOCAL + ELSEWHERE:
        with pytest.raises(ActionError):
            call(f"http://{host}:{canary.port}/")
    for url in ODD:
        with pytest.raises(ActionError):
            call(url.format(port=canary.port))
    assert connected == []
    assert canary.knocks == 0


def test_a_name_is_resolved_once_and_the_checked_address_is_called(canary, monkeypatch):
    """Rebinding: the second answer would be the loopback. There is no second question."""
    asked = []

    def resolve(host, port, **options):
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    called = []

    def connect(self, address):
        called.append(address)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(ActionError):
        call(f"http://rebind.example:{canary.port}/")
    assert asked == ["rebind.example"]
    assert called == [("93.184.215.14", canary.port)]


def test_a_name_with_one_private_address_is_refused(canary, monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 80)) for a in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(ActionError, match="not a public address") as fault:
        call("http://both.example/")
    assert fault.value.permanent


def test_ports_that_are_not_listed_are_refused(canary):
    with pytest.raises(ActionError, match="Port 22 "):
        call("http://93.184.215.14:22/")


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address):
    assert is_public(address)


class Handler(http.server.BaseHTTPRequestHandler):
    seen: list[dict[str, object]] = []

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        self.seen.append({"path": self.path, "headers": dict(self.headers), "body": body, "method": self.command})
        status = int(self.path.split("/")[1]) if self.path.split("/")[1].isdigit() else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.path.startswith("/long"):
            self.wfile.write(b"x" * 1_200_000)
        elif self.path.startswith("/slow"):
            with contextlib.suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.1)
        else:
            self.wfile.write(json.dumps({"ok": True}).encode())

    do_GET = do_POST = _answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(settings):
    Handler.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PENSTOCK_HTTP_ALLOW = [f"localhost:{server.server_port}"]
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_call_sends_its_key_and_answers_what_came_back(server):
    answer = PROVIDERS["http.request"](
        {"method": "POST", "url": server + "/x?y=1", "json": {"ref": "CHG-1"}, "headers": {"X-A": "b"}}, "r:ship:4", 5.0
    )
    assert answer["status"] == 200
    assert answer["json"] == {"ok": True}
    (seen,) = Handler.seen
    assert (seen["path"], json.loads(str(seen["body"]))) == ("/x?y=1", {"ref": "CHG-1"})
    headers = seen["headers"]
    assert headers["Idempotency-Key"] == "r:ship:4"
    assert headers["X-A"] == "b"
    assert server.endswith(headers["Host"])


def test_redirects_are_not_followed(server):
    with pytest.raises(ActionError, match="302") as fault:
        call(server + "/302")
    assert fault.value.permanent
    assert len(Handler.seen) == 1


@pytest.mark.parametrize(("status", "permanent"), [(404, True), (400, True), (429, False), (500, False), (503, False)])
def test_which_answers_may_be_tried_again(server, status, permanent):
    with pytest.raises(ActionError) as fault:
        call(f"{server}/{status}")
    assert fault.value.permanent is permanent


def test_a_long_answer_and_a_slow_one_are_cut_off(server):
    with pytest.raises(ActionError, match="1 MB"):
        call(server + "/long")
    began = time.monotonic()
    with pytest.raises(ActionError):
        PROVIDERS["http.request"]({"url": server + "/slow"}, "k", 0.5)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("headers", [{"Host": "evil"}, {"X": "a\r\nHost: evil"}, {"Transfer-Encoding": "chunked"}])
def test_headers_that_would_speak_for_somebody_else_are_refused(server, headers):
    with pytest.raises(ActionError):
        call(server + "/", headers=headers)
    assert Handler.seen == []


def test_echo_answers_what_it_was_given():
    assert PROVIDERS["debug.echo"]({"a": 1}, "k", 1.0) == {"a": 1}
