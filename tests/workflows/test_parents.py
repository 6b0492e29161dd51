"""Publishing what adapts a template: which version of it is taken, what is kept of it, and that none is started."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from engine import values
from engine.definition import Definition
from engine.machine.commands import Refusal
from runs import definitions, guard, start
from runs.wording import TEMPLATE as STARTS_NONE
from tests.workflows.texts import ABSENCE
from workflows import parents, shipped
from workflows.models import Person, Unit, Version
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db

TEMPLATE = ABSENCE.replace(
    "title: Leave", "template: true\nparameters: {most: {type: integer, default: 20}}\ntitle: Leave"
)
TEMPLATE = TEMPLATE.replace("max: 30", 'max: "${parameters.most}"')
CHILD = """\
playbook: absence-short
extends: absence@^1
parameters: {most: 5}
set: {title: A few days off}
change:
  - {before: enter, insert: [{id: tell, task: {assign: boss}}]}
"""


def published(text: str, unit: Unit, person: Person | None = None) -> Version:
    answer = publish(text, unit, person)
    assert isinstance(answer, Version), answer
    return answer


def of(version: Version) -> Definition:
    return definitions.of_version(version)


def test_a_child_is_published_with_what_it_adapts_pinned(people: Unit, author: Person) -> None:
    published(TEMPLATE, people, author)
    child = of(published(CHILD, people, author))

    assert list(child.lists[""]) == ["allow", "tell", "enter", "done"]
    assert child.inputs[0].maximum == 5
    assert [(one.playbook, one.digest) for one in child.extends] == [("absence", values.digest(TEMPLATE))]
    published(TEMPLATE.replace("max:", "min: 2, max:").replace("min: 1, ", ""), people, author)
    assert of(Version.objects.get(artifact__slug="absence-short")) == child


@pytest.mark.parametrize(
    ("wanted", "lowest"), [("", 2), ("@^1", 2), ("@^2", 2), ("@2", 2), ("@1", 1), ("@3", None), ("@^3", None)]
)
def test_which_version_is_adapted(people: Unit, author: Person, wanted: str, lowest: int | None) -> None:
    published(TEMPLATE, people, author)
    published(TEMPLATE.replace("min: 1", "min: 2"), people, author)
    answer = publish(CHILD.replace("@^1", wanted), people, author)

    if lowest is None:
        assert isinstance(answer, NotPublished)
        assert [(one.code, one.place.line) for one in answer.problems] == [("unknown-playbook", 2)]
        assert "has no version" in answer.problems[0].message
    else:
        assert isinstance(answer, Version)
        assert of(answer).inputs[0].minimum == lowest


def test_a_problem_in_the_parents_text_names_its_version(people: Unit, author: Person) -> None:
    published(TEMPLATE, people, author)
    answer = publish(CHILD.replace("title: A few", "roles: {}, title: A few"), people, author, "child.yaml")

    assert isinstance(answer, NotPublished)
    assert ("absence@1", "unknown-role") in [(one.file, one.code) for one in answer.problems]


def test_a_template_starts_no_runs(people: Unit, author: Person) -> None:
    version = published(TEMPLATE, people, author)
    verdict = guard.may(author, "start", version=version)

    assert (verdict.allowed, verdict.code, verdict.sentence) == (False, "not-published", STARTS_NONE)
    refused = start.start(version, author, {"days": 3})
    assert isinstance(refused, Refusal)
    assert refused.sentence == STARTS_NONE


def test_the_shipped_library_publishes_parents_first_and_children_anew_when_those_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("absence", TEMPLATE), ("absence-short", CHILD), ("aaa", CHILD.replace("absence-short", "aaa"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.yaml").write_text(text)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)

    def load() -> list[str]:
        out = io.StringIO()
        call_command("load_library", stdout=out)
        return out.getvalue().splitlines()

    assert load() == ["absence 1: published", "aaa 1: published", "absence-short 1: published"]
    assert load() == ["absence 1: unchanged", "aaa 1: unchanged", "absence-short 1: unchanged"]
    (tmp_path / "absence" / "absence.yaml").write_text(TEMPLATE.replace("min: 1", "min: 2"))
    assert load() == ["absence 2: published", "aaa 2: published", "absence-short 2: published"]


def test_at_hand_is_what_is_published_then_what_is_shipped(people: Unit, author: Person) -> None:
    published(TEMPLATE, people, author)

    found = parents.AT_HAND.find("absence", "")
    assert found is not None
    assert found.file == "absence@1"
    shipped_one = parents.AT_HAND.find("production-change", "^7")
    assert shipped_one is not None
    assert shipped_one.file == "production-change.yaml"
    assert {"absence", "production-change"} <= set(parents.AT_HAND.ids())
