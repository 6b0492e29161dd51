"""Prove once more who acts: by the password of the account, at the moment of the act.

For gates with `require: [reauthenticate]`. What is typed goes no further than this module: no event, no log, no
message holds it. Whoever has proved it is told to `runs.vote` by its `reauthenticated`.
"""

from __future__ import annotations

from django.contrib.auth.hashers import check_password

from engine.machine.commands import Refusal
from runs import security_log
from runs.clock import Clock, database_clock
from runs.models import Run
from workflows import attempts
from workflows.models import Person

#: From anywhere: whoever holds a session, or a link, guesses at one account, wherever they sit.
ANYWHERE = "reauthenticate"
WRONG = "This is not the password of your account."
NO_PASSWORD = "Your account has no password here, so you cannot prove who you are. An administrator can give it one."
TEMPORARY = "Somebody else set your password and knows it, so it proves nothing. Choose your own first."


def prove(person: Person, password: str, run: Run, step: str, clock: Clock = database_clock) -> Refusal | None:
    """Return None when this is the person's password; else why not, which is then in the security log.

    `step` is the id of the gate's step. Counted before it is checked, so that many tries at once are no way round.
    """
    sentence = _why_not(person, password)
    return (
        security_log.note(person, "vote", run, step, Refusal("reauthenticate", sentence), clock) if sentence else None
    )


def _why_not(person: Person, password: str) -> str:
    if not person.has_usable_password():
        return NO_PASSWORD
    if person.password_is_temporary:
        return TEMPORARY
    wait = attempts.must_wait(person.username, ANYWHERE)
    if wait or attempts.failed(person.username, ANYWHERE) > attempts.ALLOWED:
        return f"Too many wrong passwords. Try again in {wait or attempts.WINDOW_SECONDS // 60} minutes."
    # not `person.check_password`: that may write the person, and a new hash would end the session
    if not check_password(password, person.password):
        return WRONG
    attempts.forget(person.username, ANYWHERE)
    return ""
