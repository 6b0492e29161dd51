"""Work that is due: claimed with a lease and a token, performed, its result delivered to `runs.apply`.

claims    take work, keep it      perform  do what was claimed
sweep     what the clock does     audit    what was lost, found each minute

`ring` is all that the queue knows of. It drives no retries and no schedules (guarantees section 2).
"""

from __future__ import annotations

import uuid

from structlog.contextvars import bound_contextvars

from runs.bulk_acts import perform_until_idle
from runs.notices.sending import send_until_idle
from runs.work.perform import work_until_idle


def ring() -> None:
    """Answer the doorbell: work until nothing is due. A bell too many finds nothing and returns at once."""
    perform_until_idle()
    # what this bell leads to carries one id, as what a request leads to does
    with bound_contextvars(request_id=f"bell-{uuid.uuid4().hex}"):
        work_until_idle()
        send_until_idle()


__all__ = ["ring"]
