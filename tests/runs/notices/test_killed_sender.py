"""Senders as real processes, killed without warning while a real server takes their mails: nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections

from runs.models import Letter
from runs.notices import sending, sorting
from tests.runs import house
from tests.runs.notices.conftest import Time, tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

fork = multiprocessing.get_context("fork")
KILLS = 4


def send_for_ever(clock: Time) -> None:
    while True:
        try:
            sending.send_until_idle(clock)
        except Exception:
            connections.close_all()
        time.sleep(0.02)


def begin_sender(clock: Time) -> multiprocessing.process.BaseProcess:
    connections.close_all()
    sender = fork.Process(target=send_for_ever, args=(clock,), daemon=True)
    sender.start()
    return sender


def test_killed_senders_lose_no_mail_and_every_copy_has_one_name(mailed, post, later, monkeypatch):
    monkeypatch.setattr(sending, "LEASE", timedelta(seconds=2))
    names = sorted(set(mailed) - {"gus"})
    tell(*names)
    sorting.sort(later)
    later.pass_by(seconds=61)
    post.slowly = 0.2
    senders = [begin_sender(later) for _ in range(2)]
    try:
        for turn in range(KILLS):
            time.sleep(0.25)
            victim = senders[turn % 2]
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
            victim.join()
            senders[turn % 2] = begin_sender(later)
        house.wait_until(lambda: not Letter.objects.exclude(status="done").exists(), 40)
    finally:
        for sender in senders:
            sender.kill()
            sender.join()
    assert Letter.objects.filter(sent_at__isnull=False).count() == len(names)
    copies = Counter((mail["To"], mail["Message-ID"]) for mail in post.taken)
    assert len({to for to, _ in copies}) == len(copies) == len(names)
    assert sum(copies.values()) <= len(names) + KILLS
