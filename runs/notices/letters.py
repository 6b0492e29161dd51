"""What a message says. Words are the pages' business: `PENSTOCK_LETTERS` names who writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from runs.models import Channel, Notice
from workflows.models import Person


@dataclass(frozen=True)
class Words:
    """What one message says; a chat has no `html`."""

    subject: str
    text: str
    html: str = ""


class Writer(Protocol):
    """Writes what messages say. It is asked immediately before they are sent, and may read anything."""

    def mail(self, person: Person, notices: Sequence[Notice]) -> Words:
        """One notice with all that is needed to decide, several as a list."""

    def chat(self, channel: Channel, notices: Sequence[Notice]) -> Words:
        """What and where, and never a value of the run: who reads along in a chat is not ours to know."""


def writer() -> Writer:
    found: Writer = import_string(settings.PENSTOCK_LETTERS)
    return found
