"""Every scenario beside and below this file passes, and together they take every way through their playbooks; those in
`failing.yaml` fail where and how their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rehearsal import Rehearsed, covered
from workflows import scenarios

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*-scenarios.yaml"))


def rehearsed(file: Path) -> tuple[Rehearsed, ...]:
    return scenarios.rehearse_text(file.read_text(), file)


ALL = [one for file in FILES for one in rehearsed(file)]


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{Path(one.file).stem}: {one.name}")
def test_the_scenario_holds(one: Rehearsed) -> None:
    assert one.problems == ()
    assert one.failures == ()


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 180


def has_scenarios(file: Path) -> bool:
    """A decision has none of its own, nor has a template, which starts no runs."""
    text = file.read_text()
    return text.startswith("playbook:") and not scenarios.is_scenario(text) and "\ntemplate: true" not in text


def test_they_take_every_way_through_every_playbook() -> None:
    coverage = covered(ALL)

    assert len(coverage) == sum(map(has_scenarios, HERE.rglob("*.yaml")))
    assert {one.definition.playbook: one.missed for one in coverage if one.missed} == {}


def lines(file: str) -> list[str]:
    return (HERE / file).read_text().splitlines()


@pytest.mark.parametrize("one", rehearsed(HERE / "failing.yaml"), ids=lambda one: one.name)
def test_a_scenario_that_does_not_hold_says_where_what_was_expected_and_what_was_found(one: Rehearsed) -> None:
    """In `failing.yaml` the line that fails ends in `# expected | found`."""
    assert one.problems == ()
    assert not one.passed
    failure = one.failures[0]
    expected, found = lines("failing.yaml")[failure.place.line - 1].split("# ")[1].split(" | ")
    assert str(failure.expected) == expected
    assert found in str(failure.found)


def test_every_failing_key_of_an_expectation_is_told() -> None:
    (one,) = [one for one in rehearsed(HERE / "failing.yaml") if one.name == "two keys at once"]
    assert [failure.message.split("`")[1] for failure in one.failures] == ["run", "open"]
    assert len({failure.place for failure in one.failures}) == 2
