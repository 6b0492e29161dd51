"""Files and links beside a form: what a POST attaches, and what stands in the form when it comes again.

`read` keeps what was uploaded and gives what a verb takes; `offer` is what `components/attach.html` draws: what waits
here already, ticked, and where more is chosen. A refusal loses nothing: what was kept is offered again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict

from engine import fields
from engine.attachments import Attachment
from engine.definition import FieldSpec
from engine.machine.commands import Refusal
from runs import files, kinds
from runs.models import File, Run, Step
from runs.outcomes import FieldErrors
from workflows.models import Person

_LINK = FieldSpec("link", "url")


@dataclass(frozen=True)
class Offer:
    """Of one form: `kept` waits to be attached, `error` says what is wrong and `at` where: files or link.

    `id` tells the forms of one page apart.
    """

    kept: Sequence[File] = ()
    link: str = ""
    error: str = ""
    at: str = ""
    needed: bool = False
    id: str = "attach"

    @property
    def most(self) -> str:
        return kinds.largest()


def read(request: HttpRequest, run: Run, step: Step | None = None) -> tuple[Attachment, ...] | Refusal:
    """Return what this POST attaches: what was kept before and is still ticked, what was chosen now, the link.

    All that can be kept is kept, also where something else is refused. What is not ticked any more is let go.
    """
    person = cast("Person", request.user)
    ticked = request.POST.getlist("kept")
    left = set(request.POST.getlist("offered")) - set(ticked)
    files.drop(left, person)
    refusals = []
    for upload in request.FILES.getlist("files"):
        kept = files.keep(cast("UploadedFile", upload), person, run, step)
        if isinstance(kept, Refusal):
            refusals.append(kept)
        else:
            ticked.append(str(kept.pk))
    link = request.POST.get("link", "").strip()
    links: tuple[Attachment, ...] = ()
    if link:
        try:
            links = (Attachment(fields.read(_LINK, link)),)
        except fields.FieldError as error:
            refusals.append(Refusal("field:link", str(error)))
    if refusals:
        sentences = " ".join(refusal.sentence for refusal in refusals)
        return Refusal(refusals[0].code, sentences)
    found = files.of(ticked, person, run)
    return found if isinstance(found, Refusal) else (*found, *links)


def posted(request: HttpRequest, run: Run | None = None, step: Step | None = None) -> tuple[QueryDict, FieldErrors]:
    """Keep what was chosen for fields of type `file`; return the POST with its ids as values, and what is refused.

    `offered-<field>` and `kept-<field>` say, as in `read`, what was uploaded before and is still wanted.
    """
    person, post, errors = cast("Person", request.user), request.POST.copy(), FieldErrors()
    kept = {name.removeprefix("kept-"): text for name, text in request.POST.items() if name.startswith("kept-")}
    own = files.own(kept.values(), person)
    for name, text in kept.items():
        if text in own:
            post[name] = text
    for name in request.FILES:
        if name == "files":
            continue
        file = files.keep(cast("UploadedFile", request.FILES[name]), person, run, step)
        if isinstance(file, Refusal):
            errors[name] = file.sentence
        else:
            post[name] = str(file.pk)
    offered = {name.removeprefix("offered-"): text for name, text in post.items() if name.startswith("offered-")}
    files.drop((text for name, text in offered.items() if post.get(name) != text), person)
    return post, errors


def as_errors(refusal: Refusal) -> FieldErrors:
    """Return what `read` refused as what a form shows beside its fields."""
    return FieldErrors({refusal.code.removeprefix("field:"): refusal.sentence})


def refusal_in(errors: Mapping[str, str] | None) -> Refusal | None:
    """Return what is wrong with files or link among the errors of a form."""
    found = ((name, says) for name, says in (errors or {}).items() if name in ("files", "link", "evidence"))
    return next((Refusal(f"field:{'link' if name == 'link' else 'files'}", says) for name, says in found), None)


def offer(
    request: HttpRequest,
    run: Run,
    step: Step | None = None,
    refusal: Refusal | None = None,
    needed: bool = False,
    id: str = "attach",
    besides: Collection[str] = (),
) -> Offer:
    """Return what the form shows: what waits here for the reader, the link as typed, and what was wrong with them.

    `needed`: the playbook wants a file or a link (`require: [evidence]`). `besides` are ids that stand in fields.
    """
    code = refusal.code.removeprefix("field:") if refusal is not None else ""
    at = "link" if code == "link" else "files" if code in ("files", "evidence-required") else ""
    return Offer(
        kept=[file for file in files.waiting(cast("Person", request.user), run, step) if str(file.pk) not in besides],
        link=request.POST.get("link", ""),
        error=refusal.sentence if refusal is not None and at else "",
        at=at,
        needed=needed,
        id=id,
    )
