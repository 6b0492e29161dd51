"""What an act of an operator asks for beside its reason, and how it is done with what was answered.

`ask` lays out the form of an act, `perform` takes a POST to the verb. Nothing is judged here: the verbs do that.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import QueryDict

from dashboards import called, consequences, forms, shown
from dashboards.course import undoing
from dashboards.course.forms_of_acts import Errors, Form, Repair, Target
from dashboards.forms import Control
from engine.definition import MAIN, Definition, EndSpec, FieldSpec, TaskSpec, WaitSpec
from engine.lifecycles import VISIT_OPEN, VisitStatus
from engine.machine import changing, places, rights, scopes
from engine.machine.places import Place
from engine.machine.state import State
from runs import complete, directory, guard, operate
from runs.guard import Verdict
from runs.models import Ticked
from runs.outcomes import Answer, FieldErrors, Outcome
from workflows.models import Person

#: So many items of an each are offered to jump into; of the others the command line knows.
ITEMS = 12


def ask(repair: Repair, post: QueryDict | None = None, errors: Errors | None = None) -> Form:
    """Lay out what this act asks for, with what was typed and the message at each field."""
    build = {
        "jump": _jump,
        "change": _change,
        "reassign": _reassign,
        "complete-for": _complete,
        "signal": _signal,
        "rollback": _rollback,
    }.get(repair.act.name)
    return build(repair, post, errors or {}) if build else Form()


def perform(repair: Repair, post: QueryDict) -> Answer | Outcome:
    act, person, run = repair.act, repair.person, repair.act.run
    reason, key = post.get("reason", ""), post.get("key") or None
    number = act.step.number if act.step else 0
    match act.name:
        case "pause":
            return operate.pause(run, person, reason, key)
        case "resume":
            return operate.resume(run, person, reason, key)
        case "jump":
            return operate.jump(run, person, post.get("to", ""), reason, key, undo=post.get("undo") == "true")
        case "rollback":
            return operate.rollback(run, person, reason, key)
        case "signal":
            return operate.signal(run, person, post.get("name", ""), post.get("data", ""), reason, key)
        case "change":
            return operate.change(run, person, _changed(repair, post), reason, key)
        case "reassign":
            to = directory.USER + post["person"] if post.get("person") else post.get("role", "")
            return operate.reassign(run, number, person, to, reason, key)
        case "complete-for":
            return _completed(repair, post, number)
        case "retry":
            return operate.retry(run, number, person, reason, key)
        case "skip":
            return operate.skip(run, number, person, reason, key)
    return operate.cancel(run, person, reason, key)


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
    return _everybody() if any(spec.type == "user" for spec in specs) else []


def _everybody() -> list[Person]:
    return sorted(Person.objects.filter(is_active=True), key=str)


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
    first, second = forms.controls([role, person], typed, wrong, _everybody())
    first = replace(first, choices=tuple((name, shown.role(name).capitalize()) for name in names))
    return Form(groups=[("", [first, second])])


def _complete(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    specs = _asked(repair)
    typed = None if post is None else forms.typed(specs, post)
    controls = forms.controls(specs, typed, errors, _everybody())
    who = _who(repair)
    controls[0] = replace(controls[0], kind="select", choices=tuple((one.username, str(one)) for one in who))
    does = _task(repair)
    known = Ticked.objects.filter(step=repair.act.step).values_list("item", flat=True) if does.checklist else ()
    ticked = {*known, *(post.getlist("ticked") if post is not None else ())}
    return Form(groups=[("", controls)], items=tuple((item, item in ticked) for item in does.checklist))


def _task(repair: Repair) -> TaskSpec:
    does = repair.act.step.spec_in(repair.definition).does if repair.act.step else None
    return does if isinstance(does, TaskSpec) else TaskSpec()


def _asked(repair: Repair) -> list[FieldSpec]:
    """The task's form, behind whom it is completed for and before how it went."""
    does = _task(repair)
    specs = [FieldSpec("for", "user", title="Who did it")]
    specs += [replace(spec, name=f"form.{spec.name}", title=spec.title or forms.label(spec.name)) for spec in does.form]
    if does.outcomes:
        specs.append(FieldSpec("outcome", "choice", title="How it went", options=does.outcomes))
    return specs


def _who(repair: Repair) -> list[Person]:
    """Whoever the task waits for, as the organisation has it now."""
    visit = repair.state.visits.get(repair.act.step.number) if repair.act.step else None
    if visit is None or visit.status not in VISIT_OPEN:
        return []
    names = [name for name in (visit.assigned, *visit.added) if name]
    found = directory.people_of((repair.definition, name) for name in names)
    usernames = {visit.claimed_by} if visit.claimed_by else {who for people in found.values() for who in people}
    return sorted(Person.objects.filter(username__in=usernames), key=str)


def _completed(repair: Repair, post: QueryDict, number: int) -> Answer:
    specs = _asked(repair)
    typed = forms.as_read(specs, forms.typed(specs, post))
    form = {name.removeprefix("form."): given for name, given in typed.items() if name.startswith("form.")}
    if not typed.get("for"):
        return FieldErrors({"for": "Choose for whom it is handed in."})
    answer = complete.complete(
        repair.act.run,
        number,
        repair.person,
        form,
        post.get("outcome") or None,
        post.get("key") or None,
        on_behalf_of=typed["for"],
        reason=post.get("reason", ""),
        ticked=post.getlist("ticked"),
    )
    if isinstance(answer, FieldErrors):
        own = ("outcome", "checklist")
        return FieldErrors({name if name in own else f"form.{name}": says for name, says in answer.items()})
    return answer
