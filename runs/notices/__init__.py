"""Notices: what somebody should know of, and how it reaches them.

news      what of a batch is news, and for whom     audience  who that is now; writes the rows
routes    mail, channels, or the page alone         hours     when: quiet hours, digests
sorting   from notices to letters                   sending   from letters to messages, at least once
overtaken what is not news any more                 faults    what keeps messages from arriving
channels  chats and the like                        reading   the bell, the page, what is read
governance what its log has for people               sight     who may see what a notice is about

Notices of runs are written in the transaction of their event (`write`, `tell`), those of governance from its log;
everything else happens afterwards, driven by the clock and done by the workers, and can neither hold up nor undo a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from runs.clock import database_clock
from runs.models import Notice, Run, Step
from runs.notices import audience, news
from runs.story import Story
from workflows.models import Part, Person

Kind = Notice.Kind


def write(stories: Sequence[Story], steps: Mapping[tuple[UUID, int], int]) -> None:
    """Write the notices of these runs. Called within the transaction of `runs.apply`, by nobody else."""
    found = news.of(stories)
    if found:
        audience.write(found, steps, max(story.state.at for story in stories if story.state is not None))


def tell(
    kind: Notice.Kind | str,
    usernames: Iterable[str],
    run: Run | UUID | None = None,
    step: Step | int | None = None,
    *,
    title: str,
    body: str = "",
    url: str = "",
) -> int:
    """Tell these people something, within the caller's transaction; return how many were told.

    `step` is a row or its key; `url` is where it leads where that is neither the step nor the run. Whoever is not
    active, or no person, is told nothing; leave out whoever did it themselves.
    """
    known = Person.objects.filter(username__in=set(usernames), is_active=True, is_service=False)
    at = database_clock()
    rows = [
        Notice(
            person_id=pk,
            kind=Kind(kind),
            run_id=run.pk if isinstance(run, Run) else run,
            step_id=step.pk if isinstance(step, Step) else step,
            title=" ".join(title.split())[: audience.LONGEST_TITLE],
            body=body,
            url=url,
            at=at,
        )
        for pk in known.order_by("pk").values_list("pk", flat=True)
    ]
    if rows:
        Notice.objects.bulk_create(rows)
    return len(rows)


def tell_operators(run: Run, title: str, body: str) -> int:
    """Tell whoever operates this run of what the machine does not know."""
    parts = Part.objects.filter(part=Part.Kind.OPERATOR, unit__path__in=run.unit.paths)
    names = parts.values_list("person__username", flat=True)
    return tell(Kind.INCIDENT, names, run, title=f"{title}: {run.title}", body=body)


__all__ = ["Kind", "tell", "tell_operators", "write"]
