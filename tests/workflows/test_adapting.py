"""A child written from wishes, told from its parent then and now, and drafted anew with a newer parent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.compiler import bare, parameters_of
from engine.definition import Definition
from engine.differences import compare
from tests.workflows.test_parents import CHILD, TEMPLATE, of, published
from workflows import parents
from workflows.adapting import behind
from workflows.adapting.children import chain
from workflows.adapting.standing import following, unchanged, with_newest
from workflows.adapting.writing import Change, NewRole, NewStep, Wish, scalar, write
from workflows.drafting import Draft
from workflows.drafting import write as draft_of
from workflows.examining import examine
from workflows.models import GovernanceEntry, Person, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db

LOCKED = TEMPLATE.replace("title: Allow it", "title: Allow it\n    locked: true")
NEWER = LOCKED.replace("title: Enter it in the calendar", "title: Note it").replace("min: 1", "min: 2")
WISH = Wish(
    id="absence-lab",
    parent="absence",
    version=1,
    title="Days off: the laboratory",
    given={"most": 5},
    roles=(NewRole("lab", "bosses"),),
    changes=(
        Change(
            "after", "allow", NewStep("tell", 'Tell "everybody": now', who="lab", text="By mail.\nToday.", due="1d")
        ),
        Change("before", "enter", NewStep("check", "Check it", kind="gate", who="boss", count=1)),
        Change("replace", "enter", NewStep("enter", "Enter it twice", who="starter")),
    ),
)


def test_wishes_become_a_text_that_compiles(people: Unit, author: Person) -> None:
    published(LOCKED, people, author)
    found = examine(write(WISH).text, people)
    assert found.is_right, found.problems
    assert found.content is not None
    assert found.content.title == "Days off: the laboratory"
    assert list(found.content.lists[""]) == ["allow", "tell", "check", "enter", "done"]
    assert found.content.inputs[0].maximum == 5
    assert found.content.steps["tell"].title == 'Tell "everybody": now'
    assert found.content.steps["tell"].does.instructions == "By mail.\nToday."


@pytest.mark.parametrize(
    ("wish", "code", "place"),
    [
        (replace(WISH, changes=(Change("remove", "allow"),)), "locked-step", "change:0/step"),
        (replace(WISH, changes=(*WISH.changes, Change("remove", "nothing"))), "unknown-step", "change:3/step"),
        (replace(WISH, given={"most": "many"}), "type-mismatch", "parameter:most"),
        (replace(WISH, roles=(NewRole("lab", "nobody-there"),)), "unknown-role", "role:0"),
        (replace(WISH, id="absence"), "bad-value", "id"),
        (replace(WISH, version=7), "unknown-playbook", "id"),
    ],
)
def test_what_is_wrong_is_told_where_it_was_asked_for(
    people: Unit, author: Person, wish: Wish, code: str, place: str
) -> None:
    published(LOCKED, people, author)
    written = write(wish)
    found = examine(written.text, people)
    assert (code, place) in [(one.code, written.wishes.get(one.place.line)) for one in found.problems]


def test_parameters_and_texts() -> None:
    assert [(spec.name, spec.type, spec.default) for spec in parameters_of(TEMPLATE, parents.PUBLISHED)] == [
        ("most", "integer", 20)
    ]
    assert bare(TEMPLATE) is None
    assert bare(CHILD) == '{"playbook": "absence-short", "extends": "absence@^1", "parameters": {"most": 5}}'
    assert [scalar(one) for one in ("a b", "yes", "a: b", 3, "x\ny", "- a")] == [
        "a b", '"yes"', '"a: b"', "3", '"x\\ny"', '"- a"'
    ]  # fmt: skip
    assert following("playbook: c\nextends: absence@2\n", "absence", 4) == "playbook: c\nextends: absence@^4\n"
    assert following("extends: absence\n", "absence", 4) == "extends: absence\n"


def test_what_a_child_changes_is_told_without_what_the_parent_leaves_open(people: Unit, author: Person) -> None:
    published(LOCKED, people, author)
    child = published(CHILD, people, author)
    assert child.parent == Version.objects.get(artifact__slug="absence")
    base = unchanged(child, as_compiled=True)
    assert base is not None
    assert compare(base, of(child)).sentences == (
        "The task “Tell” is new, after “Allow it”: it is for boss.",
        "Its title is “A few days off” now; before “Leave of absence”.",
    )


def test_a_child_behind_its_parent_is_told_and_drafted_anew(people: Unit, author: Person) -> None:
    published(LOCKED, people, author)
    child = published(CHILD, people, author)
    assert behind() == []
    newer = published(NEWER, people, author)
    [late] = behind()
    assert (late.child, late.made_with.number, late.now) == (child, 1, newer)

    then, now = unchanged(child, as_compiled=True), unchanged(child, as_compiled=False)
    assert isinstance(then, Definition)
    assert isinstance(now, Definition)
    assert "The task “Enter it in the calendar” is called “Note it” now." in compare(then, now).sentences
    found = with_newest(child)
    assert found.is_right
    assert "extends: absence@^2" in found.text
    assert "The input “Days” must be at least 2; before 1." in compare(of(child), found.content).sentences

    written = draft_of(found.text, people, author, "With absence 2", child)
    assert isinstance(written, Draft)
    draft = written.version
    assert (draft.status, draft.number, draft.based_on, draft.parent, draft.semantic) == (
        "draft", 2, child, newer, "2.0.0"
    )  # fmt: skip
    assert GovernanceEntry.objects.filter(kind="drafted", by=author.username).count() == 1
    assert published(found.text, people, author).parent == newer
    assert behind() == []


def test_a_newer_parent_that_breaks_a_child_says_how(people: Unit, author: Person) -> None:
    published(LOCKED, people, author)
    child = published(CHILD, people, author)
    published(NEWER.replace("- id: enter", "- id: note"), people, author)
    found = with_newest(child)
    assert not found.is_right
    assert [one.code for one in found.problems] == ["unknown-step"]


#: Adapts the template and is one itself, for the child below it.
BETWEEN = """\
playbook: absence-team
template: true
extends: absence@^1
set: {title: Days off in a team}
change:
  - {before: enter, insert: [{id: ask-team, task: {assign: boss}}]}
"""
LAST = "playbook: absence-lab\nextends: absence-team@^1\nparameters: {most: 5}\nset: {title: The laboratory}\n"


def test_along_a_chain_each_learns_when_the_one_above_it_is_published(people: Unit, author: Person) -> None:
    """Until then it stands on all of them as they were, also where it is published again itself."""
    published(LOCKED, people, author)
    published(BETWEEN, people, author)
    child = published(LAST, people, author)
    assert [str(one) for one in chain(child)] == ["absence-team 1", "absence 1"]
    published(NEWER, people, author)

    assert [(str(one.child), str(one.made_with), str(one.now)) for one in behind()] == [
        ("absence-team 1", "absence 1", "absence 2")
    ]
    assert of(child).steps["enter"].title == "Enter it in the calendar"
    again = published(LAST.replace("The laboratory", "The new laboratory"), people, author)
    assert of(again).steps["enter"].title == "Enter it in the calendar", "the one between is not there yet"
    assert [str(one) for one in chain(again)] == ["absence-team 1", "absence 1"]

    found = with_newest(Version.objects.get(artifact__slug="absence-team", number=1))
    between = published(found.text, people, author)
    assert (between.number, str(between.parent)) == (2, "absence 2")
    assert [(str(one.child), str(one.now)) for one in behind()] == [("absence-lab 2", "absence-team 2")]
    last = published(with_newest(again).text, people, author)
    assert of(last).steps["enter"].title == "Note it"
    assert [str(one) for one in chain(last)] == ["absence-team 2", "absence 2"]
    assert behind() == []


def test_a_step_of_any_kind_goes_and_comes(people: Unit, author: Person) -> None:
    published(CALLEE, people, author)
    published(EVERYTHING, people, author)
    kinds = {step.kind: step.id for step in of(Version.objects.get(artifact__slug="everything")).steps.values()}
    assert {"task", "gate", "wait", "action", "decide", "set", "parallel", "each", "call"} <= kinds.keys()
    for kind in sorted(kinds.keys() - {"end"}):
        wish = Wish("other", "everything", 1, changes=(Change("remove", kinds[kind]),))
        found = examine(write(wish).text, people)
        assert found.is_right, (kind, [one.message for one in found.problems])
        assert isinstance(found.content, Definition)
        assert kinds[kind] not in found.content.steps
    texts = {
        "action": "action: debug.echo\nwith: {ref: x}",
        "decide": "decide:\n  - {when: inputs.days > 3, go: done}\n  - {otherwise: done}",
        "call": "call: callee",
    }
    for kind, text in texts.items():
        new = NewStep("last", "The last one", kind="other", text=text)
        found = examine(write(Wish("other", "everything", 1, changes=(Change("replace", "last", new),))).text, people)
        assert found.is_right, (kind, [one.message for one in found.problems])
        assert isinstance(found.content, Definition)
        assert found.content.steps["last"].kind == kind


EVERYTHING = """\
playbook: everything
template: true
title: Everything
kind: sop
owner: people
inputs:
  days: {type: integer, min: 1, max: 30}
  names: {type: list, of: text}
roles:
  boss: {groups: [bosses]}
steps:
  - {id: allow, title: Allow it, gate: {ask: Allow it?, approvers: [boss]}}
  - {id: tell, title: Tell them, task: {assign: starter}}
  - {id: sleep, title: Sleep on it, wait: 1d}
  - {id: post, title: Post it, action: debug.echo, with: {ref: x}}
  - {id: note, title: Note it, set: {long: inputs.days > 5}}
  - id: way
    title: Which way
    decide:
      - {when: inputs.days > 9, go: both}
      - {otherwise: both}
  - id: both
    title: Both
    parallel:
      branches:
        one: [{id: left, title: Left, task: {assign: starter}}]
        two: [{id: right, title: Right, task: {assign: starter}}]
  - id: every
    title: Everybody
    each: inputs.names
    steps: [{id: greet, title: Greet, task: {assign: starter}}]
  - {id: order, title: Order, call: callee}
  - {id: last, title: The last one, task: {assign: starter}}
  - {id: done, end: completed}
"""
CALLEE = "playbook: callee\ntitle: Callee\nkind: sop\nowner: people\nsteps:\n  - {id: do, task: {assign: starter}}\n"


def test_circular_parents_are_told_with_their_circle(people: Unit, author: Person) -> None:
    published(LOCKED, people, author)
    published(CHILD, people, author)
    round_ = "playbook: absence\nextends: absence-short\n"
    answer = publish(round_, people, author)
    assert [one.message for one in answer.problems] == ["These adapt each other: absence → absence-short → absence."]
