"""How a provider says that an action did not succeed."""

from __future__ import annotations


class ActionError(Exception):
    """`permanent` where trying again cannot help, so that no further attempt is made."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
