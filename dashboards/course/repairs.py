"""What an act of an operator asks for beside its reason, and how it is done with what was answered.

`ask` lays out the form of an act, `perform` takes a POST to the verb. Nothing is judged here: the verbs do that.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import QueryDict

from dashboards import called, consequences, forms, shown
from dashboards.course import completing, undoing
from dashboards.course.forms_of_acts import Errors, Form, Repair, Target
from dashboards.forms import Control
from dashboards.moving import singly
from engine.definition import MAIN, Definition, EndSpec, FieldSpec, WaitSpec
from engine.lifecycles import VisitStatus
from engine.machine import changing, places, rights, scopes
from engine.machine.commands import Refusal
from engine.machine.events import ChangeData, Event, Signal
from engine.machine.places import Place
from engine.machine.state import State
from runs import directory, guard, operate, orders
from runs.clock import NOT_YET
from runs.guard import Verdict
from runs.outcomes import Answer, FieldErrors, Outcome
from runs.secrets import Vault
from workflows.models import Person

#: So many items of an each are offered to jump into; of the others the command line knows.
ITEMS = 12


def ask(repair: Repair, post: QueryDict | None = None, errors: Errors | None = None) -> Form:
    """Lay out what this act asks for, with what was typed and the message at each field."""
    build = {
        "jump": _jump,
        "change": _change,
        "reassign": _reassign,
        "complete-for": completing.ask,
        "signal": _signal,
        "rollback": _rollback,
        "migrate": _migrate,
    }.get(repair.act.name)
    return build(repair, post, errors or {}) if build else Form()


def perform(repair: Repair, post: QueryDict) -> Answer | Outcome:
    act, person, run = repair.act, repair.person, repair.act.run
    reason, key, seen = post.get("reason", ""), post.get("key") or None, seen_of(post)
    number = act.step.number if act.step else 0
    match act.name:
        case "pause":
            return operate.pause(run, person, reason, key, seen=seen)
        case "resume":
            return operate.resume(run, person, reason, key, seen=seen)
        case "jump":
            return operate.jump(
                run, person, post.get("to", ""), reason, key, undo=post.get("undo") == "true", seen=seen
            )
        case "rollback":
            return operate.rollback(run, person, reason, key, seen=seen)
        case "signal":
            return operate.signal(run, person, post.get("name", ""), post.get("data", ""), reason, key, seen=seen)
        case "change":
            return operate.change(run, person, _changed(repair, post), reason, key, seen=seen)
        case "migrate":
            return singly.perform(run, person, post, key, seen)
        case "reassign":
            return operate.reassign(run, number, person, _whom(post), reason, key, seen=seen)
        case "complete-for":
            return completing.perform(repair, post, number, seen)
        case "retry":
            return operate.retry(run, number, person, reason, key, seen=seen)
        case "skip":
            return operate.skip(run, number, person, reason, key, seen=seen)
    return operate.cancel(run, person, reason, key, seen=seen)


def event(repair: Repair, post: QueryDict | None) -> Event | Refusal | FieldErrors | None:
    """Return what would be delivered, to be tried beforehand; None while it has not been said what is to be done."""
    name, number = repair.act.name, repair.act.step.number if repair.act.step else 0
    if name == "migrate":
        return singly.event(repair.act.run, repair.person, post)
    if repair.act.asks_more and post is None:
        return None
    given = post if post is not None else QueryDict()
    if name == "complete-for":
        return completing.event(repair, given, number)
    if name == "change":
        vault = Vault()
        values, wrong = changing.read(repair.definition, repair.state, _changed(repair, given), vault.hide)
        return FieldErrors(wrong) if wrong else ChangeData(at=NOT_YET, actor=repair.person.username, values=values)
    if name == "signal" and given.get("name"):
        what = operate.said(given.get("data", ""))
        is_wrong = isinstance(what, Refusal)
        return what if is_wrong else Signal(at=NOT_YET, actor=repair.person.username, name=given["name"], data=what)
    to = {"jump": given.get("to", ""), "signal": given.get("name", ""), "reassign": _whom(given)}.get(name, "")
    return orders.order(name, repair.person.username, "", number, to, given.get("undo") == "true")


def seen_of(post: QueryDict) -> int | None:
    """Return the last entry of the log that the form was made with."""
    seen = post.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None


def _whom(post: QueryDict) -> str:
    return directory.USER + post["person"] if post.get("person") else post.get("role", "")


def _jump(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    """Every step of a list that is open now, the main list first; in an each, of its first open items."""
    definition, state = repair.definition, repair.state
    found = [
        (within != MAIN, within, place.scope, nth, place)
        for within, steps in definition.lists.items()
        for nth, step in enumerate(steps)
        for place in list(places.opened(definition, state, step))[:ITEMS]
    ]
    found = [place for *_, place in sorted(found, key=lambda one: (*one[:2], scopes.indexes(one[2]), one[3]))]
    verdicts = guard.may_jump(repair.person, repair.act.run, [place.address for place in found])
    targets = [_target(repair, place, verdicts[place.address]) for place in found]
    return Form(targets=targets, may_undo=bool(state.done))


def _target(repair: Repair, place: Place, verdict: Verdict) -> Target:
    definition, state, step = repair.definition, repair.state, place.step
    over = [consequences.title(definition, gate) for gate in rights.passed_over(definition, state, place)]
    again = bool(state.counts.get(place.scope, {}).get(step))
    what = _going_to(definition, step, again)
    if over:
        names = " and ".join(over)
        what = f"{what}, and breaks the glass: nobody has approved at {names}, and the run's page will say so"
    title = consequences.title(definition, step)
    where = _where(repair, place)
    undoes = undoing.listed(undoing.of_jump(definition, state, place))
    says = f"{what[0].upper()}{what[1:]}."
    return Target(place.address, title, definition.steps[step].kind, says, verdict, where, undoes)


def _where(repair: Repair, place: Place) -> str:
    """Say in which branch or item a place lies."""
    if place.scope:
        return called.value_of(repair.state, place.scope) or called.item(place.scope)
    branch = repair.definition.steps[place.step].within.partition("/")[2]
    return branch.replace("-", " ").replace("_", " ")


def _signal(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    """Which of the signals that this playbook knows, and what it says."""
    waits = {id: step.does for id, step in repair.definition.steps.items() if isinstance(step.does, WaitSpec)}
    names = tuple(dict.fromkeys(does.signal for does in waits.values() if does.signal))
    awaited = {
        waits[visit.step].signal: visit.title
        for visit in repair.state.visits.values()
        if visit.step in waits and visit.undoes is None and visit.status is VisitStatus.OPEN
    }
    name = FieldSpec("name", "choice", title="Which signal", options=names)
    data = FieldSpec("data", "text", title="What it says", required=False, multiline=True)
    typed = None if post is None else forms.typed([name, data], post)
    first, second = forms.controls([name, data], typed, errors, [])
    words = {one: one.replace("-", " ").replace("_", " ") for one in names}
    choices = tuple(
        (
            one,
            f"{words[one]}: {awaited[one]} waits for it"
            if one in awaited
            else f"{words[one]}: kept until a step waits",
        )
        for one in names
    )
    help_ = 'As JSON, such as {"ref": "A-1"}. The playbook may look at it and take only what fits.'
    return Form(groups=[("", [replace(first, choices=choices), replace(second, help=help_)])])


def _rollback(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    return Form(undos=undoing.of_rollback(repair.definition, repair.state))


def _migrate(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    if not repair.act.verdict:
        return Form()
    return Form(moving=singly.ask(repair.act.run, repair.state, post, errors))


def _going_to(definition: Definition, step: str, again: bool) -> str:
    does = definition.steps[step].does
    once_more = " once more" if again else ""
    if isinstance(does, EndSpec):
        return f"ends the run as {does.status}"
    what = {"decide": "its rules choose the way", "set": "its values are computed", "gate": "its approvers are asked"}
    return what.get(does.kind, "opens") + once_more


def _change(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    groups: dict[str, list[Control]] = {}
    locked = []
    people = _people(repair.definition, repair.state)
    for one in changing.changeable(repair.definition, repair.state):
        spec = changing.with_name(one)
        if one.shown_at:
            gate = consequences.title(repair.definition, one.shown_at)
            locked.append((spec.title, shown.text(one.value, one.spec), gate))
            continue
        typed = {one.name: forms.as_typed(spec, one.value)} if post is None else forms.typed([spec], post)
        (control,) = forms.controls([spec], typed, errors, people)
        if spec.secret and one.value is not None:
            control = replace(control, required=False, help="Left empty, it stays as it is.")
        if spec.type == "file" and one.value is not None:
            now = f"Now {shown.text(one.value)}. Left empty, it stays as it is."
            control = replace(control, required=False, help=f"{control.help} {now}")
        groups.setdefault(_heading(repair.definition, one, repair.state), []).append(control)
    return Form(groups=list(groups.items()), locked=locked)


def _heading(definition: Definition, one: changing.Changeable, state: State) -> str:
    if one.place is None:
        return "What it was started with"
    titled, scope = consequences.title(definition, one.place.step), one.place.scope
    if not scope:
        return titled
    says_it = called.says_item(definition, one.place.step)
    return f"{titled}{' ' if says_it else ': '}{called.value_of(state, scope) or called.item(scope)}"


def _people(definition: Definition, state: State) -> list[Person]:
    """The people that a field of type `user` offers; none are read where there is no such field."""
    specs = [one.spec for one in changing.changeable(definition, state)]
    return forms.everybody() if any(spec.type == "user" for spec in specs) else []


def _changed(repair: Repair, post: QueryDict) -> dict[str, object]:
    """Return what is not as it was; what was not on the form is left alone."""
    given: dict[str, object] = {}
    for one in changing.changeable(repair.definition, repair.state):
        spec = changing.with_name(one)
        if one.name not in post and spec.type != "boolean":
            continue
        typed = forms.typed([spec], post)
        was = forms.as_typed(spec, one.value) or ("false" if spec.type == "boolean" else "")
        if typed[one.name] != was:
            given[one.name] = forms.as_read([spec], typed).get(one.name, "")
    return given


def _reassign(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    names = tuple(repair.definition.roles)
    role = FieldSpec("role", "choice", title="To a role", required=False, options=names)
    person = FieldSpec("person", "user", title="Or to one person", required=False)
    typed = None if post is None else forms.typed([role, person], post)
    wrong = {"role": errors["to"]} if "to" in errors else errors
    first, second = forms.controls([role, person], typed, wrong, forms.everybody())
    first = replace(first, choices=tuple((name, shown.role(name).capitalize()) for name in names))
    return Form(groups=[("", [first, second])])
