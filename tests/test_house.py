"""The rules of the house, asked of every file that is kept: rooms, names, sizes, and what must not stand anywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES_WITHOUT_A_NOUN = {"services.py", "utils.py", "helpers.py", "common.py", "signals.py"}
LONGEST = 300


@cache
def kept(*patterns: str) -> list[Path]:
    """The files that git keeps, and those it would: what a clone holds when this is committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def lines_with(pattern: str, *files: str) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in kept(*files)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if found.search(line)
    ]


def test_nobody_imports_upwards() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_engine_imports_no_django_not_even_inside_a_function() -> None:
    assert lines_with(r"^\s*(from|import)\s+(django|workflows|runs|dashboards)\b", "engine/*.py") == []


def test_no_view_writes_a_model() -> None:
    writing = r"\.(save|delete|create|get_or_create|update_or_create|bulk_create|bulk_update)\(|\.objects\b.*\.update\("
    assert lines_with(writing, "dashboards/views/*.py") == []


def test_the_organisation_is_changed_by_its_verbs_alone() -> None:
    """A membership written elsewhere is a vote given without four eyes, and stands in no log."""
    members = r"(\.groups|\buser_set|\.parts)\.(add|remove|set|clear|create|get_or_create|all\(\)\.delete)\("
    rows = r"\b(Part|Person)\.objects\.(bulk_|get_or_|update_or_)?(create|update)(_user|_superuser)?\("
    rows += r"|\b(Part|Person|Group)\.objects\..*\.delete\("
    columns = "is_active|is_superuser|is_staff|is_service|password_is_temporary"
    rights = rf"\.({columns})\s*=[^=]|\.update\([^)]*\b({columns}|password)\s*=|\.set_(unusable_)?password\("
    found = lines_with(f"{members}|{rows}|{rights}", "workflows/*.py", "runs/*.py", "dashboards/*.py")
    verbs = ("workflows/directory/", "workflows/migrations/", "workflows/models/person.py")
    # rehearsals play whole organisations in a database that is made for it and thrown away
    elsewhere = [line for line in found if not line.startswith((*verbs, "runs/rehearsal/people.py"))]
    assert elsewhere == []
    assert len([line for line in found if line.startswith(verbs)]) >= 8, "the pattern finds what the verbs write"


def test_every_file_has_a_noun_for_a_name() -> None:
    assert [str(path) for path in kept("*.py") if path.name in NAMES_WITHOUT_A_NOUN] == []


def test_no_model_is_called_task() -> None:
    assert lines_with(r"^class Task\(.*Model", "*.py") == []


def test_no_module_is_longer_than_300_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in kept("*.py")
        if not {"migrations", "tests"} & set(path.relative_to(ROOT).parts)
        and (count := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in kept("engine/*.py", "workflows/*.py", "runs/*.py", "dashboards/*.py")
        if "migrations" not in path.parts
        and path.name not in {"__init__.py", "apps.py"}
        and not path.read_text().lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_no_path_of_a_machine_and_no_registry_stands_in_a_file() -> None:
    machines = r"(?<![\w.])/(root|home/\w+|Users/\w+|work/\w+|opt/\w+)/"
    registries = r"pypi\.org/simple|files\.pythonhosted\.org|index-url\s*="
    assert lines_with(f"{machines}|{registries}", ":!*.svg") == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_packages_and_versions_and_nothing_else(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert len(lines) > 20
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][A-Za-z0-9.]*", line)] == []
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))


def test_what_the_product_needs_is_pinned_alike_for_development() -> None:
    product = set((ROOT / "requirements.lock").read_text().splitlines())
    development = set((ROOT / "requirements-dev.lock").read_text().splitlines())
    assert product < development
    assert not [line for line in product if line.startswith(("pytest", "ruff", "mypy", "hypothesis", "playwright"))]


def test_nothing_is_left_for_later() -> None:
    assert lines_with(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|pragma: no cover", "*.py", "*.html", "*.css") == []
