"""Work is claimed once, kept by a heartbeat, taken over when its worker dies, given up when it kills five."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from engine.machine.events import Result
from runs import operate
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Incident, Refused, Work
from runs.outcomes import Stale, is_accepted
from runs.work import ring
from runs.work.claims import LEASE, Heart, claim
from tests.runs import house

pytestmark = pytest.mark.django_db


def test_nobody_claims_what_is_claimed(people, provide):
    provide(lambda *_: {})
    house.acting(people)
    assert len(claim(10, ["test.act"])) == 1
    assert claim(10, ["test.act"]) == []


def test_a_lease_that_ends_is_taken_over_and_the_late_result_changes_nothing(people, provide):
    provide(lambda *_: {"by": "second"})
    run = house.acting(people)
    (first,) = claim(1, ["test.act"])
    house.expire(run)
    (second,) = claim(1, ["test.act"])
    assert (second.pk, second.token, second.claims) == (first.pk, first.token + 1, 2)
    late = Result(at=NOT_YET, visit=1, attempt=1, outcome="ok", data={"by": "first"})
    before = house.now(run).state
    assert isinstance(apply([Delivery(run.pk, late, work=first.handle)])[0], Stale)
    assert house.now(run).state == before
    assert Refused.objects.get().code == "stale-result"
    good = Result(at=NOT_YET, visit=1, attempt=1, outcome="ok", data={"by": "second"})
    assert is_accepted(apply([Delivery(run.pk, good, work=second.handle)])[0])
    assert isinstance(apply([Delivery(run.pk, good, work=second.handle)])[0], Stale)
    assert house.now(run).status == "completed"


def test_a_heart_renews_the_lease_and_notices_its_loss(transactional_db, people, provide):
    provide(lambda *_: {})
    run = house.acting(people)
    (work,) = claim(1, ["test.act"])
    Work.objects.filter(pk=work.pk).update(lease_until=timezone.now() + timedelta(seconds=3))
    with Heart(beat_seconds=0.05) as heart:
        heart.hold(work)
        house.wait_until(lambda: Work.objects.get(run=run).lease_until > timezone.now() + LEASE / 2)
        assert not heart.lost
        Work.objects.filter(pk=work.pk).update(token=F("token") + 1)
        house.wait_until(lambda: work.handle in heart.lost)


def test_five_claims_without_a_result_are_an_incident_that_an_operator_retries(people, provide):
    calls = []
    provide(lambda *_: calls.append(1) or {})
    run = house.acting(people)
    for _ in range(5):
        assert len(claim(1, ["test.act"])) == 1  # the worker dies here
        house.expire(run)
    ring()
    assert not calls
    assert Incident.objects.get(run=run).code == "lost"
    assert house.now(run).incident_count == 1
    assert is_accepted(operate.retry(run, 1, people["olga"], "the host has more memory now"))
    ring()
    assert len(calls) == 1
    assert house.now(run).status == "completed"


def test_cancelled_work_is_given_to_nobody(people, provide):
    provide(lambda *_: {})
    run = house.acting(people)
    (work,) = claim(1, ["test.act"])
    assert is_accepted(operate.cancel(run, people["olga"], "not needed"))
    house.expire(run)
    assert claim(1, ["test.act"]) == []
    late = Result(at=NOT_YET, visit=1, attempt=1, outcome="ok")
    assert isinstance(apply([Delivery(run.pk, late, work=work.handle)])[0], Stale)
