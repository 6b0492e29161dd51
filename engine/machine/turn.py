"""One event being applied: a working copy of the state, what moved, and what is still to be done.

A `Turn` is mutable and lives only inside one call of `advance`; it leaves a new frozen `State`. It knows how
to keep the books (visits, timers, values, moves, commands) and to evaluate expressions at this instant; what
the rules are is left to the modules beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import values
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.expressions.types import shown
from engine.lifecycles import INCIDENTS, RunStatus, VisitStatus
from engine.machine import knowledge, scopes
from engine.machine.books import Books
from engine.machine.commands import (
    Advance,
    Command,
    NeedPick,
    NeedRoster,
    Perform,
    StartChild,
    TellChild,
    TellParent,
)
from engine.machine.events import Signal
from engine.machine.state import (
    Ended,
    Incident,
    Visit,
)

#: How an incident was resolved that is open when its visit ends.
_HOW = {VisitStatus.COMPLETED: "answered", VisitStatus.SKIPPED: "skipped"}


class Turn(Books):
    """The books, with what expressions give at this instant, incidents, and the end of visits."""

    def new_visit(self, step: str, scope: str, **fields: Any) -> Visit:
        """Begin a visit, still shut."""
        spec = self.definition.steps[step]
        self.last_visit += 1
        visit = Visit(self.last_visit, step, spec.within, VisitStatus.WAITING, self.at, scope=scope, **fields)
        return self.put(replace(visit, title=visit.title or self.text(spec.title, visit) or step))

    def close(self, visit: Visit, status: VisitStatus, who: str = "", result: str = "", /, **fields: Any) -> Visit:
        """End a visit: its timers and held results go, its incident is resolved, latecomers get their line."""
        if visit.incident is not None:
            self.resolve(visit, _HOW.get(status, "overtaken"))
        for key in [key for key, timer in self.timers.items() if timer.visit == visit.number]:
            del self.timers[key]
        self.held = tuple(one for one in self.held if isinstance(one, Signal) or one.visit != visit.number)
        self.ended[visit.line] = Ended(visit.number, status, self.at, who, result)
        return self.change(visit, status=status, ended_at=self.at, incident=None, **fields)

    # ---- incidents

    def incident(self, visit: Visit, code: str, message: str = "", rung: int | None = None) -> Visit:
        """Open an incident at a visit. Where one is open already, a failed rung joins it, and no other does.

        A call for the operator (`escalated`) makes way for anything that goes wrong: a retry must mend that. Whatever
        is wrong with a region makes way for a join that can no longer be met: nothing else goes on there.
        """
        message = message or INCIDENTS[code].capitalize() + "."
        rungs = () if rung is None else (rung,)
        there = visit.incident
        makes_way = there is not None and (there.code == "escalated" or code == "join-unreachable")
        if there is not None and makes_way and code != there.code and not rungs:
            visit = self.resolve(visit, "overtaken")
            incident = Incident(code, message, self.at, there.rungs)
        elif there is None:
            incident = Incident(code, message, self.at, rungs, bool(rungs))
        elif rungs:
            incident = replace(there, rungs=tuple(dict.fromkeys(there.rungs + rungs)))
        else:
            return visit
        self.move("incident", visit, code=code, message=message)
        return self.change(visit, incident=incident)

    def resolve(self, visit: Visit, how: str) -> Visit:
        if visit.incident is None:
            return visit
        self.move("resolved", visit, code=visit.incident.code, how=how)
        return self.change(visit, incident=None)

    # ---- expressions, all at this instant

    def scope(self, visit: Visit | None = None) -> Scope:
        """Return what expressions may read at a visit; without one, what the head of the playbook may."""
        if visit is not None and visit.undoes is not None:
            done = next(done for done in self.done if done.visit == visit.undoes)
            return knowledge.remembered(self.base, self.at, done.snapshot, visit.within)
        key = (visit.scope, visit.within) if visit is not None else (scopes.OUTSIDE, "")
        if key not in self._scopes:
            self._scopes[key] = knowledge.scope(
                self.base, self.at, *key, self.values, self.counts, self.inputs, self.items
            )
            if self.started_at != self.base.started_at:
                run = {**self._scopes[key].run, "started_at": self.started_at}
                self._scopes[key] = replace(self._scopes[key], run=run)
        return self._scopes[key]

    def value(self, source: str, visit: Visit | None = None, /, **further: Any) -> Any:
        """Evaluate an expression at a visit; `further` are names that only it has. Raises EvaluationError."""
        scope = self.scope(visit)
        return Evaluator.of(self.definition).value(source, replace(scope, further=further) if further else scope)

    def condition(self, source: str, visit: Visit | None = None, /, **further: Any) -> bool:
        """Evaluate an expression that must give a yes or a no. Raises EvaluationError."""
        answer = self.value(source, visit, **further)
        if not isinstance(answer, bool):
            raise EvaluationError(f"`{source}` gives {shown(answer)}, which is neither true nor false.")
        return answer

    def resolved(self, written: Any, visit: Visit | None = None, scope: Scope | None = None) -> Any:
        """Fill the `${…}` in JSON as written; the answer is encoded. Raises EvaluationError."""
        scope = scope or self.scope(visit)
        return values.encode(Evaluator.of(self.definition).resolve(written, scope))

    def text(self, template: str, visit: Visit | None = None, scope: Scope | None = None) -> str:
        """Fill the `${…}` in a text for people; a part that fails reads `[?]` and leaves a note."""
        if "${" not in template:
            return template
        filled = Evaluator.of(self.definition).text(template, scope or self.scope(visit))
        if "[?]" in filled and "[?]" not in template:
            self.note(visit, f"Part of the text “{template.strip()}” could not be filled in.")
        return filled

    # ---- the end

    def freeze(self) -> Advance:
        """Return the new state with what moved. Work asked for by a visit that has ended since is dropped."""
        state = replace(
            self.base,
            seq=self.base.seq + 1,
            at=self.at,
            status=self.status,
            title=self.title,
            message=self.message,
            outputs=self.outputs,
            paused=self.paused,
            paused_at=self.paused_at,
            paused_seconds=self.paused_seconds,
            sla_at=self.sla_at,
            held=self.held,
            inputs=self.inputs,
            visits=self.visits,
            last_visit=self.last_visit,
            values={scope: held for scope, held in self.values.items() if held},
            counts={scope: held for scope, held in self.counts.items() if held},
            items=self.items,
            kept=self.kept,
            done=self.done,
            draining=self.draining,
            back=self.back,
            started_at=self.started_at,
            doers=self.doers,
            ended=self.ended,
            timers=self.timers,
        )
        commands = tuple(command for command in self.commands if self._stands(command))
        touched = tuple(self.touched[number] for number in sorted(self.touched))
        return Advance(state, tuple(self.moves), commands, touched, tuple(self.taken))

    def _stands(self, command: Command) -> bool:
        if isinstance(command, TellChild | TellParent):
            return True
        visit = self.visits.get(command.visit)
        if visit is None:
            return False
        match command:
            case StartChild(run=run):
                return visit.called is not None and visit.called.run == run
            case Perform(attempt=attempt):
                return visit.attempt is not None and visit.attempt.in_hand and visit.attempt.number == attempt
            case NeedRoster(rung=rung):
                return visit.asking is not None and (-1 if rung is None else rung) in visit.asking.needs
            case NeedPick():
                return visit.needs_pick

    @property
    def is_moving(self) -> bool:
        return self.status in (RunStatus.RUNNING, RunStatus.ROLLING_BACK)
