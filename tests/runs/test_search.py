"""Runs found by their words, on both databases: what is written when, and what is found of it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.definition import Concurrency, FieldSpec
from runs import complete, operate, search, search_index, words
from runs.models import Run, SearchText
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Person, Version

pytestmark = pytest.mark.django_db

SPECS = (
    FieldSpec("order", "text"),
    FieldSpec("region", "choice", options=("eu-west", "us"), required=False),
    FieldSpec("count", "integer", required=False),
    FieldSpec("tickets", "list", of="text", required=False),
    FieldSpec("token", "text", secret=True, required=False),
    FieldSpec("why", "text", multiline=True, required=False),
    FieldSpec("owner", "user", required=False),
    FieldSpec("mail", "email", required=False),
    FieldSpec("link", "url", required=False),
    FieldSpec("go", "boolean", required=False),
)


@pytest.fixture
def order(people: dict[str, Person]) -> Version:
    definition = house.playbook(
        "order",
        [house.task("pick"), house.task("pack"), house.end()],
        inputs=SPECS,
        run_title="Order ${inputs.order}",
        concurrency=Concurrency("shop ${inputs.order}", limit=5),
        names={"inputs.order": "string"},
    )
    return house.publish(definition)


def found(text: str) -> list[int]:
    runs = Run.objects.filter(number__in=search.numbers(text))
    return list(runs.order_by("-number").values_list("number", flat=True))


def test_a_run_is_found_by_the_beginnings_of_its_words(people, order):
    run = house.begin(order, people["ann"], order="Größe-17 café", region="eu-west", count=300, tickets=["PAY-9", "B"])
    other = house.begin(order, people["ann"], order="Zebra")
    for text in ("grosse", "GRÖSSE", "cafe", "Caf", "17", "pay-9", "eu west", "30", "shop cafe", "order pay 9"):
        assert found(text) == [run.number], text
    assert found("order") == [other.number, run.number]  # newest first
    assert found("ord zeb") == [other.number]
    assert found("zebra cafe") == found("rder") == found("nothing") == []


def test_what_is_secret_long_or_a_person_is_no_word(people, order):
    run = house.begin(
        order,
        people["ann"],
        order="A1",
        token="hush-canary",
        why="long canary",
        owner="ben",
        mail="canary@example.org",
        link="https://example.org/?canary",
        go=True,
        tickets=["x" * 30] * 3,
    )
    assert SearchText.objects.get(number=run.number).words == "order a1 shop " + "x" * 30
    before = house.now(run).state
    changed = operate.change(run, people["olga"], {"inputs.token": "new-canary", "inputs.order": "B2"}, "a new one")
    assert is_accepted(changed), changed
    assert house.now(run).state != before
    assert found("b2") == [run.number]
    assert found("canary") == found("hush") == []


def test_words_follow_the_inputs_and_nothing_else_costs_a_statement(people, order):
    run = house.begin(order, people["ann"], order="A1")

    def statements(act) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert is_accepted(act())
        return [query["sql"] for query in queries if search_index.TABLE in query["sql"]]

    assert statements(lambda: complete.complete(run, 1, people["ann"], {})) == []
    assert statements(lambda: operate.change(run, people["olga"], {"inputs.token": "x"}, "why")) == []
    assert len(statements(lambda: operate.change(run, people["olga"], {"inputs.order": "C3"}, "why"))) == 1
    assert found("c3") == [run.number]
    plain = house.publish(house.playbook("plain", [house.task("pick"), house.end()]))
    with CaptureQueriesContext(connection) as queries:
        runs = house.begin_many(plain, people["ann"], 7)
    assert len([query for query in queries if search_index.TABLE in query["sql"]]) == 1
    assert found("plain") == [run.number for run in reversed(runs)]


@pytest.mark.parametrize("text", ["4127", " #4127 ", "run 4127", "Run #4127", "RUN4127"])
def test_a_number_names_its_run(text):
    assert search.exact(text) == 4127


def test_an_id_names_its_run(people, order):
    run = house.begin(order, people["ann"], order="A1")
    assert search.exact(str(run.pk)) == search.exact(run.pk.hex.upper()) == run.number
    assert search.exact(str(uuid4())) is None
    assert search.exact("payment 4127") is search.exact("") is search.exact("9" * 30) is search.exact("४१") is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
@example('" OR words:* NEAR(a b) ^x - NOT')
@example("a':* | 'b & !c <-> (d)")
@example("\0 % %s \\ ' '' ; --")
@example("\ud800 𝔘nicode ﬁ İ ǅ ١٢ ²")
def test_no_text_is_ever_syntax(db, text):
    assert found(text) == []
    search.exact(text)  # answers or does not, and never fails


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_whatever_was_written_is_found_again(db, texts):
    """By each of its words, whole, begun or in another case, on the database that is there."""
    SearchText.objects.all().delete()
    rows = [" ".join(words.folded(text)) for text in texts]
    SearchText.objects.bulk_create([SearchText(number=number, words=row) for number, row in enumerate(rows, 1)])
    for number, text in enumerate(texts, 1):
        for word in words.folded(text):
            with connection.cursor() as cursor:
                asked = search.numbers(word.upper()[:7] if len(word.upper()) == len(word) else word)
                cursor.execute(asked.sql, asked.params)
                assert number in {row[0] for row in cursor.fetchall()}


def test_an_index_that_was_lost_is_made_anew(people, order, capsys):
    run = house.begin(order, people["ann"], order="A1")
    SearchText.objects.filter(number=run.number).update(words="wrong")
    search_index.drop(connection)
    call_command("search", "a1", rebuild=True)
    assert "1 runs are made anew" in capsys.readouterr().out
    assert found("order") == [run.number]
    assert found("wrong") == []
    SearchText.objects.filter(number=run.number).delete()
    assert found("order") == []
