"""Chats and the like, by apprise: which services, how an address is kept, and how something is posted there.

Only services that speak HTTP to a host are allowed, and whatever they connect to, after a name was resolved or a
redirect followed, must be an address that actions may call as well (`runs.providers.addresses`). Posting is for
workers: never within a request or a transaction.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import Group
from urllib3.util import connection as urllib3_connection

from runs import secrets
from runs.clock import database_clock
from runs.models import Channel, Letter
from runs.notices.letters import Words
from runs.providers import addresses
from runs.providers.errors import ActionError
from workflows.models import Person
from workflows.writing import writing

#: Service by scheme. What starts programs, opens files, or sends to any host whatever one writes, is not among them.
SERVICES = {
    "slack": "Slack",
    "workflow": "Microsoft Teams",
    "workflows": "Microsoft Teams",
    "gchat": "Google Chat",
    "discord": "Discord",
    "tgram": "Telegram",
    "wxteams": "Webex",
    "webex": "Webex",
    "zulip": "Zulip",
    "pover": "Pushover",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "gotify": "Gotify",
    "gotifys": "Gotify",
}
LONGEST_ADDRESS = 1000
MOST_OF_ONE = 10

_posting: ContextVar[list[str] | None] = ContextVar("posting", default=None)
_status = re.compile(r"error=(\d{3})\b")


class BadAddress(ValueError):
    """This is no address of a channel; the text says why."""


class NotAccepted(Exception):
    """The service did not take it. The text holds nothing of the address."""


def add(owner: Person | Group, title: str, address: str) -> Channel:
    """Keep a channel of a person, or of everybody in a group. Raises `BadAddress`."""
    service = read(address.strip())
    of = {"person": owner} if isinstance(owner, Person) else {"group": owner}
    title = " ".join(title.split())[:100] or SERVICES[service]
    with writing():
        if Channel.objects.filter(**of).count() >= MOST_OF_ONE:
            raise BadAddress(f"These are {MOST_OF_ONE} channels already; remove one first.")
        kept = secrets.locked(address.strip())
        return Channel.objects.create(**of, title=title, service=service, ciphertext=kept, added_at=database_clock())


def remove(channel: Channel) -> None:
    with writing():
        channel.delete()


def test(channel: Channel) -> None:
    """Have a worker send a test; what came of an earlier one is forgotten."""
    with writing():
        channel.letters.filter(notice=None).delete()
        Letter.objects.create(channel=channel, means=Letter.Means.CHANNEL, due_at=database_clock())


def read(address: str) -> str:
    """Return the service of an address. Raises `BadAddress`; connects to nothing."""
    scheme = address.partition("://")[0].lower()
    if len(address) > LONGEST_ADDRESS:
        raise BadAddress("This address is too long.")
    if scheme not in SERVICES and scheme != "https":
        known = ", ".join(dict.fromkeys(SERVICES.values()))
        raise BadAddress(f"Notices cannot be sent there. These can be used: {known}.")
    plugin = _plugin(address)
    if plugin is None:
        raise BadAddress("This is not how an address of this service is written; how-to “Get notified” shows each.")
    found = scheme if scheme in SERVICES else next(iter(sorted(plugin.schemas())))
    if found not in SERVICES:
        raise BadAddress(f"Notices cannot be sent to {plugin.service_name}.")
    return found


def post(channel: Channel, words: Words) -> None:
    """Send it now. Raises `NotAccepted`."""
    try:
        plugin = _plugin(secrets.unlocked(channel.ciphertext))
    except secrets.Unreadable:
        raise NotAccepted("Its address cannot be read: the key it was kept with is none of those in use.") from None
    if plugin is None:
        raise NotAccepted("Its address is not understood any more.")
    with _guarded() as refused, _listening() as heard:
        taken = plugin.notify(body=_tame(words.text), title=_tame(words.subject))
    if refused:
        raise NotAccepted(refused[0])
    if not taken:
        code = next(iter(heard), "")
        raise NotAccepted(f"The service answered {code}." if code else "The service could not be reached, or refused.")


def _plugin(address: str) -> Any:
    """Return what knows how to speak to this address, or None."""
    # a hundred services: only those who use one pay for them
    import apprise

    # it logs addresses, and they hold passwords
    apprise_log = logging.getLogger("apprise")
    apprise_log.propagate, apprise_log.level = False, logging.WARNING
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)
    asset = apprise.AppriseAsset(http_redirects=False, storage_mode=apprise.PersistentStoreMode.MEMORY)
    found = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if found is None or not set(found.schemas()) & SERVICES.keys():
        return None
    # a template names a file of this host, or an address to fetch, and what is in it would be posted
    if any(isinstance(one, apprise.AppriseAttachment) and len(one) for one in vars(found).values()):
        return None
    # whatever the address says: no redirects, and certificates are checked
    found.redirects, found.verify_certificate = False, True
    return found


def _tame(text: str) -> str:
    """Take away what a chat reads as a command: what people typed must not call everybody in it."""
    return text.replace("<", "‹").replace(">", "›").replace("@", "@\u200b")


@contextmanager
def _guarded() -> Iterator[list[str]]:
    """Within it this thread connects only to what actions may call; return what was refused."""
    refused: list[str] = []
    token = _posting.set(refused)
    try:
        yield refused
    finally:
        _posting.reset(token)


class _Codes(logging.Handler):
    """Keeps the codes that services answered with, and nothing else of what apprise logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found += _status.findall(record.getMessage())


@contextmanager
def _listening() -> Iterator[list[str]]:
    codes, log = _Codes(), logging.getLogger("apprise")
    log.addHandler(codes)
    try:
        yield codes.found
    finally:
        log.removeHandler(codes)


_connect = urllib3_connection.create_connection


def _connect_checked(address: tuple[str, int], *args: Any, **more: Any) -> socket.socket:
    """What urllib3 opens every connection with. Checked here, as here alone the name has become an address."""
    refused = _posting.get()
    if refused is None:
        return _connect(address, *args, **more)
    try:
        found = addresses.find(address[0].strip("[]"), address[1])
    except ActionError as fault:
        refused.append(str(fault).replace("playbooks", "notices"))
        raise OSError(str(fault)) from fault
    return _connect((found.address, found.port), *args, **more)


urllib3_connection.create_connection = _connect_checked
