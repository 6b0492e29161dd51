"""Whom a comment calls in: found by name among those who may see the run, told once with the event, or said plainly."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from engine.machine.events import Comment
from runs import comment, mentions, onlookers
from runs.apply import Delivery, apply
from runs.audience import audience
from runs.clock import NOT_YET, database_clock
from runs.models import Delegation, Entry, Notice, Run
from runs.notices import routes
from runs.outcomes import FieldErrors, is_accepted
from tests.runs import house
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def run(people: People) -> Run:
    """Started by zoe; ann and ben are its engineers, mia, max and mo its managers; olga operates, audrey audits."""
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["zoe"], part=Part.Kind.MEMBER)
    version = house.publish(house.playbook("change", [house.task("plan"), house.gate("board"), house.end()]))
    run = house.begin(version, people["zoe"])
    Notice.objects.all().delete()
    return Run.objects.select_related("unit", "version").get(pk=run.pk)


def say(run: Run, person: Person, text: str) -> str:
    """Say it, and return what was kept."""
    answer = comment.comment(run, person, text)
    assert is_accepted(answer), answer
    event = Entry.objects.filter(run=run, kind="comment").latest("seq").event
    return str(json.loads(event)["text"])


def told() -> dict[str, str]:
    return {one.person.username: one.body for one in Notice.objects.filter(kind="mention").select_related("person")}


def test_who_may_see_a_run_is_the_same_asked_from_either_side(people: People, run: Run) -> None:
    now = database_clock()
    lent = Delegation.objects.create(
        person=people["ann"],
        to=people["otto"],
        starts_at=now,
        ends_at=now + timedelta(days=1),
        made_by=people["ann"],
        made_at=now,
    )
    for _ in range(2):
        seeing = set(onlookers.of(run).values_list("username", flat=True))
        there = Run.objects.filter(pk=run.pk)
        assert seeing == {name for name, one in people.items() if there.visible_to(one).exists()}
        sees = audience([one.pk for one in people.values()], [run.pk])
        assert seeing == {name for name, one in people.items() if run.pk in sees.get(one.pk, ())}
        assert ("otto" in seeing) == (lent.pk is not None)
        if lent.pk:
            lent.delete()
    assert seeing == {"zoe", "ann", "ben", "mia", "max", "mo", "olga", "audrey"}


@pytest.mark.parametrize(
    ("typed", "kept", "whom"),
    [
        ("@mia please look", "@mia please look", {"mia"}),
        ("Ask @Mia Moss, please.", "Ask @mia, please.", {"mia"}),
        ("(@mia moss)", "(@mia)", {"mia"}),
        ("@MAX and @Max Mill.", "@max and @max.", {"max"}),
        ("It is @mia's turn", "It is @mia's turn", {"mia"}),
        ("Write to ann@example.com at @10:00, @ home", "Write to ann@example.com at @10:00, @ home", set()),
        ("See https://example.com/@mia/1", "See https://example.com/@mia/1", set()),
        ("@managers, go?", "@managers, go?", {"mia", "max", "mo"}),
        ("Both @mia\n@managers", "Both @mia\n@managers", {"mia", "max", "mo"}),
    ],
)
def test_a_mention_is_kept_by_username_and_told(
    people: People, run: Run, typed: str, kept: str, whom: set[str]
) -> None:
    assert say(run, people["ann"], typed) == kept
    assert set(told()) == whom
    for body in told().values():
        assert body == f"Ann Archer: “{' '.join(kept.split())}”"


def test_nobody_is_told_of_their_own_words_nor_twice(people: People, run: Run) -> None:
    say(run, people["mia"], "@mia @Mia Moss @managers @max")
    assert set(told()) == {"max", "mo"}
    assert Notice.objects.filter(kind="mention").count() == 2


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("@otto look", "Nobody who can see this run is called @otto."),
        ("@gus look", "Nobody who can see this run is called @gus."),
        ("@nobody", "Nobody who can see this run is called @nobody."),
        ("@miia look", "called @miia. Did you mean @Mia Moss?"),
        ("@Otto Orr", "Nobody who can see this run is called @otto."),
        ("@engineering", "Nobody who can see this run is called @engineering."),
    ],
)
def test_who_is_nobody_here_is_said_and_nothing_is_kept(people: People, run: Run, typed: str, says: str) -> None:
    before = Entry.objects.filter(run=run).count()
    answer = comment.comment(run, people["ann"], typed)
    assert isinstance(answer, FieldErrors)
    assert says in answer["text"]
    assert answer["text"].endswith("Where nobody is meant, put a space after the @.")
    assert Entry.objects.filter(run=run).count() == before
    assert told() == {}


def test_two_of_one_name_are_told_apart_by_username(people: People, run: Run) -> None:
    twin = Person.objects.create(username="mia2", first_name="Mia", last_name="Moss")
    twin.groups.add(Group.objects.get(name="managers"))
    answer = comment.comment(run, people["ann"], "@Mia Moss, look")
    assert isinstance(answer, FieldErrors)
    assert answer["text"] == "Several people who can see this run are called Mia Moss: write @mia or @mia2."
    assert say(run, people["ann"], "@mia2 look") == "@mia2 look"
    both = mentions.suggest(run, "mia", people["ann"])
    assert [mentions.spelt(one, both) for one in both] == ["mia", "mia2"]


def test_what_came_around_the_verb_tells_nobody_who_may_not_see_the_run(people: People, run: Run) -> None:
    apply([Delivery(run.pk, Comment(at=NOT_YET, actor="ann", text="@otto and @mia"))])
    assert set(told()) == {"mia"}


def test_a_crowd_and_too_many_names_are_refused(people: People, run: Run) -> None:
    many = [Person(username=f"crowd{nth}", password="!") for nth in range(mentions.MOST_OF_A_GROUP)]
    Group.objects.get(name="managers").user_set.add(*Person.objects.bulk_create(many))
    crowd = comment.comment(run, people["ann"], "@managers")
    assert isinstance(crowd, FieldErrors)
    assert crowd["text"] == "@managers is more than 100 people: name those whom you mean."
    answer = comment.comment(run, people["ann"], " ".join(f"@crowd{nth}" for nth in range(mentions.MOST + 1)))
    assert isinstance(answer, FieldErrors)
    assert "at most 20 people" in answer["text"]


def test_a_mention_goes_out_like_what_asks_for_an_act_unless_chosen_otherwise(people: People) -> None:
    assert routes.USUAL[Notice.Kind.MENTION] == routes.Route(True, True)


def test_a_comment_that_calls_nobody_asks_no_more_than_before(
    people: People, run: Run, django_assert_num_queries
) -> None:
    with django_assert_num_queries(0):
        assert mentions.read("nothing special, at 10:00 @ home", run).text
    with django_assert_num_queries(2):
        assert mentions.read("@mia, @Max Mill and @managers", run).text == "@mia, @max and @managers"
