"""What the live pages of other processes hear: one notification a batch, with the runs that changed."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from engine.machine.events import Complete
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.doorbell import CHANNEL
from tests.runs import house

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_notification_a_batch():
    people = house.settle()
    version = house.publish(house.playbook("tasks", [house.task("a"), house.end()]))
    runs = house.begin_many(version, people["ann"], 5)
    with psycopg.connect(**connection.get_connection_params() | {"context": None}, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        apply([Delivery(run.pk, Complete(at=NOT_YET, actor="ben", visit=1)) for run in runs])
        heard = [notice.payload for notice in listener.notifies(timeout=2, stop_after=2)]
    assert len(heard) == 1
    assert set(heard[0].split(",")) == {str(run.pk) for run in runs}
