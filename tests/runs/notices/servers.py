"""Real servers in this process: one takes mail by SMTP, one takes what chats are posted. They keep what they took."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client needs. `refuses` are addresses it answers 550; `broken` makes it answer 451, and
    `slowly` is how many seconds it takes over a mail that it has."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.taken: list[EmailMessage] = []
        self.refuses: set[str] = set()
        self.broken = False
        self.slowly = 0.0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Smtp(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb in {"EHLO", "HELO"}:
                self._say("250 here")
            elif verb == "RCPT" and any(address in line for address in self.server.refuses):
                self._say("550 no such mailbox")
            elif verb == "MAIL" and self.server.broken:
                self._say("451 try again later")
            elif verb == "DATA":
                self._say("354 go on")
                self._take()
                time.sleep(self.server.slowly)
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.server.taken.append(message)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class ChatServer(ThreadingHTTPServer):
    """Takes every POST. `status` is what it answers; 302 leads to `elsewhere`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Chat)
        self.taken: list[tuple[str, str]] = []
        self.status = 200
        self.elsewhere = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Chat(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.server.taken.append((self.path, body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", self.server.elsewhere)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_GET(self) -> None:
        self.server.taken.append((self.path, "GET"))
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Server = TypeVar("Server", MailServer, ChatServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
