"""A decision as typed into a form, and the one way by which every page casts it.

Takes the POST of a gate's page, of a decision in bulk or of a link in a mail; asks for the password where the gate
wants it, and leaves every rule to `runs.vote`. A password goes to `runs.reauthenticate` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

from dashboards import attaching
from dashboards.visits import Seen
from engine.attachments import Attachment
from engine.definition import GateSpec
from engine.machine.commands import Refusal
from runs import guard, reauthenticate
from runs import vote as votes
from runs.outcomes import Accepted, Stale
from workflows.models import Person

#: At which field of the form a refusal stands that the voter can mend there.
FIELDS = {
    "comment-required": "comment",
    "evidence-required": "evidence",
    "field:link": "evidence",
    "field:files": "evidence",
    "reauthenticate": "password",
    "field:choice": "choice",
    "abstain-under-all": "choice",
    "return-not-offered": "choice",
}
LONGEST_LINK = 2000


@dataclass(frozen=True)
class Typed:
    """What somebody decided and wrote. The password is not shown by `repr`, nor by any page."""

    choice: str = ""
    comment: str = ""
    digest: str = ""
    key: str | None = None
    on_behalf_of: str = ""
    link: str = ""
    password: str = field(default="", repr=False)
    evidence: tuple[Attachment, ...] = ()


def typed(post: QueryDict) -> Typed:
    return Typed(
        choice=post.get("choice", ""),
        comment=post.get("comment", ""),
        digest=post.get("digest", ""),
        key=post.get("key") or None,
        on_behalf_of=post.get("for", ""),
        link=post.get("link", "").strip(),
        password=post.get("password", ""),
    )


def decide(request: HttpRequest, seen: Seen, person: Person) -> tuple[Typed, Accepted | Refusal | Stale]:
    """Cast what this POST says, and return it beside what came of it, so that nothing typed is lost."""
    given = typed(request.POST)
    evidence = attaching.read(request, seen.run, seen.step)
    if isinstance(evidence, Refusal):
        return given, evidence
    given = replace(given, evidence=evidence)
    return given, cast(seen, person, given)


def cast(seen: Seen, person: Person, given: Typed, proved: bool = False) -> Accepted | Refusal | Stale:
    """Vote, with who it is proved before where the gate wants it, unless that was `proved` a moment ago.

    No password is looked at of somebody who may not vote, nor an empty one: the vote is refused for what is missing.
    """
    wanted = "reauthenticate" in requires(seen)
    if wanted and not proved and given.password and guard.may(person, "vote", seen.run, seen.step.number):
        refusal = reauthenticate.prove(person, given.password, seen.run, seen.step.name)
        if refusal is not None:
            return refusal
        proved = True
    return votes.vote(
        seen.run,
        seen.step.number,
        person,
        given.choice,
        given.comment,
        given.digest,
        given.key,
        on_behalf_of=given.on_behalf_of,
        evidence=given.evidence,
        reauthenticated=wanted and proved,
    )


def requires(seen: Seen) -> tuple[str, ...]:
    """Return what the gate wants of every vote beside the choice."""
    does = seen.spec.does
    return does.require if isinstance(does, GateSpec) else ()


def attached(given: Typed) -> tuple[Attachment, ...] | Refusal:
    """Return the link as evidence, where one was given: what a form without files has."""
    if not given.link:
        return ()
    if len(given.link) > LONGEST_LINK or not _is_address(given.link):
        return Refusal("field:link", "A link begins with https:// or http:// and names a host.")
    return (Attachment(given.link),)


def link_of(evidence: Iterable[Attachment]) -> str:
    """Return the link among the evidence of an earlier vote, so that who changes it need not find it again."""
    return next((one.name for one in evidence if one.is_link), "")


def _is_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(char.isspace() for char in link)
