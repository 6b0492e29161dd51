"""The supervisor, over small programs that live, die, fork and refuse to end."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import Program, marked, python, until

# What the test runs: a supervisor over the parts it is handed, in a process that can be killed.
RUN = """
import json, os, sys
from dashboards.up.supervisor import Part, Patience, Supervisor
asked = json.loads(sys.argv[1])
supervisor = Supervisor(sys.stdout, Patience(**asked["patience"]))
parts = [Part(name, [sys.executable, "-c", code], os.environ) for name, code in asked["parts"].items()]
if "first" in asked:
    if code := supervisor.first(Part("first", [sys.executable, "-c", asked["first"]], os.environ)):
        sys.exit(code)
sys.exit(supervisor.run(parts, lambda: True, "everything lives"))
"""
LIVES = "import time; print('hello', flush=True); time.sleep(60)"
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    time.sleep(1)
"""
QUICK = {"first_pause_seconds": 0.1, "deaths_in_a_row": 3, "settled_seconds": 5.0, "stop_seconds": 1.0}

Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    mark = f"PENSTOCK_TEST_MARK={tmp_path}"
    started: list[Program] = []

    def begin(parts: dict[str, str], **more: object) -> Program:
        asked = {"parts": parts, "patience": QUICK} | more
        program = Program(python("-c", RUN, json.dumps(asked)), os.environ | dict([mark.split("=", 1)]))
        program.mark = mark
        started.append(program)
        return program

    yield begin
    for program in started:
        program.kill()
    until(lambda: not marked(mark), 8, lambda: f"left behind: {marked(mark)}")


def test_every_line_carries_the_name_of_its_part(start: Start) -> None:
    program = start({"web": "print('one'); print('two', end=''); import time; time.sleep(60)", "clock": LIVES})
    program.wait_for("everything lives")
    program.wait_for("clock | hello")
    program.end()
    assert "web   | one" in program.lines
    assert "web   | two" in program.lines, "a last line without its end is shown too"


def test_ctrl_c_ends_every_part_and_what_it_forked(start: Start) -> None:
    forks = "import os, time; os.fork(); os.fork(); os.write(1, b'forked\\n'); time.sleep(60)"
    program = start({"web": LIVES, "workers": forks})
    program.wait_for("everything lives")
    until(lambda: program.text.count("forked") == 4, 5, lambda: program.text)
    assert len(marked(program.mark)) >= 6
    code, seconds = program.end(signal.SIGINT)
    assert (code, seconds < 3) == (0, True), program.text
    assert marked(program.mark) == {}


def test_a_part_that_will_not_end_is_killed_when_patience_ends(start: Start) -> None:
    program = start({"web": DEAF})
    program.wait_for("web | deaf")
    code, seconds = program.end(signal.SIGTERM)
    assert code == 0
    assert 1.0 <= seconds < 2.5
    assert marked(program.mark) == {}


def test_a_second_ctrl_c_does_not_wait(start: Start) -> None:
    program = start({"web": DEAF}, patience=QUICK | {"stop_seconds": 60.0})
    program.wait_for("web | deaf")
    program.process.send_signal(signal.SIGINT)
    program.wait_for("Stopping")
    assert program.end(signal.SIGINT)[1] < 2


def test_a_part_that_dies_starts_again_after_a_growing_pause(start: Start, tmp_path: Path) -> None:
    count = tmp_path / "count"
    dies_twice = f"""
import pathlib, sys, time
path = pathlib.Path({str(count)!r})
with path.open("a") as file:
    file.write("x")
if len(path.read_text()) < 3:
    sys.exit(7)
print("at last", flush=True)
time.sleep(60)
"""
    program = start({"web": dies_twice, "clock": LIVES})
    program.wait_for("at last")
    assert "web ended with exit code 7. It starts again in 0.1 s." in program.lines
    assert "web ended with exit code 7. It starts again in 0.2 s." in program.lines
    assert program.text.count("clock | hello") == 1, "the others are left alone"
    assert program.end()[0] == 0


def test_a_killed_part_takes_its_forks_along_and_starts_again(start: Start) -> None:
    # one write a line: `print` without a buffer writes word by word, and two processes would mix theirs
    forks = "import os, time; os.fork(); os.write(1, b'pid %d\\n' % os.getpid()); time.sleep(60)"
    program = start({"workers": forks})
    until(lambda: program.text.count("pid") == 2, 5, lambda: program.text)
    first = [int(line.split()[-1]) for line in program.lines if "pid" in line]
    leader = next(pid for pid in first if os.getpgid(pid) == pid)
    os.kill(leader, signal.SIGKILL)
    program.wait_for("workers was killed by SIGKILL. It starts again in 0.1 s.")
    until(lambda: program.text.count("pid") == 4, 5, lambda: program.text)
    assert not set(first) & set(marked(program.mark))


def test_it_gives_up_on_a_part_that_dies_in_a_row_and_stops_the_others(start: Start) -> None:
    program = start({"web": "raise SystemExit('no port')", "clock": LIVES})
    assert program.process.wait(10) == 1
    until(lambda: "gives up" in program.text, 1, lambda: program.text)
    assert program.text.count("web   | no port") == 3
    assert "web ended with exit code 1, 3 times in a row. Penstock gives up; the reason stands above." in program.lines
    assert marked(program.mark) == {}


def test_a_part_that_had_settled_is_forgiven(start: Start) -> None:
    program = start({"web": "import time; time.sleep(0.3)"}, patience=QUICK | {"settled_seconds": 0.2})
    until(lambda: program.text.count("It starts again in 0.1 s.") >= 4, 10, lambda: program.text)
    assert program.process.poll() is None


def test_nothing_survives_a_killed_supervisor(start: Start) -> None:
    program = start({"web": LIVES, "workers": "import os; os.fork()\n" + DEAF})
    until(lambda: program.text.count("deaf") == 2, 5, lambda: program.text)
    program.end(signal.SIGKILL)
    until(lambda: not marked(program.mark), 5, lambda: f"left behind: {marked(program.mark)}")


def test_parts_wait_for_what_comes_first_and_stay_away_when_it_fails(start: Start) -> None:
    program = start({"web": LIVES}, first="import time; time.sleep(0.3); print('prepared')")
    program.wait_for("web | hello")
    assert program.text.index("prepared") < program.text.index("hello")
    refused = start({"web": LIVES}, first="raise SystemExit(3)")
    assert refused.process.wait(5) == 3
    assert "hello" not in refused.text


def test_ctrl_c_ends_what_comes_first(start: Start) -> None:
    program = start({"web": LIVES}, first="print('busy', flush=True); import time; time.sleep(60)")
    program.wait_for("busy")
    started = time.monotonic()
    assert program.end(signal.SIGINT)[0] == 130
    assert time.monotonic() - started < 2
    assert "hello" not in program.text
