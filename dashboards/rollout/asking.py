"""The forms of a rollout: which version, for which of the new runs; read from a POST, and laid out again with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboards.forms import Control
from workflows.models import Artifact, Rollout, Unit, Version
from workflows.rolling_out import NotRolledOut

FIRST_SHARE = "10"
_SHARE_HELP = "From 1 to 99. Which runs these are is decided by chance, once for each start."
_UNIT_HELP = "Or instead of a share: runs started by people with a part in this unit or below it."


@dataclass(frozen=True)
class Stage:
    """Which of the new runs; one of the two is None."""

    unit: Unit | None
    share: int | None


@dataclass(frozen=True)
class Beginning(Stage):
    version: Version


def to_begin(artifact: Artifact, post: Mapping[str, str]) -> Beginning | NotRolledOut:
    number = post.get("version", "").strip()
    wanted = int(number) if number.isdecimal() and len(number) < 10 else 0
    version = artifact.versions.select_related("artifact__unit").filter(number=wanted).first()
    if version is None:
        return NotRolledOut("Choose one of the approved versions.", "version")
    stage = to_widen(post)
    return stage if isinstance(stage, NotRolledOut) else Beginning(stage.unit, stage.share, version)


def to_widen(post: Mapping[str, str]) -> Stage | NotRolledOut:
    """Read a share or a unit. What is neither is told at the field."""
    share, slug = post.get("share", "").strip(), post.get("unit", "").strip()
    if slug:
        unit = Unit.objects.filter(slug=slug[:64]).first()
        if unit is None:
            return NotRolledOut("There is no such unit.", "unit")
        if share:
            return NotRolledOut("Give a share or a unit, not both: empty one of the two.", "unit")
        return Stage(unit, None)
    digits = share.removesuffix("%").strip()
    if not digits.removeprefix("-").isdecimal() or len(digits) > 6:
        return NotRolledOut("Give the share as a whole number, such as 10.", "share")
    return Stage(None, int(digits))


def begin_controls(
    approved: Iterable[Version], artifact: Artifact, post: Mapping[str, str], refusal: NotRolledOut | None
) -> tuple[Control, ...]:
    choices = tuple((str(one.number), f"{one.number}: {one.title}") for one in approved)
    first = choices[0][0] if choices else ""
    version = Control(
        "version",
        "f-version",
        "Version",
        "select",
        post.get("version", first),
        error=_error("version", refusal),
        choices=choices,
    )
    typed = post or {"share": FIRST_SHARE}
    return (version, *_stage(typed, refusal))


def stage_controls(rollout: Rollout, post: Mapping[str, str], refusal: NotRolledOut | None) -> tuple[Control, ...]:
    kept = {"share": str(rollout.share or ""), "unit": rollout.unit.slug if rollout.unit else ""}
    is_about_it = "share" in post or "unit" in post
    return _stage(post if is_about_it else kept, refusal)


def reason_control(post: Mapping[str, str], refusal: NotRolledOut | None) -> Control:
    error = _error("reason", refusal)
    help = "Whoever wrote the version reads it, and it stands in the log."
    return Control("reason", "f-reason", "Why", "area", post.get("reason", ""), help=help, error=error)


def _stage(typed: Mapping[str, str], refusal: NotRolledOut | None) -> tuple[Control, ...]:
    units = tuple((unit.slug, unit.title) for unit in Unit.objects.order_by("path"))
    share, unit = typed.get("share", ""), typed.get("unit", "")
    wrong = [_error(field, refusal) for field in ("share", "unit")]
    return (
        Control("share", "f-share", "Of 100 new runs", "integer", share, _SHARE_HELP, wrong[0], required=False),
        Control("unit", "f-unit", "For one unit", "select", unit, _UNIT_HELP, wrong[1], required=False, choices=units),
    )


def _error(field: str, refusal: NotRolledOut | None) -> str:
    return refusal.sentence if refusal is not None and refusal.field == field else ""
