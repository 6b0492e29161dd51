"""From letters to messages, at least once: claimed and counted before they are sent, and looked at once more then.

The claim is the outbox's (guarantees 2.3): a lease and a token, five claims at most, a growing pause between them. What
is claimed together stays together, under one Message-ID, so that a mail that goes out twice is seen as one. What is
decided, done or read meanwhile is not sent. A worker that dies leaves its claim to the next one.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection
from django.db.models import F, Q, QuerySet

from engine.lifecycles import WorkStatus
from runs import doorbell
from runs.clock import Clock, database_clock
from runs.models import Channel, Letter, Notice, NoticeWish
from runs.notices import channels, faults, hours, mail, overtaken, sight
from runs.notices.letters import Words, writer
from workflows.models import Person
from workflows.writing import writing

#: Longer than any mail server or service may take.
LEASE = timedelta(seconds=120)
MOST_CLAIMS = 5
#: Pauses after the first to fourth failure: a server that is down for an hour loses nothing.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
#: So many notices are one message at most.
MOST_TOGETHER = 50
#: An error of a single attempt is nobody's news.
TOLD_FROM = 2
SHIFT_SECONDS = 30.0
#: PostgreSQL: one claims at a time, so that two workers do not share one person's letters out between them.
_TURN = 0x6E6F7469

log = structlog.get_logger()


@dataclass(frozen=True)
class Bundle:
    """Letters in this process's hands, to become one message."""

    number: int
    token: int
    claims: int
    person: Person | None
    channel: Channel | None
    notices: tuple[int, ...]

    @property
    def rows(self) -> QuerySet[Letter]:
        """They, as long as the claim is this one."""
        return Letter.objects.filter(bundle=self.number, token=self.token, status=WorkStatus.LEASED.value)


class Undeliverable(Exception):
    """This message will never arrive there; the text says why."""


def is_due(clock: Clock = database_clock) -> bool:
    """Say whether a letter could be claimed now."""
    return _due(clock).exists()


def send_until_idle(clock: Clock = database_clock) -> int:
    """Send what is due, and return how many messages went out; after a shift somebody else is rung."""
    over, sent = time.monotonic() + SHIFT_SECONDS, 0
    while (bundle := claim(clock)) is not None:
        sent += send(bundle, clock)
        if time.monotonic() >= over:
            doorbell.ring()
            break
    return sent


def claim(clock: Clock = database_clock) -> Bundle | None:
    """Take what is due first, and what goes to the same place within a minute."""
    with writing():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        first = _due(clock).order_by("due_at", "pk").first()
        if first is None:
            return None
        now = clock()
        rows = Letter.objects.filter(bundle=first.bundle).exclude(status__in=["done", "dead"])
        if first.bundle is None:
            rows = Letter.objects.filter(pk=first.pk)
            if first.notice_id is not None:
                alike = {"means": first.means, "person": first.person_id, "channel": first.channel_id}
                soon = Letter.objects.filter(**alike, status="ready", bundle=None, notice__isnull=False)
                rows = soon.filter(due_at__lte=now + hours.GATHER).filter(_GOES_ON)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_TOGETHER])
        number = first.bundle or keys[0]
        Letter.objects.filter(pk__in=keys).update(
            status=WorkStatus.LEASED.value,
            bundle=number,
            token=F("token") + 1,
            claims=F("claims") + 1,
            lease_until=now + LEASE,
        )
    taken = list(Letter.objects.filter(pk__in=keys).select_related("person", "channel").order_by("pk"))
    return Bundle(
        number,
        taken[0].token,
        taken[0].claims,
        taken[0].person,
        taken[0].channel,
        tuple(letter.notice_id for letter in taken if letter.notice_id is not None),
    )


#: A paused run asks for nothing: its letters wait until it goes on.
_GOES_ON = Q(notice__isnull=True) | Q(notice__run__isnull=True) | Q(notice__run__paused=False)


def _due(clock: Clock) -> QuerySet[Letter]:
    now = clock()
    ready = Q(status=WorkStatus.READY.value, due_at__lte=now)
    return Letter.objects.filter(ready | Q(status=WorkStatus.LEASED.value, lease_until__lt=now)).filter(_GOES_ON)


def send(bundle: Bundle, clock: Clock = database_clock) -> int:
    """Send one message, unless nothing in it is news any more; return how many went out."""
    if bundle.claims > MOST_CLAIMS:
        _give_up(bundle, "Five workers took it and none came back.", clock)
        return 0
    try:
        news = still_news(bundle)
        if bundle.notices and not news:
            with writing():
                bundle.rows.update(status=WorkStatus.DONE.value, lease_until=None)
            return 0
        _deliver(bundle, news)
    except Undeliverable as fault:
        _give_up(bundle, str(fault), clock)
        return 0
    except Exception as fault:  # a server or a plug-in: whatever it raises is this message's failure
        log.warning("letter_failed", bundle=bundle.number, claims=bundle.claims, fault=_said(fault))
        _failed(bundle, _said(fault), clock)
        return 0
    _sent(bundle, clock)
    return 1


def still_news(bundle: Bundle) -> list[Notice]:
    """Read the notices of a message again, and leave out what is decided, done, read or not the reader's any more."""
    rows = overtaken.with_what_became(Notice.objects.filter(pk__in=bundle.notices)).order_by("pk")
    if bundle.channel is not None and bundle.channel.group_id is not None:
        return [notice for notice in rows if not overtaken.for_a_role(notice)]
    unread = [notice for notice in rows if notice.read_at is None and not overtaken.words(notice)]
    person = unread[0].person if unread else None
    if person is None or not person.is_active:
        return []
    finds = sight.of(person, unread).finds
    return [notice for notice in unread if finds(notice)]


def _deliver(bundle: Bundle, news: Sequence[Notice]) -> None:
    if bundle.channel is not None:
        test = Words("Penstock", f"This is a test of the channel “{bundle.channel.title}”. Notices will come here.")
        channels.post(bundle.channel, writer().chat(bundle.channel, news) if news else test)
        return
    assert bundle.person is not None
    if not bundle.person.email:
        raise Undeliverable(f"{bundle.person} has no e-mail address any more.")
    words = writer().mail(bundle.person, news)
    try:
        mail.message(bundle.person, news, words, bundle.number).send()
    except smtplib.SMTPRecipientsRefused as fault:
        code, said = next(iter(fault.recipients.values()))
        if code < 500:
            raise
        raise Undeliverable(f"The mail server refuses mail to {bundle.person}: {code} {_plain(said)}") from fault


def _sent(bundle: Bundle, clock: Clock) -> None:
    with writing():
        now = clock()
        kept = bundle.rows.update(status=WorkStatus.DONE.value, sent_at=now, lease_until=None, last_error="")
        if kept and bundle.channel is not None and not bundle.notices:
            Channel.objects.filter(pk=bundle.channel.pk).update(verified_at=now)
        faults.worked(bundle.channel, now)


def _failed(bundle: Bundle, said: str, clock: Clock) -> None:
    if bundle.claims >= MOST_CLAIMS or not bundle.notices:
        _give_up(bundle, said, clock)
        return
    with writing():
        now = clock()
        due_at = now + PAUSES[min(bundle.claims, len(PAUSES)) - 1]
        if bundle.person is not None:
            wish = NoticeWish.objects.filter(person=bundle.person).first()
            due_at = hours.after_quiet(wish, bundle.person.zone, due_at) if wish else due_at
        kept = bundle.rows.update(status=WorkStatus.READY.value, due_at=due_at, lease_until=None, last_error=said)
        if kept and bundle.claims >= TOLD_FROM:
            faults.failed(bundle.channel, said, now)


def _give_up(bundle: Bundle, said: str, clock: Clock) -> None:
    """Leave it to the administrators; the notice itself stands on the page. A test is its owner's business alone."""
    with writing():
        kept = bundle.rows.update(status=WorkStatus.DEAD.value, lease_until=None, last_error=said)
        if not kept or not bundle.notices:
            return
        if bundle.channel is not None or bundle.claims >= MOST_CLAIMS:
            faults.failed(bundle.channel, said, clock())
        else:
            faults.tell_administrators(f"A mail to {bundle.person} could not be delivered", said)


def _said(fault: Exception) -> str:
    """What went wrong in a sentence; what a server answers may be bytes, and long."""
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"The mail server answered {fault.smtp_code} {_plain(fault.smtp_error)}"
    if isinstance(fault, channels.NotAccepted):
        return str(fault)
    return f"{type(fault).__name__}: {fault}"[:500]


def _plain(said: bytes | str) -> str:
    return (said.decode(errors="replace") if isinstance(said, bytes) else said)[:300]
