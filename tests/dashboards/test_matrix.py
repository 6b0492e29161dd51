"""Every route for every part: who finds it, and for whom a POST changes something. A route without an entry fails.

A new route needs one line in `DOORS`: its name, who finds it by GET, and where it takes a POST, for whom that form
changes something. `at` says what its address takes; a value that is a key of `doors.World.known` is read there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import Template
from django.urls import include, path

from dashboards import urls
from tests.dashboards import commanding, doors
from tests.dashboards.doors import (
    ADMINISTRATOR,
    AT_THE_GLASS,
    BREAKER,
    EVERYBODY,
    NAMED,
    NOBODY,
    PARTS,
    SEE_RUNS,
    STRANGER,
    Door,
    World,
)

pytestmark = pytest.mark.django_db

#: Whoever sees them does something in them, but who only audits.
SPEAK = SEE_RUNS - {"auditor"}
#: Who finds what the platform has published. Somebody of another unit does not.
FIND = PARTS | NAMED | ADMINISTRATOR
#: The stranger is all of this in another unit: pages that are about people everywhere are open by that.
READ_PEOPLE = ADMINISTRATOR | STRANGER | {"process_owner", "auditor"}
OPERATOR, ENGINEER, MANAGER, MEMBER = (frozenset({name}) for name in ("operator", "engineer", "manager", "member"))
#: Who writes what the platform keeps, and who decides on it.
AUTHOR, KEEPER = frozenset({"author"}), frozenset({"process_owner"})
WRITE = AUTHOR | KEEPER
#: Who reads what is not published yet. An administrator does not.
READ_DRAFTS = WRITE | {"auditor"}

RUN, ASKED = {"number": "run"}, {"run": "asked", "visit": 2}
STEP, TASK = {"number": "run", "visit": 1}, {"run": "run", "visit": 1}
BOARD, ANN, UNIT = {"slug": "board"}, {"username": "ann"}, {"slug": "platform"}
WHY = {"reason": "To look at it"}
DAYS = {"starts_at": "{day}", "ends_at": "{later}"}
HOLIDAY, FORM, CHILD, POST = ({"slug": slug} for slug in ("holiday", "form", "form-short", "post"))
DRAFT, REVIEW, READY = {**HOLIDAY, "number": "draft"}, {"number": "review"}, {"number": "ready"}
STAGES, PLAN, EXCEPTION = {"rollout": "{stages}"}, {"slug": "expansion"}, {"pk": "exception"}
ADAPTED = {"title": "Other", "id": "other", "unit": "platform", "do": "write"}
EXCEPTED = {"policy": "in-time", "playbook": "holiday", "requirement": "{demand}", "starts_at": "{day}"}

DOORS = {
    "my-work": Door(EVERYBODY),
    "decide-many": Door(EVERYBODY, form={"choice": "approve", "gate": "{asked}.2.{digest}.k"}),
    # runs
    "runs": Door(EVERYBODY),
    "runs-sheet": Door(EVERYBODY),
    "runs-views": Door(EVERYBODY),
    "runs-view-keep": Door(NOBODY, EVERYBODY, {"name": "Other", "query": "state=all"}),
    "runs-view-change": Door(NOBODY, MEMBER, {"name": "Renamed"}, {"pk": "view"}),
    "runs-view-remove": Door(NOBODY, MEMBER, at={"pk": "view"}),
    "runs-bulk": Door(EVERYBODY, OPERATOR, {"act": "pause", "target": "{run}:1@{seq}", "reason": "x", "key": "x"}),
    "runs-bulk-act": Door(OPERATOR | {"auditor"}, at={"pk": "bulk"}),
    "runs-bulk-csv": Door(OPERATOR | {"auditor"}, at={"pk": "bulk"}),
    "run": Door(SEE_RUNS, at=RUN),
    "run-log": Door(SEE_RUNS, at=RUN),
    "run-log-page": Door(SEE_RUNS, at=RUN),
    "run-people": Door(SEE_RUNS, at={"run": "run"}),
    "run-pause": Door(SEE_RUNS, OPERATOR, WHY, RUN),
    "run-resume": Door(SEE_RUNS, NOBODY, WHY, RUN),
    "run-signal": Door(SEE_RUNS, NOBODY, {**WHY, "signal": "go"}, RUN),
    "run-jump": Door(SEE_RUNS, OPERATOR, {**WHY, "to": "plan"}, RUN),
    "run-change": Door(SEE_RUNS, OPERATOR, {**WHY, "inputs.service": "other"}, RUN),
    "run-migrate": Door(SEE_RUNS, NOBODY, WHY, RUN),
    "run-rollback": Door(SEE_RUNS, OPERATOR, WHY, RUN),
    "run-cancel": Door(SEE_RUNS, OPERATOR, WHY, RUN),
    "run-retry": Door(SEE_RUNS, NOBODY, WHY, STEP),
    "run-skip": Door(SEE_RUNS, OPERATOR, WHY, STEP),
    "run-reassign": Door(SEE_RUNS, OPERATOR, {**WHY, "person": "ann"}, STEP),
    "run-complete-for": Door(SEE_RUNS, OPERATOR, {**WHY, "for": "ann", "form.change_ref": "CHG-1"}, STEP),
    "why": Door(SEE_RUNS, at=RUN, query="?act=pause"),
    "comment": Door(NOBODY, SPEAK, {"text": "Hello"}, {"run": "run"}),
    "file": Door(NOBODY, at={"pk": "00000000-0000-0000-0000-000000000000"}),
    # tasks and gates
    "task": Door(SEE_RUNS, ENGINEER, {"change_ref": "CHG-1", "downtime": "0m"}, TASK),
    "task-claim": Door(NOBODY, ENGINEER, at=TASK),
    "task-release": Door(NOBODY, NOBODY, at=TASK),
    "task-tick": Door(NOBODY, ENGINEER, {"item": "On-call informed"}, TASK),
    "task-draft": Door(NOBODY, ENGINEER, {"change_ref": "CHG"}, TASK),
    "gate": Door(SEE_RUNS, MANAGER, {"choice": "approve", "digest": "{digest}"}, ASKED),
    "gate-opened": Door(NOBODY, SPEAK, {"digest": "{digest}"}, ASKED),
    "gate-withdraw": Door(NOBODY, NOBODY, at=ASKED),
    "gate-delegate": Door(NOBODY, MANAGER, {"to": "zoe"}, ASKED),
    "gate-take-back": Door(NOBODY, NOBODY, at=ASKED),
    "gates": Door(STRANGER | {"operator", "process_owner", "auditor"}),
    "gate-people": Door(OPERATOR | {"process_owner", "auditor"}, at={"slug": "board", "step": "board"}),
    "decide": Door(NOBODY, at={"token": "x" * 20}, is_open=True),
    # the library
    "library": Door(EVERYBODY),
    "playbook": Door(FIND, at=BOARD),
    "start": Door(FIND, NAMED | PARTS - {"viewer", "auditor"}, {"service": "shop"}, BOARD),
    "why-start": Door(FIND, at=BOARD),
    "calendars": Door(EVERYBODY),
    "calendar": Door(EVERYBODY, at={"name": "office-hours-eu"}),
    "metrics": Door(EVERYBODY),
    "find": Door(EVERYBODY),
    "health": Door(ADMINISTRATOR | STRANGER | OPERATOR | {"auditor"}),
    "health-banner": Door(EVERYBODY),
    # drafts: one's own, read by who keeps the unit
    "draft-new": Door(WRITE | STRANGER, WRITE, {"text": "{other}", "unit": "platform"}),
    "change": Door(NOBODY, WRITE, at=FORM),
    "draft": Door(READ_DRAFTS, AUTHOR, {"text": "{typed}"}, DRAFT),
    "draft-discard": Door(NOBODY, WRITE, at=DRAFT),
    # reviews: whoever wrote a version does not decide on it
    "reviews": Door(EVERYBODY),
    "review": Door(READ_DRAFTS, at=REVIEW),
    "review-say": Door(NOBODY, KEEPER, {"choice": "approve", "digest": "{review_digest}"}, REVIEW),
    "review-remark": Door(NOBODY, WRITE, {"text": "Why?", "line": "2"}, REVIEW),
    "review-resolve": Door(NOBODY, WRITE, at={**REVIEW, "pk": "remark"}),
    "review-withdraw": Door(NOBODY, AUTHOR, at=REVIEW),
    "review-publish": Door(NOBODY, WRITE, at=READY),
    # rollouts
    "rollout": Door(FIND, KEEPER, {"version": "{approved}", "share": "10"}, {"slug": "visit"}),
    "rollout-widen": Door(NOBODY, KEEPER, {**STAGES, "share": "20"}, POST),
    "rollout-finish": Door(NOBODY, KEEPER, STAGES, POST),
    "rollout-take-back": Door(NOBODY, KEEPER, {**STAGES, **WHY}, POST),
    "move": Door(FIND, at=HOLIDAY),
    # keeping what is published: the author owns it
    "confirm": Door(FIND, WRITE, {"note": "Read it"}, HOLIDAY),
    "owner": Door(FIND, WRITE, {"owner": "process-owner"}, HOLIDAY),
    "retire": Door(FIND, KEEPER, WHY, HOLIDAY),
    # comparing
    "compare": Door(FIND, at={**HOLIDAY, "a": 1, "b": 2}),
    "compare-versions": Door(FIND, at=HOLIDAY, query="?from=1&to=2"),
    # adapting
    "adapt": Door(FIND, WRITE, ADAPTED, FORM),
    "adaptation": Door(FIND, at=CHILD),
    "newer-parent": Door(FIND, WRITE, at=CHILD),
    # policies and exceptions: whoever asked for one does not decide on it
    "preview-policy": Door(NOBODY, form={"text": "policy: in-time"}, at={"slug": "in-time"}),
    "exceptions": Door(EVERYBODY),
    "ask-exception": Door(
        PARTS | ADMINISTRATOR,
        WRITE,
        {**EXCEPTED, **WHY, "ends_at": "{later}"},
        query="?policy=in-time&playbook=holiday",
    ),
    "exception": Door(FIND, at=EXCEPTION),
    "decide-exception": Door(NOBODY, KEEPER, {"act": "grant"}, EXCEPTION),
    # plans: kept by process owners, and by whom the plan names, which is the engineer here, who has no part
    "plans": Door(EVERYBODY),
    "plan": Door(PARTS | ADMINISTRATOR | ENGINEER, at=PLAN),
    "plan-link": Door(NOBODY, KEEPER | ENGINEER, {"milestone": "open", "run": "{free}"}, PLAN),
    "plan-unlink": Door(NOBODY, KEEPER | ENGINEER, {"run": "{bound}"}, PLAN),
    # governance: of the units one looks after, also where those are others
    "governance": Door(READ_DRAFTS | STRANGER),
    "governance-log": Door(READ_DRAFTS | STRANGER),
    "governance-log-csv": Door(READ_DRAFTS | STRANGER),
    # people and units
    "people": Door(READ_PEOPLE),
    "groups": Door(READ_PEOPLE),
    "directory-log": Door(READ_PEOPLE),
    "person": Door(READ_PEOPLE, at=ANN),
    "person-add": Door(ADMINISTRATOR, ADMINISTRATOR, {"username": "eve", "time_zone": "UTC"}),
    "person-change": Door(ADMINISTRATOR, ADMINISTRATOR, {"job_title": "Engineer"}, ANN),
    "person-join": Door(ADMINISTRATOR, ADMINISTRATOR, {"group": "managers"}, ANN),
    "person-leave": Door(ADMINISTRATOR, ADMINISTRATOR, {"group": "engineers"}, ANN),
    "person-give-part": Door(ADMINISTRATOR, ADMINISTRATOR, {"part": "member", "unit": "platform"}, ANN),
    "person-take-part": Door(ADMINISTRATOR, ADMINISTRATOR, {"part": "operator:platform"}, {"username": "olga"}),
    "person-set-password": Door(ADMINISTRATOR, ADMINISTRATOR, {"password": "penstock-and-sluice"}, ANN),
    "person-make-administrator": Door(ADMINISTRATOR, ADMINISTRATOR, at=ANN),
    "person-unmake-administrator": Door(ADMINISTRATOR, ADMINISTRATOR, at={"username": "chief"}),
    "person-activate": Door(ADMINISTRATOR, ADMINISTRATOR, at={"username": "gus"}),
    "person-deactivate": Door(ADMINISTRATOR, ADMINISTRATOR, at=ANN),
    "import-people": Door(ADMINISTRATOR, ADMINISTRATOR, {"text": "username\neve", "act": "import", "seen": "{seen}"}),
    "units": Door(EVERYBODY),
    "unit": Door(PARTS | ADMINISTRATOR | STRANGER, at=UNIT),
    "unit-add": Door(ADMINISTRATOR, ADMINISTRATOR, {"slug": "night", "title": "Night", "parent": "platform"}),
    "unit-change": Door(ADMINISTRATOR, ADMINISTRATOR, {"title": "Other"}, UNIT),
    "unit-move": Door(ADMINISTRATOR, ADMINISTRATOR, {"parent": "elsewhere"}, UNIT),
    # one's own affairs: everybody's, and those of others are not there
    "absence": Door(EVERYBODY),
    "absence-away": Door(NOBODY, EVERYBODY, DAYS),
    "absence-end": Door(NOBODY, ENGINEER | ADMINISTRATOR, at={"pk": "away"}),
    "absence-hand-over": Door(NOBODY, EVERYBODY, {"to": "zoe", **DAYS}),
    "absence-take-back": Door(NOBODY, MANAGER | ADMINISTRATOR, at={"pk": "lent"}),
    "absence-usual": Door(NOBODY, EVERYBODY, {"usual": "max"}),
    "absence-calendar": Door(NOBODY, NOBODY),
    "absence-log": Door(EVERYBODY),
    "my-password": Door(EVERYBODY),
    "notices": Door(EVERYBODY),
    "notices-bell": Door(EVERYBODY),
    "notices-read": Door(NOBODY, NOBODY, {"newest": "1"}),
    "notices-opened-run": Door(NOBODY, NOBODY, at={"run": "run"}),
    "notices-opened": Door(NOBODY, ENGINEER, at=TASK),
    "notices-opened-page": Door(NOBODY, NOBODY),
    "notices-preferences": Door(EVERYBODY),
    "notices-channel-add": Door(NOBODY, NOBODY),
    "notices-channel-test": Door(NOBODY, NOBODY, at={"channel": 1}),
    "notices-channel-remove": Door(NOBODY, NOBODY, at={"channel": 1}),
    "notices-administration": Door(ADMINISTRATOR),
    "notices-role-channel-add": Door(NOBODY, NOBODY),
    "notices-send-again": Door(NOBODY, NOBODY),
    # that each hears only of what they see is asked of the stream itself (`tests/dashboards/live/test_stream.py`)
    "live": Door(EVERYBODY),
    "live-changes": Door(EVERYBODY),
    # programs, by a token or from this machine; no part opens these
    "/healthz": Door(EVERYBODY, is_open=True),
    "/readyz": Door(EVERYBODY, is_open=True),
    "/metrics": Door(NOBODY),
    "theme": Door(NOBODY, is_open=True),
    "letters": Door(NOBODY, is_open=True),
    "sign-in": Door(EVERYBODY, is_open=True),
    "sign-out": Door(NOBODY, is_open=True),
    "admin/login/": Door(NOBODY),
    "admin/password_change/": Door(EVERYBODY),
}
#: The same acts where a run is taken past a gate.
PAST_A_GATE = {
    "run-skip": Door(SEE_RUNS | BREAKER | {"barred"}, BREAKER, WHY, {"number": "asked", "visit": 2}),
    "run-jump": Door(SEE_RUNS | BREAKER | {"barred"}, BREAKER, {**WHY, "to": "tell"}, {"number": "asked"}),
}


def test_every_route_has_an_entry_and_every_entry_a_route() -> None:
    names = [name for name, _ in doors.routes()]
    assert len(names) == len(set(names))
    missing, gone = set(names) - DOORS.keys(), DOORS.keys() - set(names)
    assert not missing, f"say in DOORS who may: {sorted(missing)}"
    assert not gone, f"no such route any more: {sorted(gone)}"


def test_every_act_of_the_command_line_has_an_entry() -> None:
    there = dict(commanding.acts())
    by_a_person = {act for act, takes_by in there.items() if takes_by}
    assert by_a_person == commanding.BY_A_PERSON.keys(), "say in BY_A_PERSON who may"
    assert there.keys() - by_a_person == commanding.OF_THE_HOST, "done in nobody's name: say so in OF_THE_HOST"


def test_a_route_without_an_entry_is_found(settings) -> None:
    """With a name or without one, and below an address that others share."""
    more = ModuleType("routes_with_two_more")
    below = [path("nameless/", _page), path("other/", _page, name="a-new-page")]
    more.urlpatterns = [*urls.urlpatterns, path("new/", include(below))]
    settings.ROOT_URLCONF = more
    with pytest.raises(AssertionError, match=r"who may: \['a-new-page', 'new/nameless/'\]"):
        test_every_route_has_an_entry_and_every_entry_a_route()


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.mark.parametrize("third", range(3))
def test_each_part_finds_what_it_may_and_changes_what_it_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, third: int
) -> None:
    """What is not found is 404; what takes only the other method is 405; a refusal writes nothing but its log.

    Whatever changes versions, units or people writes an entry of a log with it.

    Pages are decided on and not drawn: that would take three times as long, and tests of pages draw them all. The
    command line is asked too.
    """
    monkeypatch.setattr(Template, "render", lambda *given: "")
    world, wrong = doors.build(), []
    world.known.update(commanding.write(tmp_path))
    routes = dict(doors.routes())
    asked = [(name, DOORS[name], EVERYBODY) for name in routes]
    asked += [(name, door, EVERYBODY | AT_THE_GLASS) for name, door in PAST_A_GATE.items()]
    for name, door, everybody in asked[third::3]:
        wrong += _wrong_at(world, name, routes[name], door, everybody)
    for act, (told, who_may) in list(commanding.BY_A_PERSON.items())[third::3]:
        for who in ("", *sorted(EVERYBODY | AT_THE_GLASS)):
            did, said = commanding.ask(world, who, act, told)
            if did != (who in who_may):
                wrong.append(f"manage.py {act} by {who or 'nobody'}: {'did it' if did else said}")
    assert not wrong, "\n".join(wrong)


def _wrong_at(world: World, name: str, written: str, door: Door, everybody: frozenset[str]) -> Iterator[str]:
    address = doors.address(written, door.at, world.known) + door.query
    for method in ("get", "post"):
        for who in ("", *sorted(everybody)):
            answer = doors.ask(world, who, method, address, door.form)
            may = door.sees if method == "get" else door.does
            if says := _fault(door, answer, method, who, who in may):
                yield f"{name}: {method} by {who or 'nobody'}: {says}"
            if answer.status == 405:  # whoever asks
                break


def _fault(door: Door, answer: doors.Answer, method: str, who: str, may: bool) -> str:
    """Say what is wrong with an answer, or nothing."""
    if answer.status >= 500:
        return f"broke: {answer.status}"
    if answer.status == 405:
        return "does not take it" if may else ""
    if not who and not door.is_open:
        is_out = answer.asks_to_sign_in or answer.status in (403, 404)
        return "" if is_out and not answer.written else f"was let in: {answer.status}"
    if not answer.is_logged:
        return f"changed {', '.join(sorted(answer.written))} and wrote no log of it"
    if method == "get" and answer.written:
        return f"a GET wrote {', '.join(sorted(answer.written))}"
    if method == "get":
        did = answer.status not in (403, 404) and not answer.asks_to_sign_in
        says = "found it" if did else "did not find it"
    else:
        did = bool(answer.written)
        says = f"changed {', '.join(sorted(answer.written))}" if did else "changed nothing"
    return "" if did == may or door.is_open else f"{says} ({answer.status})"
