"""The key that signs sessions: made once, outside the repository, readable by its owner only."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from dashboards import secret_key


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def test_it_is_made_at_the_first_start_and_found_at_the_second(environment: dict[str, str], tmp_path: Path) -> None:
    first = secret_key.find(environment, tmp_path)
    assert len(first) >= 64
    assert secret_key.find(environment, tmp_path) == first


def test_nobody_else_can_read_it(environment: dict[str, str], tmp_path: Path) -> None:
    secret_key.find(environment, tmp_path)
    path = secret_key.place(environment, tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"], "no draft is left behind"


def test_it_lies_outside_the_place_it_is_for_and_each_place_has_its_own(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert not secret_key.place({}, here).is_relative_to(here)
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert secret_key.find(environment, here) != secret_key.find(environment, there)


def test_processes_that_start_together_agree(environment: dict[str, str], tmp_path: Path) -> None:
    found: list[str] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(secret_key.find(environment, tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_what_the_environment_gives_wins_and_nothing_is_made(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_text("from a file\n")
    assert secret_key.find(environment | {"PENSTOCK_SECRET_KEY": "given"}, tmp_path) == "given"
    assert secret_key.find(environment | {"PENSTOCK_SECRET_KEY_FILE": str(file)}, tmp_path) == "from a file"
    assert not secret_key.place(environment, tmp_path).exists()
    with pytest.raises(FileNotFoundError):
        secret_key.find(environment | {"PENSTOCK_SECRET_KEY_FILE": str(tmp_path / "missing")}, tmp_path)


def test_secrets_have_a_key_of_their_own_beside_it(environment: dict[str, str], tmp_path: Path) -> None:
    (first,) = secret_key.of_secrets(environment, tmp_path)
    assert secret_key.of_secrets(environment, tmp_path) == [first]
    assert secret_key.find(environment, tmp_path) != first
    path = secret_key.place(environment, tmp_path).with_name("secrets-key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_given_session_key_serves_secrets_too_unless_they_are_given_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("older\n\noldest\n")
    new.write_text("from a file\n")
    given = environment | {"PENSTOCK_SECRET_KEY": "session"}
    assert secret_key.of_secrets(given, tmp_path) == ["session"]
    given |= {"PENSTOCK_SECRETS_KEY_FILE": str(new), "PENSTOCK_SECRETS_OLD_KEYS_FILE": str(old)}
    assert secret_key.of_secrets(given, tmp_path) == ["from a file", "older", "oldest"]
    assert secret_key.of_secrets(given | {"PENSTOCK_SECRETS_KEY": "given"}, tmp_path)[0] == "given"
    assert not secret_key.place(environment, tmp_path).parent.exists(), "nothing is made"
