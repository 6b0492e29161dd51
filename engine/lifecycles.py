"""Every status, its groups and its legal moves, with a sentence each.

The one source: the machine moves by it, the models take choices and constraints from it, the docs print
it, and a test holds every move of `advance` against it.
"""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    ROLLING_BACK = "rolling_back"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"


RUN_ENDED = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.ROLLED_BACK})
RUN_OPEN = frozenset(RunStatus) - RUN_ENDED

RUN_MOVES: dict[tuple[RunStatus, RunStatus], str] = {
    (RunStatus.QUEUED, RunStatus.RUNNING): "got its place",
    (RunStatus.QUEUED, RunStatus.CANCELLED): "was cancelled while it waited for a place",
    (RunStatus.RUNNING, RunStatus.COMPLETED): "reached its end",
    (RunStatus.RUNNING, RunStatus.FAILED): "ended as failed",
    (RunStatus.RUNNING, RunStatus.CANCELLED): "was cancelled by an operator",
    (RunStatus.RUNNING, RunStatus.ROLLING_BACK): "began to undo what was done",
    (RunStatus.ROLLING_BACK, RunStatus.ROLLED_BACK): "undid everything that can be undone",
    (RunStatus.ROLLING_BACK, RunStatus.FAILED): "could not undo everything",
    (RunStatus.ROLLING_BACK, RunStatus.CANCELLED): "was cancelled while it was undoing",
}


class VisitStatus(StrEnum):
    WAITING = "waiting"
    OPEN = "open"
    ACTIVE = "active"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"


VISIT_OPEN = frozenset({VisitStatus.WAITING, VisitStatus.OPEN, VisitStatus.ACTIVE})
VISIT_ENDED = frozenset(VisitStatus) - VISIT_OPEN

VISIT_MOVES: dict[tuple[VisitStatus, VisitStatus], str] = {
    (VisitStatus.WAITING, VisitStatus.OPEN): "opened when what kept it shut was gone",
    (VisitStatus.WAITING, VisitStatus.CANCELLED): "was cancelled before it opened",
    (VisitStatus.WAITING, VisitStatus.SKIPPED): "was skipped before it opened",
    (VisitStatus.OPEN, VisitStatus.ACTIVE): "was claimed",
    (VisitStatus.OPEN, VisitStatus.COMPLETED): "was done",
    (VisitStatus.OPEN, VisitStatus.SKIPPED): "was skipped",
    (VisitStatus.OPEN, VisitStatus.FAILED): "failed for good",
    (VisitStatus.OPEN, VisitStatus.CANCELLED): "was cancelled",
    (VisitStatus.ACTIVE, VisitStatus.OPEN): "was released",
    (VisitStatus.ACTIVE, VisitStatus.COMPLETED): "was done by whoever had claimed it",
    (VisitStatus.ACTIVE, VisitStatus.SKIPPED): "was skipped although claimed",
    (VisitStatus.ACTIVE, VisitStatus.FAILED): "failed for good",
    (VisitStatus.ACTIVE, VisitStatus.CANCELLED): "was cancelled although claimed",
    (VisitStatus.COMPLETED, VisitStatus.UNDONE): "was undone",
}


class GateStatus(StrEnum):
    """What became of one asking of a gate."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    OVERRIDDEN = "overridden"
    CANCELLED = "cancelled"


GATE_ENDED = frozenset(GateStatus) - {GateStatus.OPEN}
GATE_MOVES: dict[tuple[GateStatus, GateStatus], str] = {
    (GateStatus.OPEN, GateStatus.APPROVED): "the quorum was met, or a rule of the playbook approved",
    (GateStatus.OPEN, GateStatus.REJECTED): "was rejected, by votes or by a rule of the playbook",
    (GateStatus.OPEN, GateStatus.RETURNED): "an approver asked for changes",
    (GateStatus.OPEN, GateStatus.OVERRIDDEN): "an operator broke the glass: an approval for nobody",
    (GateStatus.OPEN, GateStatus.CANCELLED): "the run went on or ended without it",
}


class IncidentStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


INCIDENT_MOVES: dict[tuple[IncidentStatus, IncidentStatus], str] = {
    (IncidentStatus.OPEN, IncidentStatus.RESOLVED): "was retried, skipped, answered or overtaken",
}


class WorkStatus(StrEnum):
    """Of a row of the outbox; these moves belong to the workers and are not part of a run's log."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class VersionStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


#: Versions that are or were open for runs: what everybody who may find the artifact sees.
VERSION_OUT = frozenset({VersionStatus.PUBLISHED, VersionStatus.DEPRECATED, VersionStatus.RETIRED})

VERSION_MOVES: dict[tuple[VersionStatus, VersionStatus], str] = {
    (VersionStatus.DRAFT, VersionStatus.IN_REVIEW): "its author asked for a review",
    (VersionStatus.DRAFT, VersionStatus.PUBLISHED): "was published without a review, where no policy asks for one",
    (VersionStatus.IN_REVIEW, VersionStatus.DRAFT): "changes are wanted, or its author took it back",
    (VersionStatus.IN_REVIEW, VersionStatus.APPROVED): "enough reviewers approved it",
    (VersionStatus.IN_REVIEW, VersionStatus.RETIRED): "was rejected: nothing ever started on it",
    (VersionStatus.APPROVED, VersionStatus.DRAFT): "was taken back before it was published",
    (VersionStatus.APPROVED, VersionStatus.PUBLISHED): "takes the new runs from now on",
    (VersionStatus.PUBLISHED, VersionStatus.DEPRECATED): "was replaced by a newer version",
    (VersionStatus.DEPRECATED, VersionStatus.PUBLISHED): "takes the new runs again: the newer one was taken back",
    (VersionStatus.DEPRECATED, VersionStatus.RETIRED): "starts no more runs",
}


class ReviewStatus(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    CHANGES_WANTED = "changes_wanted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


REVIEW_MOVES: dict[tuple[ReviewStatus, ReviewStatus], str] = {
    (ReviewStatus.OPEN, ReviewStatus.APPROVED): "enough reviewers approved the version",
    (ReviewStatus.OPEN, ReviewStatus.CHANGES_WANTED): "a reviewer wants it changed: it is a draft again",
    (ReviewStatus.OPEN, ReviewStatus.REJECTED): "a reviewer rejected it",
    (ReviewStatus.OPEN, ReviewStatus.WITHDRAWN): "its author took it back",
}


class RolloutStatus(StrEnum):
    """Of a version that some of the new runs start on, beside the published one."""

    UNDER_WAY = "under_way"
    EVERYONE = "everyone"
    BACK = "back"


ROLLOUT_MOVES: dict[tuple[RolloutStatus, RolloutStatus], str] = {
    (RolloutStatus.UNDER_WAY, RolloutStatus.EVERYONE): "all new runs start on it: it is published",
    (RolloutStatus.UNDER_WAY, RolloutStatus.BACK): "was taken back: all new runs start on the version before",
}


class ExceptionStatus(StrEnum):
    """Of an exception from a policy; whether it is in force besides is a matter of its dates."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    REVOKED = "revoked"


EXCEPTION_MOVES: dict[tuple[ExceptionStatus, ExceptionStatus], str] = {
    (ExceptionStatus.ASKED, ExceptionStatus.GRANTED): "somebody else approved it",
    (ExceptionStatus.ASKED, ExceptionStatus.REFUSED): "was not approved",
    (ExceptionStatus.GRANTED, ExceptionStatus.REVOKED): "was ended before its date",
}


class DelegationStatus(StrEnum):
    """Of a delegation until a date; whether it is in force besides is a matter of its dates."""

    GIVEN = "given"
    TAKEN_BACK = "taken_back"


DELEGATION_MOVES: dict[tuple[DelegationStatus, DelegationStatus], str] = {
    (DelegationStatus.GIVEN, DelegationStatus.TAKEN_BACK): "was taken back before its end",
}


class Choice(StrEnum):
    """What a vote says."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    ABSTAIN = "abstain"


#: The codes of incidents (semantics [refusals]), each with the sentence an operator reads.
INCIDENTS: dict[str, str] = {
    "expression": "an expression could not be evaluated",
    "no-match": "no rule fits the data",
    "failed": "the action failed after its last attempt",
    "timed-out": "the action did not answer in time",
    "lost": "five workers took the action and none came back",
    "runaway": "more than 1,000 steps in one go",
    "join-unreachable": "the join can no longer be met",
    "roster": "too few people are there who may answer",
    "undecided": "everybody has voted and nothing is decided",
    "escalated": "the playbook's escalation asked for an operator",
    "child-failed": "the called playbook did not complete",
    "too-many-items": "more items than a run may hold",
}

#: The codes of refusals in the order in which they are tried (semantics [refusals]), each with a sentence.
REFUSALS: dict[str, str] = {
    "already-ended": "This run has ended.",
    "too-long": "This run has as many entries as a run may have; it can only be cancelled.",
    "paused": "This run is paused.",
    "already-decided": "This gate has been decided.",
    "not-open": "This step is not open.",
    "excluded": "The playbook excludes you from this gate.",
    "not-in-role": "You are not in a role that may do this.",
    "not-your-turn": "Others are asked before you.",
    "claimed-by": "Somebody else has claimed this task.",
    "comment-required": "This vote needs a comment.",
    "evidence-required": "This needs a file or a link as evidence.",
    "reauthenticate": "Sign in once more to do this.",
    "abstain-under-all": "Everybody must approve here, so nobody can abstain.",
    "return-not-offered": "This gate does not offer to ask for changes.",
    "old-digest": "What is shown has changed since you opened it.",
    "needs-mapping": "Something of this run has no counterpart in the other version.",
    "would-repeat": "A step that is done would be done again.",
    "would-skip-gate": "A gate of the other version would never be passed.",
}
