"""What keeps messages from arriving: kept for the administrators and told to them once, never a matter of a run."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet
from django.urls import reverse

from engine.lifecycles import WorkStatus
from runs import notices
from runs.clock import database_clock
from runs.models import Channel, ChannelFault, Letter, Notice
from workflows.models import Person
from workflows.writing import writing


def standing() -> QuerySet[ChannelFault]:
    """What does not work now."""
    return ChannelFault.objects.filter(resolved_at__isnull=True).select_related("channel__person", "channel__group")


def undelivered() -> QuerySet[Letter]:
    """Letters that were given up, and whose reader has not read it on the page since."""
    dead = Letter.objects.filter(status=WorkStatus.DEAD.value, notice__read_at__isnull=True, notice__isnull=False)
    return dead.select_related("notice__person", "person", "channel").order_by("-pk")


def failed(channel: Channel | None, message: str, now: datetime) -> None:
    """Open a fault, or count one more; stands in the sender's transaction."""
    faults = standing().filter(channel=channel)
    if faults.update(failures=F("failures") + 1, failed_at=now, message=message):
        return
    ChannelFault.objects.create(channel=channel, message=message, opened_at=now, failed_at=now)
    what = f"The channel “{channel.title}” does not deliver" if channel else "Mail is not delivered"
    tell_administrators(what, message)


def worked(channel: Channel | None, now: datetime) -> None:
    """What had failed works again."""
    standing().filter(channel=channel).update(resolved_at=now)


def tell_administrators(title: str, body: str) -> None:
    """Tell them once: whoever has not read it yet is not told again."""
    people = Person.objects.filter(is_superuser=True).exclude(
        notices__in=Notice.objects.filter(title=title, read_at__isnull=True)
    )
    names = people.values_list("username", flat=True)
    notices.tell(Notice.Kind.ADMINISTRATION, names, title=title, body=body, url=reverse("notices-administration"))


def send_again() -> int:
    """Give everything that was given up another five attempts; return how many letters that is."""
    with writing():
        keys = list(undelivered().order_by().values_list("pk", flat=True))
        return Letter.objects.filter(pk__in=keys).update(
            status=WorkStatus.READY.value, claims=0, due_at=database_clock()
        )
