"""Remarks at the lines of a version, or of it as a whole: made, answered and settled until it is published."""

from __future__ import annotations

from datetime import datetime

from workflows import guard
from workflows.clock import database_clock
from workflows.governing import Kind, Refused, note, refuse
from workflows.models import Person, Remark, Version
from workflows.writing import writing

LONGEST = 4_000


def add(
    version: Version,
    person: Person,
    text: str,
    line: int = 0,
    answers: Remark | None = None,
    at: datetime | None = None,
) -> Remark | Refused:
    """Write a remark at a line (counted from 1; 0 is the version as a whole), or an answer to one."""
    text = text.strip()
    if not text:
        return Refused("bad-value", "Write something first.", "text")
    if len(text) > LONGEST:
        return Refused("bad-value", f"A remark has {LONGEST} characters at most.", "text")
    if not 0 <= line <= version.source.count("\n") + 1:
        return Refused("bad-value", f"The text has no line {line}.", "line")
    if answers is not None:
        line, answers = answers.line, answers.answers or answers
    with writing():
        if not guard.may_remark(person, version):
            verdict = guard.Verdict(False, "not-in-part", "Only those who write and review it make remarks.")
            return refuse(person, "remark", verdict, version)
        remark = Remark.objects.create(
            version=version, line=line, text=text, by=person, at=at or database_clock(), answers=answers
        )
        place = f"Line {line}: " if line else ""
        note(Kind.REMARKED, person, version, of=remark, detail=f"{place}{text}", at=remark.at)
    return remark


def resolve(remark: Remark, person: Person) -> Remark | Refused:
    """Settle a remark: whoever made it, or the version's author. It stays to be read."""
    with writing():
        remark = (
            Remark.objects.select_for_update(of=("self",)).select_related("version__artifact__unit").get(pk=remark.pk)
        )
        if person.pk not in (remark.by_id, remark.version.author_id) or not person.is_active:
            says = f"Only {remark.by}, who made it, and the author settle this remark."
            return refuse(person, "settle a remark", guard.Verdict(False, "not-yours", says), remark.version)
        if remark.resolved_at is None:
            remark.resolved_at, remark.resolved_by = database_clock(), person
            remark.save()
            note(Kind.SETTLED, person, remark.version, detail=remark.text)
    return remark
