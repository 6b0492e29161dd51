"""Programs started by a test: what they said, who is alive of them, a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

#: Run also what looks at the same once more: in another light, for another person.
NIGHTLY = bool(os.environ.get("PENSTOCK_NIGHTLY"))
ROOT = Path(__file__).resolve().parent.parent


class Program:
    """A program in a session of its own, with every line it says kept as it comes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, words: str, seconds: float = 10) -> None:
        until(lambda: words in self.text or self.process.poll() is not None, seconds, lambda: self.text)
        until(lambda: words in self.text, 0.5, lambda: f"{words!r} was never said:\n{self.text}")

    def end(self, number: int = signal.SIGINT, seconds: float = 10) -> tuple[int, float]:
        """Send a signal; the exit code and how many seconds the end took."""
        started = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(seconds), time.monotonic() - started

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def until(holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Wait until something holds; fail with `otherwise` after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.05)


def marked(mark: str) -> dict[int, str]:
    """Every living process whose environment holds `mark`: pid and command. Linux only, as the machines of CI are."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
    return found


def environment(data: Path, **more: str) -> dict[str, str]:
    """This process's environment without anything of Penstock's, and with its data kept in `data`."""
    ours = ("PENSTOCK_", "DATABASE_URL", "TEST_DATABASE", "DJANGO_", "DURABLE", "PORT")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return plain | {"PENSTOCK_DATA": str(data), "XDG_STATE_HOME": str(data.parent / "state")} | more


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
