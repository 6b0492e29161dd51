"""One mail: from whom, to whom, and the headers that thread it, name it and keep machines from answering it."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formataddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from runs.models import Notice
from runs.notices.letters import Words
from workflows.models import Person


def host() -> str:
    return urlsplit(settings.PENSTOCK_ADDRESS).hostname or "localhost"


def message(person: Person, notices: Sequence[Notice], words: Words, bundle: int) -> EmailMultiAlternatives:
    """Return the mail. However often it is sent, it is the same to whoever receives it: `bundle` names it."""
    headers = {
        "Message-ID": f"<letter.{bundle}@{host()}>",
        "List-Id": f"Penstock notices <notices.{host()}>",
        "List-Unsubscribe": f"<{settings.PENSTOCK_ADDRESS}{reverse('notices-preferences')}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    runs = {notice.run_id for notice in notices}
    if len(runs) == 1 and (run := runs.pop()) is not None:
        # no mail has this name: it is the root that all mails of one run hang from
        headers["In-Reply-To"] = headers["References"] = f"<run.{run}@{host()}>"
    mail = EmailMultiAlternatives(
        subject=" ".join(words.subject.split())[:200],
        body=words.text,
        to=[formataddr((str(person), person.email))],
        headers=headers,
    )
    mail.attach_alternative(words.html, "text/html")
    return mail
