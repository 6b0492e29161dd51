"""What time it is, for runs: the database's clock (`workflows.clock`), and the time of what has not been applied."""

from __future__ import annotations

from datetime import UTC, datetime

from workflows.clock import Clock as Clock
from workflows.clock import database_clock as database_clock

#: The `at` of an event that nobody has applied yet; `apply` puts the clock's time in its place.
NOT_YET = datetime(1970, 1, 1, tzinfo=UTC)
