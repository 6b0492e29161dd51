"""What completing a task for somebody asks for: who did it, the task's form, how it went, and its checklist.

`ask` lays out the form, `event` reads what was typed as it would be delivered, `perform` has it done.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import QueryDict

from dashboards import forms
from dashboards.course.forms_of_acts import Errors, Form, Repair
from engine.definition import FieldSpec, TaskSpec
from engine.lifecycles import VISIT_OPEN
from engine.machine.commands import Refusal
from engine.machine.events import Event
from runs import complete, directory
from runs.models import Ticked
from runs.outcomes import Answer, FieldErrors
from workflows.models import Person


def ask(repair: Repair, post: QueryDict | None, errors: Errors) -> Form:
    specs = _asked(repair)
    typed = None if post is None else forms.typed(specs, post)
    controls = forms.controls(specs, typed, errors, forms.everybody())
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


def perform(repair: Repair, post: QueryDict, number: int, seen: int | None) -> Answer:
    typed, form = _typed(repair, post)
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
        seen=seen,
    )
    return _at_fields(answer) if isinstance(answer, FieldErrors) else answer


def event(repair: Repair, post: QueryDict, number: int) -> Event | Refusal | FieldErrors:
    """Return what would be delivered; a reason is not asked for to see what it does."""
    typed, form = _typed(repair, post)
    if not typed.get("for"):
        return FieldErrors({"for": "Choose for whom it is handed in."})
    reason = post.get("reason", "").strip() or "tried"
    asked = complete.ordered(
        repair.act.run,
        number,
        repair.person,
        form,
        post.get("outcome") or None,
        on_behalf_of=typed["for"],
        reason=reason,
        ticked=post.getlist("ticked"),
    )
    if isinstance(asked, tuple):
        return asked[0]
    return _at_fields(asked) if isinstance(asked, FieldErrors) else asked


def _typed(repair: Repair, post: QueryDict) -> tuple[dict[str, object], dict[str, object]]:
    """Return all that was typed, and of it the task's own form."""
    specs = _asked(repair)
    typed = forms.as_read(specs, forms.typed(specs, post))
    form = {name.removeprefix("form."): given for name, given in typed.items() if name.startswith("form.")}
    return typed, form


def _at_fields(errors: FieldErrors) -> FieldErrors:
    own = ("outcome", "checklist")
    return FieldErrors({name if name in own else f"form.{name}": says for name, says in errors.items()})
