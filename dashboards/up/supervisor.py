"""Keeps parts alive: starts them, shows what they say, restarts what dies, stops all of them together.

A part is a command in a process group of its own, so that what it forks goes with it. One loop in one thread reads
the parts' output, notices deaths and waits for signals; nothing here knows what the parts are.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from dashboards.up import warden

COLOURS = ("\x1b[36m", "\x1b[35m", "\x1b[33m", "\x1b[32m")
TICK_SECONDS = 0.1


@dataclass(frozen=True)
class Part:
    """What to keep alive, and the name its lines carry."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Patience:
    """When to restart, give up and kill. The pause doubles with every death in a row."""

    first_pause_seconds: float = 1.0
    deaths_in_a_row: int = 5
    settled_seconds: float = 30.0
    stop_seconds: float = 3.5


@dataclass
class Life:
    """A part as it goes: its process while it lives, when it is started again while it does not."""

    part: Part
    colour: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    restart_at: float = 0.0
    unfinished: bytes = b""
    heard: bool = True


class Supervisor:
    def __init__(self, out: TextIO, patience: Patience | None = None) -> None:
        self.out = out
        self.patience = patience or Patience()
        self.lives: list[Life] = []
        self.width = 0
        self.stopping = ""
        self.impatient = False
        self._coloured = out.isatty() and not os.environ.get("NO_COLOR")
        self._selector = selectors.DefaultSelector()
        self._warden: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def first(self, part: Part) -> int:
        """Run a command to its end before the parts start; its exit code, or 130 when asked to stop meanwhile."""
        process = self._spawn(part, subprocess.DEVNULL, None)
        while process.poll() is None:
            if self.stopping:
                warden.send(process.pid, signal.SIGKILL)
                process.wait()
            time.sleep(TICK_SECONDS / 2)
        self._guard("-", process.pid)
        code = 130 if self.stopping else process.returncode
        if code:
            self._dismiss()
        return code

    def run(self, parts: Sequence[Part], ready: Callable[[], bool], announce: str) -> int:
        """Keep `parts` alive until asked to stop (0) or until one dies too often (1).

        `announce` is said once, the first time that `ready` is true while every part lives.
        """
        self.width = max(len(part.name) for part in parts)
        self.lives = [Life(part, COLOURS[index % len(COLOURS)]) for index, part in enumerate(parts)]
        announced = False
        for life in self.lives:
            self._start(life)
        while not self.stopping:
            self._read(TICK_SECONDS)
            if any(self._gave_up(life) for life in self.lives):
                self._stop()
                return 1
            if not announced and all(life.process for life in self.lives) and ready():
                announced = True
                self.say(announce)
        self.say(f"Stopping ({self.stopping}).")
        self._stop()
        self.say("Stopped. The data is kept.")
        return 0

    def say(self, text: str) -> None:
        try:
            print(text, file=self.out, flush=True)
        except OSError:
            # Nobody reads any more: stop the parts rather than fill a pipe.
            self.stopping = self.stopping or "nobody reads the output"

    def _asked_to_stop(self, number: int, frame: object) -> None:
        self.impatient = bool(self.stopping)
        self.stopping = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name

    def _spawn(self, part: Part, stdin: int, out: int | None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            part.command,
            env=dict(part.environment),
            stdin=stdin,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            start_new_session=True,
        )
        self._guard("+", process.pid)
        return process

    def _guard(self, sign: str, group: int) -> None:
        """Tell the warden; should it have been killed, a new one, and tell it all."""
        try:
            if self._warden is None or self._warden.poll() is not None:
                self._warden = subprocess.Popen(
                    [sys.executable, "-I", str(Path(warden.__file__))], stdin=subprocess.PIPE, start_new_session=True
                )
                self._tell("+", *(life.process.pid for life in self.lives if life.process))
            self._tell(sign, group)
        except OSError:
            self.say("The warden of Penstock's processes cannot run: a killed `make up` would leave them behind.")

    def _tell(self, sign: str, *groups: int) -> None:
        assert self._warden
        assert self._warden.stdin
        self._warden.stdin.write("".join(f"{sign}{group}\n" for group in groups).encode())
        self._warden.stdin.flush()

    def _dismiss(self) -> None:
        """Let the warden go: nothing is left to watch."""
        if self._warden is not None and self._warden.stdin:
            self._warden.stdin.close()
            self._warden.wait()

    def _start(self, life: Life) -> None:
        life.process = self._spawn(life.part, subprocess.DEVNULL, subprocess.PIPE)
        life.started = time.monotonic()
        assert life.process.stdout
        os.set_blocking(life.process.stdout.fileno(), False)
        self._selector.register(life.process.stdout, selectors.EVENT_READ, life)

    def _read(self, seconds: float) -> None:
        """Show the lines that came within `seconds`."""
        if not self._selector.get_map():
            time.sleep(seconds)
        for key, _ in self._selector.select(seconds):
            self._show(key.data, os.read(key.fd, 65536))
            if not key.data.heard:
                self._selector.unregister(key.fileobj)

    def _show(self, life: Life, said: bytes) -> None:
        life.heard = bool(said)
        *lines, life.unfinished = (life.unfinished + said).split(b"\n")
        if not said and life.unfinished:
            lines, life.unfinished = [life.unfinished], b""
        for line in lines:
            name = f"{life.part.name:<{self.width}} |"
            prefix = f"{life.colour}{name}\x1b[0m" if self._coloured else name
            self.say(f"{prefix} {line.decode(errors='replace').rstrip()}")

    def _gave_up(self, life: Life) -> bool:
        """Look after one part: bury it when it died, start it when its pause is over."""
        now = time.monotonic()
        if life.process is None:
            if now >= life.restart_at:
                self._start(life)
            return False
        code = life.process.poll()
        if code is None:
            return False
        self._bury(life)
        if now - life.started >= self.patience.settled_seconds:
            life.deaths = 0
        life.deaths += 1
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        if life.deaths >= self.patience.deaths_in_a_row:
            self.say(
                f"{life.part.name} {how}, {life.deaths} times in a row. Penstock gives up; the reason stands above."
            )
            return True
        pause = self.patience.first_pause_seconds * 2 ** (life.deaths - 1)
        self.say(f"{life.part.name} {how}. It starts again in {pause:g} s.")
        life.restart_at = now + pause
        return False

    def _bury(self, life: Life) -> None:
        """What a dead part has forked goes too; what it said last is shown."""
        assert life.process
        assert life.process.stdout
        warden.send(life.process.pid, signal.SIGKILL)
        self._guard("-", life.process.pid)
        pipe = life.process.stdout
        if pipe.fileno() in {key.fd for key in self._selector.get_map().values()}:
            self._selector.unregister(pipe)
            try:
                while said := os.read(pipe.fileno(), 65536):
                    self._show(life, said)
            except BlockingIOError:
                pass
            self._show(life, b"")
        pipe.close()
        life.process = None

    def _stop(self) -> None:
        """Ask every part to end, and kill what is left of their groups when patience ends."""
        living = [life for life in self.lives if life.process]
        for life in living:
            # Its leader only: a leader ends what it has forked in good order.
            assert life.process
            life.process.terminate()
        until = time.monotonic() + self.patience.stop_seconds
        while time.monotonic() < until and not self.impatient:
            self._read(TICK_SECONDS / 2)
            if all(life.process and life.process.poll() is not None for life in living):
                break
        for life in living:
            assert life.process
            warden.send(life.process.pid, signal.SIGKILL)
            life.process.wait()
            self._bury(life)
        self._dismiss()
