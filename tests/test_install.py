"""`.ci/install` on machines that lack something, played by small programs in an empty PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that is the whole PATH: the shell's own tools and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("bash", "env", "wc", "rm", "touch"):
        (folder / tool).symlink_to(shutil.which(tool) or pytest.fail(tool))
    return folder


def program(machine: Path, name: str, script: str) -> None:
    path = machine / name
    path.write_text(f"#!{machine / 'bash'}\n{script}\n")
    path.chmod(0o755)


def install(machine: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / ".ci" / "install"), str(machine.parent / "venv"), str(ROOT / "requirements.lock")]
    return subprocess.run(command, env={"PATH": str(machine)}, capture_output=True, text=True, check=False)


def test_without_python_it_says_which_one_is_needed(machine: Path) -> None:
    said = install(machine)
    assert said.returncode == 1
    assert "Penstock needs Python 3.11 or newer" in said.stderr


def test_an_old_python_is_not_taken(machine: Path) -> None:
    program(machine, "python3", 'case "$2" in *version_info*) exit 1;; esac')
    said = install(machine)
    assert said.returncode == 1
    assert "Penstock needs Python 3.11 or newer" in said.stderr


def test_without_venv_support_it_names_the_package(machine: Path) -> None:
    program(
        machine,
        "python3",
        'case "$2" in *exit*version_info*) exit 0;; *ensurepip*) exit 1;; *print*) echo 3.12;; esac',
    )
    said = install(machine)
    assert said.returncode == 1
    assert "apt-get install python3.12-venv" in said.stderr
    assert not (machine.parent / "venv").exists()


def test_with_uv_it_uses_uv_on_the_python_that_was_found(machine: Path) -> None:
    program(machine, "python3.11", "exit 0")
    program(machine, "uv", 'echo "uv $*"')
    said = install(machine)
    assert said.returncode == 0, said.stderr
    venv, python = machine.parent / "venv", machine / "python3.11"
    assert f"uv venv --quiet --python {python} {venv}" in said.stdout
    assert f"uv pip install --quiet --python {venv}/bin/python --requirement {ROOT}/requirements.lock" in said.stdout


def test_an_environment_of_an_old_python_is_built_anew(machine: Path) -> None:
    old = machine.parent / "venv" / "bin"
    old.mkdir(parents=True)
    (old / "bash").symlink_to(machine / "bash")
    program(old, "python", "exit 1")
    program(machine, "python3", "exit 0")
    program(machine, "uv", 'echo "uv $*"')
    said = install(machine)
    assert said.returncode == 0, said.stderr
    assert "uv venv" in said.stdout
    assert not os.path.exists(old / "python")
