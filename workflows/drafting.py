"""Write a draft: the text of the next version, kept as it is typed, whether it compiles or not.

A person has one draft of an artifact, and only they write it. Nothing starts on it, and nobody but the authors of its
unit and its reviewers reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.documents import MAX_BYTES
from engine.lifecycles import VersionStatus
from engine.problems import Place, Problem, in_order
from workflows import guard
from workflows.clock import database_clock
from workflows.examining import Examined, examine, fill, head_of
from workflows.governing import Kind, Refused, note, refuse
from workflows.models import Artifact, Person, Unit, Version
from workflows.writing import writing

LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Draft:
    """What was saved, with everything that is wrong with it now."""

    version: Version
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenMeanwhile:
    """Nothing was saved: since it was read, `version` was saved elsewhere, in another window or by a second click."""

    version: Version


def write(
    text: str,
    unit: Unit,
    person: Person,
    changes: str = "",
    based_on: Version | None = None,
    *,
    draft: Version | None = None,
    seen_at: datetime | None = None,
    at: datetime | None = None,
) -> Draft | Refused | WrittenMeanwhile:
    """Save a text as this person's draft: their `draft`, or a new one of what the text names.

    A new one is based on `based_on`, or else on what is published now; a draft that is there moves to another
    `based_on` where that is given. `seen_at` is when the draft was last saved as far as whoever writes knows.
    """
    text = text.replace("\r\n", "\n").replace("\0", "")
    if len(text.encode()) > MAX_BYTES:
        return Refused("bad-value", f"A document has {MAX_BYTES // 1000} kB at most.", "text")
    what, slug = head_of(text)
    if draft is None and (wrong := _wrong_id(slug)):
        return Refused("bad-value", wrong, "text")
    examined = examine(text, draft.artifact.unit if draft else unit)
    with writing():
        keeper = draft.artifact.unit if draft else unit
        if not (verdict := guard.may(person, "author", keeper)):
            return refuse(person, "draft", verdict, keeper)
        artifact = _locked(draft.artifact.slug if draft else slug, unit)
        stored = Version.objects.filter(pk=draft.pk).first() if draft else None
        if problem := _hindrance(artifact, unit, person, draft, stored):
            return problem
        if stored and seen_at and stored.written_at != seen_at and stored.source != text:
            return WrittenMeanwhile(stored)
        version = stored or Version(artifact=artifact, number=0, author=person, kind=what, title=_title(slug))
        _fill(version, examined, changes, based_on, at or database_clock())
        version.save()
        note(Kind.DRAFTED, person, version, detail=changes, at=at)
    return Draft(version, with_id(examined, version))


def discard(version: Version, person: Person) -> Refused | None:
    """Throw a draft away. One that was reviewed stays, with what was said of it."""
    with writing():
        artifact = Artifact.objects.select_for_update().select_related("unit").get(pk=version.artifact_id)
        stored = Version.objects.filter(pk=version.pk).first()
        if stored is None:
            return None
        verdict = guard.may_change_draft(person, stored)
        if not verdict and not guard.may(person, "retire", artifact.unit):
            return refuse(person, "discard", verdict, stored)
        if stored.status != VersionStatus.DRAFT:
            return Refused("not-a-draft", f"Version {stored.number} is {stored.get_status_display()}: it stays.")
        if stored.reviews.exists() or stored.remarks.exists():
            says = "It has been reviewed, and what was said of it is kept. Change it, or begin it again."
            return Refused("reviewed", says)
        note(Kind.DISCARDED, person, stored)
        stored.delete()
    return None


def draft_of(person: Person, artifact: Artifact) -> Version | None:
    """Return what this person is writing of it, or has asked a review for."""
    unfinished = (VersionStatus.DRAFT, VersionStatus.IN_REVIEW, VersionStatus.APPROVED)
    return artifact.versions.filter(author=person, status__in=unfinished).order_by("-number").first()


def with_id(examined: Examined, version: Version) -> tuple[Problem, ...]:
    """Return the problems of a draft's text; that it names something else is one."""
    what, slug = head_of(examined.text)
    if slug == version.artifact.slug:
        return examined.problems
    message = f"This is a draft of `{version.artifact.slug}`; the text names {f'`{slug}`' if slug else 'nothing'}."
    hint = f"Write `{what or 'playbook'}: {version.artifact.slug}`, or begin a new one for another id."
    line = next((n for n, one in enumerate(examined.text.splitlines(), 1) if one.startswith(f"{what}:")), 1)
    return in_order((*examined.problems, Problem("bad-value", message, Place(line, 1), hint)))


def _title(slug: str) -> str:
    return slug.replace("-", " ").replace("_", " ").capitalize()


def _wrong_id(slug: str) -> str:
    if not slug:
        return "Say what it is and give it an id, on a line of its own: `playbook: ask-for-leave`."
    if len(slug) > LONGEST_ID:
        return f"An id has {LONGEST_ID} characters at most."
    return ""


def _locked(slug: str, unit: Unit) -> Artifact:
    Artifact.objects.get_or_create(slug=slug, defaults={"unit": unit})
    artifact = Artifact.objects.select_for_update(of=("self",)).select_related("unit").get(slug=slug)
    if artifact.unit_id != unit.pk and not artifact.versions.exists():
        artifact.unit = unit  # all that was written of it elsewhere was discarded
        artifact.save()
    return artifact


def _hindrance(
    artifact: Artifact, unit: Unit, person: Person, draft: Version | None, stored: Version | None
) -> Refused | None:
    """Return what stands in the way of saving, besides what another window saved."""
    if draft is None:
        if artifact.unit_id != unit.pk:
            return Refused("duplicate-id", f"The id `{artifact.slug}` is taken: choose another one.", "text")
        if mine := draft_of(person, artifact):
            state = "a draft of it" if mine.status == VersionStatus.DRAFT else "a version of it in review"
            return Refused("has-draft", f"You have {state} already, version {mine.number}: go on with that one.")
        return None
    if stored is None:
        return Refused("gone", "This draft was discarded meanwhile.")
    if not (verdict := guard.may_change_draft(person, stored)):
        return refuse(person, "draft", verdict, stored)
    if stored.status != VersionStatus.DRAFT:
        says = f"Version {stored.number} is {stored.get_status_display()}: take it back before you change it."
        return Refused("not-a-draft", says)
    return None


def _fill(version: Version, examined: Examined, changes: str, based_on: Version | None, at: datetime) -> None:
    """Put the text into the version, with what it says where it compiles; of a text that does not, what was known."""
    artifact, is_new = version.artifact, version.pk is None
    if is_new and artifact.owner_id is None:
        artifact.owner = version.author
        artifact.save()
    moves = based_on is not None and based_on.pk != version.based_on_id
    if is_new or moves:
        version.based_on = based_on or artifact.published
        newest = artifact.versions.exclude(pk=version.pk).order_by("-number").values_list("number", flat=True).first()
        version.number = (newest or 0) + 1
        version.kind = version.based_on.kind if version.based_on else version.kind
    version.source, version.changes, version.written_at, version.proven = examined.text, changes, at, {}
    version.definition = version.digest = version.semantic = ""
    if examined.is_right and examined.content is not None and not _is_another(examined, artifact):
        fill(version, examined)


def _is_another(examined: Examined, artifact: Artifact) -> bool:
    return head_of(examined.text)[1] != artifact.slug
