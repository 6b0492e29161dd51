"""What scenarios say holds in real runs too: the same log, by the real `apply`, work and clock, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rehearsal import Prepared, play
from runs.rehearsal import Live
from workflows import scenarios, shipped

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "tests" / "scenarios", shipped.FOLDER)


def prepared(file: Path) -> tuple[Prepared, ...]:
    return scenarios.prepare_text(file.read_text(encoding="utf-8"), file)


ALL = [
    one
    for folder in FOLDERS
    for file in scenarios.files_in(folder)
    if file.name != "failing.yaml"
    for one in prepared(file)
]


@pytest.mark.django_db
@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{Path(one.file).parent.name}/{Path(one.file).stem}: {one.name}")
def test_a_scenario_does_live_what_it_does_in_memory(one: Prepared) -> None:
    rehearsed = play(one, Live)

    assert (rehearsed.problems, rehearsed.failures) == ((), ())
