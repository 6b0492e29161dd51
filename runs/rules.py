"""Every rule by which something is refused: its code, a title, the rule itself, and what to do.

A refusal says in its own sentence what stands in the way here; this says by which rule, and is what
docs/reference/refusals.md is written from. A test holds every code in the source against it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """`remedy` is what whoever is refused can do about it."""

    code: str
    title: str
    says: str
    remedy: str


_RULES = (
    Rule(
        "already-ended",
        "The run has ended",
        "A run that has ended is history: nothing is done to it any more.",
        "Start another run, or read how this one ended in its log.",
    ),
    Rule(
        "too-long",
        "The run is too long",
        "A run has at most so many entries in its log; then it can only be cancelled.",
        "Cancel it and start another one; look for what goes round and round in its playbook.",
    ),
    Rule(
        "paused",
        "The run is paused",
        "While a run is paused nobody hands in, claims or votes, and it cannot be paused once more.",
        "Wait until an operator resumes it, or resume it.",
    ),
    Rule(
        "already-decided",
        "The gate has been decided",
        "A gate is decided once: by its votes, by a rule of the playbook or by an operator.",
        "Read what was decided and by whom on the gate's page.",
    ),
    Rule(
        "not-open",
        "There is nothing open to act on",
        "An act needs what it acts on: a step that is open, something that went wrong, a run that is under way.",
        "Read the sentence: it says what happened meanwhile. The run's page shows what is open now.",
    ),
    Rule(
        "excluded",
        "The playbook excludes you",
        "Nobody approves what they asked for or did themselves, where the gate says so; nor break its glass.",
        "Ask somebody whom the gate does not exclude; “Who could?” names them.",
    ),
    Rule(
        "not-in-role",
        "You are not in a role that may do this",
        "Tasks and votes belong to the roles of the playbook, acts on a run to the operators of its unit and above, "
        "and passing over a gate to who may break the glass there.",
        "“Who could?” names who may. An administrator gives parts and groups.",
    ),
    Rule(
        "not-your-turn",
        "Others are asked before you",
        "Where approvers are asked in order, each role waits for the one before it.",
        "Wait until it is your turn: you are told when it is.",
    ),
    Rule(
        "claimed-by",
        "Somebody else has claimed it",
        "A claimed task belongs to whoever claimed it, until it is given back.",
        "Ask them to give it back, or an operator to reassign it.",
    ),
    Rule(
        "comment-required",
        "This vote needs a comment",
        "Asking for changes always takes a comment, and so does every vote where the gate asks for one.",
        "Say why, and vote again.",
    ),
    Rule(
        "evidence-required",
        "This needs evidence",
        "The playbook asks for a file or a link with it.",
        "Attach one, and send it again.",
    ),
    Rule(
        "reauthenticate",
        "Sign in once more",
        "The playbook asks who votes to prove a moment before who they are.",
        "Give your password with the vote.",
    ),
    Rule(
        "abstain-under-all",
        "Nobody can abstain here",
        "Where everybody must approve, an abstention would close the gate to all.",
        "Approve or reject it.",
    ),
    Rule(
        "return-not-offered",
        "This gate does not ask for changes",
        "Changes can be asked for only where the playbook has a way back.",
        "Approve or reject it.",
    ),
    Rule(
        "old-digest",
        "What is shown has changed",
        "A vote counts only for exactly what was shown to whoever voted.",
        "Open the gate again, read what it shows now, and vote on that.",
    ),
    Rule(
        "needs-mapping",
        "Something has no counterpart in the other version",
        "A run is moved whole or not at all: its open steps, what is read later and required inputs must be there.",
        "Say which step or value of the version it is, give what is asked for, or jump to a step that both have first.",
    ),
    Rule(
        "would-repeat",
        "A step would be done again",
        "Where the version has a step behind the open ones that this run has done already, that has to be known first.",
        "Look at the example, and choose to move these runs as well if that is meant.",
    ),
    Rule(
        "would-skip-gate",
        "A gate would never be passed",
        "A gate that the version requires on the way to where the run stands counts as passed over.",
        "Whoever may break the glass can move it all the same; or jump it back to before that gate, and move it then.",
    ),
    Rule(
        "overtaken",
        "Another operator was faster",
        "Who repairs a run acts on what they had before them. Where another operator has acted there since, that has "
        "to be read first.",
        "Read what they did and why; if something is left to do, do it with the form as it is now.",
    ),
    Rule(
        "not-visible",
        "It is not yours to see",
        "Whoever has no part in a run is told the same as if it did not exist.",
        "Ask whoever sent you there: a run becomes yours when one of its steps waits for you, or its unit is yours.",
    ),
    Rule(
        "not-active",
        "The account is not active",
        "A closed account does nothing; what it had ordered before and is not done yet is not done either.",
        "An administrator opens accounts again.",
    ),
    Rule(
        "not-published",
        "This starts no runs",
        "Only a published playbook starts runs: no template, no decision table, nothing that is retired.",
        "Publish it, or adapt the template and publish what comes of it.",
    ),
    Rule(
        "not-opened",
        "Open it first",
        "Nobody decides what they have not had before them.",
        "Open the gate's page, read it, and decide.",
    ),
    Rule(
        "link-expired",
        "The link has ended",
        "A link in a mail opens a decision for a limited time and once.",
        "Sign in, and decide on the gate's page.",
    ),
    Rule(
        "link-off",
        "Links are switched off here",
        "A unit may switch decisions by link off.",
        "Sign in, and decide on the gate's page.",
    ),
    Rule(
        "file-damaged",
        "The file is not what it was",
        "A file is handed out only where its bytes are those that were attached.",
        "Tell whoever runs this installation: the store of files is damaged.",
    ),
    Rule(
        "nobody-eligible",
        "There are too few people for it",
        "A run is started by hand only where each of its steps has people who may answer.",
        "The page names the steps and who would help; a process owner or an administrator can.",
    ),
    Rule(
        "policy-violated",
        "A policy does not allow it",
        "No run starts on a playbook that breaks a policy of its unit, or of one above it, unless excepted.",
        "The sentence names the policy and the way that breaks it. Change the playbook, or ask for an exception.",
    ),
    Rule(
        "own-request",
        "You asked for it yourself",
        "Nobody grants an exception that they asked for.",
        "Another process owner of the policy's unit, or of one above it, decides on it.",
    ),
    Rule(
        "not-administrator",
        "Only administrators change people",
        "Accounts, groups and parts are given by administrators.",
        "Ask one; the People page names them.",
    ),
    Rule(
        "own-rights",
        "Nobody changes their own rights",
        "Four eyes: what somebody may do is changed by somebody else.",
        "Ask another administrator.",
    ),
    Rule(
        "last-administrator",
        "There must be an administrator",
        "The last active administrator stays one.",
        "Make somebody else an administrator first.",
    ),
    Rule(
        "last-process-owner",
        "Somebody must answer for it",
        "A unit that keeps something keeps a process owner, there or above.",
        "Make somebody else process owner there first.",
    ),
    Rule(
        "own-version",
        "You wrote it yourself",
        "Nobody reviews a version that they wrote, whatever parts they have.",
        "Its page names who may review it.",
    ),
    Rule(
        "service",
        "It takes a person",
        "A service account reviews nothing.",
        "Review it in a person’s name.",
    ),
    Rule(
        "not-in-part",
        "It takes a part in the unit",
        "Some acts belong to whoever has a certain part in the unit or above it, and to nobody else.",
        "The sentence names the part; an administrator gives parts.",
    ),
    Rule(
        "not-yours",
        "It belongs to somebody else",
        "What is kept for one person is theirs alone to change.",
        "Ask whoever it belongs to.",
    ),
    Rule(
        "not-in-plan",
        "The plan does not ask for it",
        "A run is started for a plan only where the plan as it is published now names its playbook at that milestone.",
        "Open the plan again: it shows what it asks for now. The playbook can be started without it.",
    ),
    Rule(
        "delivered",
        "It is under way already",
        "Each run that a plan names is delivered once; again only where it failed or was cancelled.",
        "Look at the run that delivers it, on the plan's page.",
    ),
    Rule(
        "failed",
        "Something went wrong on our side",
        "A fault of ours kept one run from being acted on; the others were not held up by it.",
        "Try the refused ones again; if it stays, the log of the server says more.",
    ),
    Rule(
        "stale-result",
        "A worker came too late",
        "Whoever performs work holds a lease on it; what is delivered after the lease was lost changes nothing.",
        "Nothing: whoever holds the work now delivers it.",
    ),
)
RULES: dict[str, Rule] = {rule.code: rule for rule in _RULES}
FIELD = Rule(
    "field",
    "A field is not as it must be",
    "What is typed is checked by its field before anything is done.",
    "The message stands at the field; everything typed is kept.",
)


def of(code: str) -> Rule | None:
    """Return the rule of a refusal's code; `field:<name>` is that of every field."""
    return FIELD if code.startswith("field:") else RULES.get(code)
