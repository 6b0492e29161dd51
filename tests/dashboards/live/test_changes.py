"""What is new at a look: each change once, whatever is read again to miss none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboards.live.alarms import Wake
from dashboards.live.changes import Changes
from runs import claim, tick
from runs.models import Notice, Run, Step
from tests.dashboards import office
from workflows.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
People = dict[str, Person]
WHOLE, NEWEST = Wake(whole=True), Wake()


@pytest.fixture
def changes(run: Run) -> Changes:
    """A watcher that has had its first look."""
    begun = Changes()
    begun.look(WHOLE)
    return begun


def test_a_change_and_a_tick_are_new_once(people: People, run: Run, changes: Changes) -> None:
    assert changes.look(NEWEST).runs == changes.look(WHOLE).runs == ()
    claim.claim(run, 1, people["ann"])
    assert changes.look(NEWEST).runs == (run.pk,)
    assert changes.look(WHOLE).runs == changes.look(NEWEST).runs == ()
    tick.tick(Step.objects.get(run=run, number=1), office.ITEMS[0], people["ann"], True)
    assert changes.look(WHOLE).runs == (run.pk,)
    assert changes.look(NEWEST).runs == changes.look(WHOLE).runs == ()


def test_a_tick_that_is_taken_away_is_new_though_nobody_rings(people: People, run: Run, changes: Changes) -> None:
    """On SQLite all that is heard is that something was committed."""
    step = Step.objects.get(run=run, number=1)
    claim.claim(run, 1, people["ann"])
    tick.tick(step, office.ITEMS[0], people["ann"], True)
    changes.look(WHOLE)
    tick.tick(step, office.ITEMS[0], people["ann"], False)
    assert changes.look(NEWEST).runs == (run.pk,)
    tick.tick(step, office.ITEMS[0], people["ann"], False)
    assert changes.look(NEWEST).runs == changes.look(WHOLE).runs == (), "there was nothing to take away"


def test_what_was_rung_for_is_new_though_nothing_of_it_can_be_read(run: Run, changes: Changes) -> None:
    assert changes.look(Wake(runs=frozenset({run.pk}))).runs == (run.pk,)
    assert changes.look(WHOLE).runs == ()


def test_what_commits_late_is_found_within_a_second(run: Run, changes: Changes) -> None:
    Run.objects.filter(pk=run.pk).update(changed_at=timezone.now() - timedelta(seconds=3), seq=50)
    assert changes.look(NEWEST).runs == ()
    assert changes.look(WHOLE).runs == (run.pk,)


def test_a_time_ahead_of_the_clock_hides_nothing(people: People, run: Run, changes: Changes) -> None:
    Run.objects.filter(pk=run.pk).update(changed_at=timezone.now() + timedelta(hours=1), seq=50)
    assert changes.look(NEWEST).runs == (run.pk,)
    Run.objects.filter(pk=run.pk).update(changed_at=timezone.now(), seq=51)
    assert changes.look(NEWEST).runs == (run.pk,)
    assert changes.look(WHOLE).cursor < timezone.now() + timedelta(minutes=1)


def test_a_notice_is_new_once(people: People, changes: Changes) -> None:
    Notice.objects.create(person=people["mia"], kind=Notice.Kind.ASKED, title="New", at=timezone.now())
    assert changes.look(NEWEST).people == {people["mia"].pk}
    assert [changes.look(wake).people for wake in (NEWEST, WHOLE, NEWEST, WHOLE)] == [frozenset()] * 4


def test_a_look_is_three_statements(run: Run, changes: Changes, django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        changes.look(Wake(runs=frozenset({run.pk})))
