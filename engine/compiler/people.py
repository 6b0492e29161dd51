"""The people a playbook speaks of: roles, `starter`, `user:<name>`, and in `exclude` also steps."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.definition import STARTER, GateSpec, TaskSpec
from engine.language.places import Path, Places
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.language.step import Step
from engine.problems import did_you_mean

_USER = re.compile(r"user:[\w.@+-]{1,150}")
_REMINDED = ("assigned", "pending", "approvers")
_PICKS = "One of a role is picked; a user needs no picking."


def check_people(playbook: Playbook, reading: Reading) -> None:
    """Report every name of a person or role that means nothing."""
    checked = _Checked(playbook, reading)
    for step in playbook.steps:
        checked.check(step)


class _Checked:
    def __init__(self, playbook: Playbook, reading: Reading) -> None:
        self.roles = playbook.roles
        self.steps = playbook.by_id
        self.reading = reading
        self.places = Places(reading.nodes)

    def check(self, step: Step) -> None:
        work = step.does
        for done, path in ((work, step.path), (step.undo, (*step.path, "undo"))):
            if isinstance(done, TaskSpec) and done.assign and done.pick is not None:
                self._name(done.assign, (*path, "task", "assign", "role"), (), only_role=_PICKS)
            elif isinstance(done, TaskSpec) and done.assign and "${" not in done.assign:
                self._name(done.assign, (*path, "task", "assign"), (STARTER,))
        if isinstance(work, GateSpec):
            gate = (*step.path, "gate")
            for index, name in enumerate(work.approvers):
                self._name(name, (*gate, "approvers", index), ())
            for role in work.quorum.per_role:
                self._name(role, (*gate, "quorum", role), (), only_role="A quorum counts roles, not users.")
            for index, name in enumerate(work.exclude):
                self._excluded(name, (*gate, "exclude", index))
        for number, rung in enumerate(step.escalate):
            for index, name in enumerate(rung.remind):
                self._name(name, (*step.path, "escalate", number, "remind", index), (*_REMINDED, STARTER))
            for key, named in (("add", rung.add), ("reassign", rung.reassign)):
                if named is not None:
                    self._name(named, (*step.path, "escalate", number, key), ())
            if rung.stand_in is not None:
                path = (*step.path, "escalate", number, "for")
                self._name(rung.stand_in, path, (), only_role="Somebody stands in for a role, not for a user.")
                if isinstance(work, GateSpec) and rung.stand_in in self.roles and rung.stand_in not in work.approvers:
                    message = f"`{rung.stand_in}` is none of the approvers of `{step.id}`."
                    self._problem("bad-value", message, path, f"Its approvers are {', '.join(work.approvers)}.")

    def _name(self, name: str, path: Path, words: Iterable[str], only_role: str = "") -> None:
        """Check one name. Where only a role will do, `only_role` says why a user will not."""
        if name in self.roles or name in words or (not only_role and _USER.fullmatch(name)):
            return
        if name.startswith("user:"):
            message = only_role or f"`{name[:80]}` is no user."
            self._problem("bad-value", message, path, "A user is written `user:name`.")
            return
        users = {user for role in self.roles.values() for user in role.users}
        if name in users and not only_role:
            hint = f"A user is written `user:{name}`."
        else:
            hint = did_you_mean(name, (*self.roles, *words)) or self._offer()
        self._problem("unknown-role", f"There is no role `{name[:80]}`.", path, hint)

    def _excluded(self, name: str, path: Path) -> None:
        """Check one entry of `exclude`: `starter`, a task or gate, a role or a user, and only one of them."""
        if name == STARTER or _USER.fullmatch(name):
            return
        step = self.steps.get(name)
        if step is not None and name in self.roles:
            message = f"`{name}` is a step and a role: this could mean either."
            self._problem("duplicate-id", message, path, "Rename one of them.")
        elif step is not None and step.kind not in ("task", "gate"):
            message = f"Nobody does the step `{name}` (its kind is {step.kind})."
            self._problem("bad-value", message, path, "Exclude who did a task or voted in a gate.")
        elif step is None and name not in self.roles:
            near_role, near_step = did_you_mean(name, self.roles), did_you_mean(name, (*self.steps, STARTER))
            code = "unknown-role" if near_role and not near_step else "unknown-step"
            what = "role" if code == "unknown-role" else "step or role"
            self._problem(code, f"There is no {what} `{name[:80]}`.", path, near_step or near_role)

    def _offer(self) -> str:
        return f"The playbook has the roles {', '.join(self.roles)}." if self.roles else "Add it under `roles`."

    def _problem(self, code: str, message: str, path: Path, hint: str) -> None:
        self.reading.problem(code, message, self.places.at(*path), hint)
