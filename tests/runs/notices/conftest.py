"""People with addresses, a mail server and a chat, and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from runs import notices
from runs.clock import database_clock
from runs.notices import sending, sorting
from tests.runs.notices.servers import ChatServer, MailServer, serving
from workflows.models import Person


@pytest.fixture
def mailed(people: dict[str, Person]) -> dict[str, Person]:
    for person in people.values():
        person.email = f"{person.username}@people.example"
    Person.objects.bulk_update(people.values(), ["email"])
    return people


@pytest.fixture
def post(settings) -> Iterator[MailServer]:
    with serving(MailServer()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.PENSTOCK_ADDRESS = "https://penstock.example"
        yield server


@pytest.fixture
def chat(settings) -> Iterator[ChatServer]:
    with serving(ChatServer()) as server:
        settings.PENSTOCK_HTTP_ALLOW = [f"127.0.0.1:{server.port}"]
        yield server


class Time:
    """The clock of a test: now, or so much later."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return database_clock() + self.ahead

    def pass_by(self, **length: float) -> None:
        self.ahead += timedelta(**length)

    def send(self) -> int:
        """What the clock and a worker would do now; return how many messages went out."""
        sorting.sort(self)
        return sending.send_until_idle(self)


@pytest.fixture
def later() -> Time:
    return Time()


def tell(*usernames: str, title: str = "Something happened", kind: str = "decided", **more: object) -> None:
    notices.tell(kind, usernames, title=title, **more)


NOON = datetime(2026, 6, 18, 12, 0, tzinfo=UTC)
