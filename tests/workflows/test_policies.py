"""Policies of an organisation: published, bound down the tree, kept at publishing, excepted, and previewed."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from engine.lifecycles import ExceptionStatus
from engine.policies import say
from tests.workflows.texts import ABSENCE
from workflows.clock import database_clock
from workflows.directory.changing import NotChanged
from workflows.governing import Kind
from workflows.models import Artifact, GovernanceEntry, Part, Person, PolicyException, Unit, Version
from workflows.playbooks import by_digest
from workflows.policies import exceptions
from workflows.policies.approvals import required
from workflows.policies.binding import binding
from workflows.policies.checking import check
from workflows.policies.preview import preview
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db

POLICY = """\
policy: four-eyes
title: Two pairs of eyes
unit: company
require:
  - {before: {tag: record}, gate: {roles: [boss], exclude: [starter]}}
publish: {approvers: [process-owner, author], quorum: 2, exclude: [author]}
"""
DUE = "policy: in-time\ntitle: In time\nunit: people\nrequire: [{every: gate, has: [due]}]\n"
ENTERED = ABSENCE.replace("    task: {assign: starter}\n", "    task: {assign: starter}\n    tags: [record]\n")
#: Whoever asks for a day off only is let through.
LOOSE = ENTERED.replace(
    "steps:\n", "steps:\n  - id: short\n    decide: [{when: inputs.days < 2, go: enter}, {otherwise: allow}]\n"
)
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def keeper(company: Unit) -> Person:
    """Keeps the processes of the whole company."""
    person = Person.objects.create(username="priya", first_name="Priya")
    Part.objects.create(unit=company, person=person, part=Part.Kind.PROCESS_OWNER)
    return person


@pytest.fixture
def second(people: Unit) -> Person:
    """Keeps the processes of one unit below."""
    person = Person.objects.create(username="pat", first_name="Pat")
    Part.objects.create(unit=people, person=person, part=Part.Kind.PROCESS_OWNER)
    return person


def published(text: str, unit: Unit, person: Person | None = None) -> Version:
    answer = publish(text, unit, person)
    assert isinstance(answer, Version), answer
    return answer


def refused(text: str, unit: Unit, person: Person | None = None) -> list[tuple[str, int]]:
    answer = publish(text, unit, person)
    assert isinstance(answer, NotPublished)
    return [(problem.message, problem.place.line) for problem in answer.problems]


def test_a_policy_and_a_plan_are_published_like_everything_else(company: Unit, keeper: Person) -> None:
    version = published(POLICY, company)
    plan = published("plan: grow\nobjective: Grow\nowner: company\nmilestones: [{id: one, due: 2026-06-30}]\n", company)

    assert (version.kind, version.title, version.artifact.slug, version.number) == (
        "policy",
        "Two pairs of eyes",
        "four-eyes",
        1,
    )
    assert (plan.kind, plan.title) == ("plan", "Grow")
    assert published(POLICY, company) == version, "what has not changed makes no new version"
    assert published(POLICY.replace("quorum: 2", "quorum: 3"), company).number == 2


def test_a_policy_is_published_for_the_unit_that_it_names(people: Unit, second: Person) -> None:
    published(ABSENCE, people)

    assert refused(POLICY, people, second) == [("This policy is for `company`, and People is `company/people`.", 3)]
    assert refused(DUE.replace("in-time", "absence"), people, second) == [
        ("People already keeps a playbook called `absence`.", 1)
    ]


def test_only_process_owners_publish_policies(people: Unit, author: Person) -> None:
    answer = publish(DUE, people, author)

    assert isinstance(answer, NotPublished)
    assert answer.sentence == "Only process owners of People, or of a unit above it, may publish its policies."


def test_policies_of_units_above_bind_too_and_the_uppermost_comes_first(company: Unit, people: Unit) -> None:
    published(DUE, people)
    published(POLICY, company)

    assert [bound.policy.id for bound in binding(people)] == ["four-eyes", "in-time"]
    assert [bound.policy.id for bound in binding(company)] == ["four-eyes"]


def test_the_strictest_of_the_rules_that_bind_says_who_reviews(company: Unit, people: Unit) -> None:
    assert required(people).is_asked is False

    published(POLICY, company)
    Group.objects.create(name="lawyers")
    published(DUE + "publish: {approvers: [process-owner], quorum: 3, exclude: [author, lawyers]}\n", people)

    asked, above = required(people), required(company)
    assert (asked.quorum, asked.approvers, asked.exclude) == (3, ("process_owner",), ("author", "lawyers"))
    assert (above.quorum, above.approvers) == (2, ("process_owner", "author"))
    assert asked.rule == (
        "“Two pairs of eyes” of Company and “In time” of People: 3 people (process owner), not its author or lawyers."
    )
    assert (asked.is_asked, above.is_asked) == (True, True)


@pytest.mark.parametrize(
    ("publishing", "said"),
    [
        ("{approvers: [process-owner], exclude: [author]}", "“Two pairs of eyes” of Company asks for 2 approvals"),
        ("{approvers: [process-owner], quorum: 2}", "“Two pairs of eyes” of Company excludes author"),
        ("{approvers: [auditor], quorum: 2, exclude: [author]}", "nobody could approve for both"),
        ("{approvers: [author, auditor], quorum: 2, exclude: [author]}", "does not accept approvals of auditor"),
        ("{approvers: [nobodies], quorum: 2, exclude: [author]}", "`nobodies` is no part and no group"),
    ],
)
def test_a_policy_that_weakens_or_contradicts_the_one_above_is_told(
    company: Unit, people: Unit, publishing: str, said: str
) -> None:
    published(POLICY, company)

    found = refused(DUE + f"publish: {publishing}\n", people)
    assert any(said in message for message, _ in found), found
    assert {line for _, line in found} == {5}


def test_a_gate_that_could_not_keep_both_is_told(company: Unit, people: Unit) -> None:
    published(POLICY, company)
    gate = "{roles: [clerk], exclude: [boss]}"

    (said,) = refused(
        f"policy: p\ntitle: P\nunit: people\nrequire:\n  - {{before: {{tag: record}}, gate: {gate}}}\n", people
    )

    assert said == ("“Two pairs of eyes” of Company asks `boss` before `record`, whom this excludes.", 5)


def test_an_upper_policy_is_told_which_ones_below_ask_for_less(company: Unit, people: Unit, tmp_path: Path) -> None:
    """The stricter one counts, so it may be published; but somebody has to tell those below."""
    publishing = "publish: {approvers: [process-owner, author], exclude: [author]}\n"
    published(DUE + publishing, people)
    file = tmp_path / "four-eyes.yaml"
    file.write_text(POLICY)
    said = io.StringIO()
    call_command("compile", str(file), "--policies", "published", stdout=said)

    version = published(POLICY, company)
    (warning,) = version.proven["warnings"]
    assert warning == (
        "Line 6: “In time” of People asks for less than this one: “Two pairs of eyes” of Company asks for 2 approvals "
        "of each version; 1 would be less than that."
    )
    assert warning.removeprefix("Line 6: ") in said.getvalue()
    assert required(people).quorum == 2
    assert published(POLICY.replace("quorum: 2", "quorum: 1"), company).proven["warnings"] == []


@pytest.mark.parametrize(
    ("below", "line", "said"),
    [
        ("publish: {approvers: [auditor], quorum: 2, exclude: [author]}", 6, "nobody could approve for both."),
        (
            "require: [{before: {tag: record}, gate: {roles: [clerk], exclude: [boss]}}]",
            5,
            "“Two pairs of eyes” of Company asks `boss` before `record`, whom this excludes.",
        ),
    ],
)
def test_an_upper_policy_that_one_below_contradicts_is_stopped_until_that_one_is_changed(
    company: Unit, people: Unit, keeper: Person, below: str, line: int, said: str
) -> None:
    published(f"policy: odd\ntitle: Odd\nunit: people\n{below}\n", people)
    before = (Version.objects.count(), GovernanceEntry.objects.count())

    ((message, where),) = refused(POLICY, company, keeper)
    assert (where, message.startswith("“Odd” of People contradicts this one: ")) == (line, True), message
    assert message.endswith(said)
    (meant,) = preview(POLICY, company, NOW).problems
    assert meant.message == message
    assert (Version.objects.count(), GovernanceEntry.objects.count()) == before
    published("policy: odd\ntitle: Odd\nunit: people\nrequire: [{every: gate, has: [due]}]\n", people)
    published(POLICY, company)


def test_a_playbook_that_breaks_what_binds_it_is_not_published_and_the_way_is_shown(
    company: Unit, people: Unit, author: Person
) -> None:
    published(POLICY, company)

    answer = publish(LOOSE, people, None)

    assert isinstance(answer, NotPublished)
    (problem,) = answer.problems
    assert (problem.code, problem.example) == ("policy-violated", ("short", "enter"))
    assert "The policy `four-eyes` (Two pairs of eyes) does not hold" in problem.message
    assert problem.message.endswith(": short → enter.")
    assert "The policy “Two pairs of eyes” does not hold" in problem.titled
    assert problem.titled.endswith(": Short → Enter it in the calendar.")
    kept = published(ENTERED, people)
    assert "The policy “Two pairs of eyes” holds on every way." in str(kept.proven)


def test_of_each_demand_it_is_said_how_a_playbook_stands_to_it(company: Unit, people: Unit) -> None:
    version = published(LOOSE, people)
    published(POLICY, company)
    published(DUE, people)
    published(DUE.replace("in-time", "high").replace("require", "applies: {risk: [high]}\nrequire"), people)

    found = check(by_digest(version.digest), people, NOW)

    assert [(one.artifact.slug, one.state, one.path) for one in found] == [
        ("four-eyes", "broken", ("Short", "Enter it in the calendar")),
        ("high", "not-applicable", ()),
        ("in-time", "broken", ("Short", "Allow it")),
    ]
    assert found[0].sentence == f"The policy “Two pairs of eyes” does not hold: {found[0].what}."
    assert found[0].what == f"{found[0].shows}: Short → Enter it in the calendar"


# ---- exceptions


def asked(version: Version, policy: Version, person: Person, **changes: object) -> PolicyException | NotChanged:
    said = {
        "reason": "Two weeks, until it is changed.",
        "starts_at": NOW,
        "ends_at": NOW + timedelta(days=14),
        **changes,
    }
    demand = say(binding(policy.artifact.unit)[0].policy.require[0])
    what = exceptions.Asked(policy.artifact, version.artifact, demand, **said)
    return exceptions.ask(what, person, lambda: NOW)


@pytest.fixture
def loose(people: Unit, company: Unit) -> tuple[Version, Version]:
    version = published(LOOSE, people)
    return version, published(POLICY, company)


def state(version: Version, at: datetime) -> str:
    return check(by_digest(version.digest), version.artifact.unit, at)[0].state


@pytest.mark.both_databases
def test_an_exception_counts_once_somebody_else_has_granted_it_and_ends_by_itself(
    loose: tuple[Version, Version], author: Person, keeper: Person
) -> None:
    version, policy = loose
    exception = asked(version, policy, author)
    assert isinstance(exception, PolicyException)
    assert state(version, NOW) == "broken"

    granted = exceptions.grant(exception, keeper, "Fine.", lambda: NOW)

    assert isinstance(granted, PolicyException)
    assert (granted.status, granted.decided_by, granted.said) == (ExceptionStatus.GRANTED, keeper, "Fine.")
    assert [state(version, NOW + timedelta(days=days)) for days in (0, 13, 14)] == ["excepted", "excepted", "broken"]
    assert state(version, NOW - timedelta(seconds=1)) == "broken"
    log = GovernanceEntry.objects.exclude(kind=Kind.PUBLISHED).order_by("pk").values_list("kind", "by", "detail")
    assert list(log) == [
        (Kind.EXCEPTION_ASKED, "aiko", "Two weeks, until it is changed."),
        (Kind.EXCEPTION_GRANTED, "priya", "Fine."),
    ]


def test_what_is_excepted_is_published_with_a_warning(
    loose: tuple[Version, Version], author: Person, keeper: Person
) -> None:
    version, policy = loose
    now = database_clock()
    exception = asked(version, policy, author, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=9))
    assert isinstance(exception, PolicyException)
    exceptions.grant(exception, keeper)

    newer = published(LOOSE.replace("max: 30", "max: 20"), version.artifact.unit)

    assert any("Excepted until" in warning for warning in newer.proven["warnings"])


def test_nobody_grants_what_they_asked_for_and_only_process_owners_of_the_policys_unit_do(
    loose: tuple[Version, Version], author: Person, keeper: Person, second: Person
) -> None:
    version, policy = loose
    own = asked(version, policy, keeper)
    assert isinstance(own, PolicyException)

    by_self, by_other = (
        exceptions.grant(own, keeper, clock=lambda: NOW),
        exceptions.grant(own, second, clock=lambda: NOW),
    )

    assert isinstance(by_self, NotChanged)
    assert isinstance(by_other, NotChanged)
    assert (by_self.code, by_other.code) == ("own-request", "not-in-part")
    assert by_other.sentence == (
        "Only process owners of Company, or of a unit above it, may decide on exceptions from its policies."
    )
    assert GovernanceEntry.objects.filter(kind=Kind.REFUSED).count() == 2
    assert PolicyException.objects.get().status == ExceptionStatus.ASKED


def test_it_can_be_refused_with_a_reason_or_ended_before_its_date(
    loose: tuple[Version, Version], author: Person, keeper: Person
) -> None:
    version, policy = loose
    first = asked(version, policy, author)
    assert isinstance(first, PolicyException)
    silent = exceptions.refuse(first, keeper, " ", lambda: NOW)
    assert isinstance(silent, NotChanged)
    assert silent.errors == {"said": "Say why: whoever asked reads it."}
    exceptions.refuse(first, keeper, "Change it.", lambda: NOW)
    late = exceptions.grant(first, keeper, clock=lambda: NOW)
    assert isinstance(late, NotChanged)
    assert late.sentence == "This exception is refused already by Priya."

    again = asked(version, policy, author)
    assert isinstance(again, PolicyException)
    exceptions.grant(again, keeper, clock=lambda: NOW)
    exceptions.revoke(again, keeper, "The audit found more.", lambda: NOW)
    assert state(version, NOW) == "broken"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"ends_at": NOW}, "ends_at"),
        ({"starts_at": NOW - timedelta(days=9), "ends_at": NOW - timedelta(days=1)}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=400)}, "ends_at"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    loose: tuple[Version, Version], author: Person, changes: dict[str, object], field: str
) -> None:
    answer = asked(*loose, author, **changes)

    assert isinstance(answer, NotChanged)
    assert list(answer.errors) == [field]
    assert not PolicyException.objects.exists()


def test_one_exception_is_enough_and_a_policy_that_does_not_bind_needs_none(
    loose: tuple[Version, Version], author: Person, company: Unit
) -> None:
    version, policy = loose
    assert isinstance(asked(version, policy, author), PolicyException)
    again = asked(version, policy, author)
    other = Artifact.objects.create(slug="elsewhere", unit=Unit.objects.create(slug="elsewhere", title="Elsewhere"))
    far = exceptions.ask(
        exceptions.Asked(other, version.artifact, "Every gate has `due`.", "So.", NOW, NOW + timedelta(days=1)),
        author,
        lambda: NOW,
    )

    assert isinstance(again, NotChanged)
    assert isinstance(far, NotChanged)
    assert "already" in again.errors["requirement"]
    assert "does not bind" in far.errors["requirement"]


# ---- preview


def test_a_change_shows_beforehand_who_would_break_it_and_nothing_is_written(company: Unit, people: Unit) -> None:
    published(POLICY, company)
    kept = published(ENTERED, people)
    before = Version.objects.count()

    same = preview(POLICY, company, NOW)
    stricter = preview(POLICY.replace("roles: [boss]", "roles: [boss], quorum: 2"), company, NOW)
    broken = preview(POLICY.replace("tag: record", "tga: record"), company, NOW)

    assert (same.broken, same.kept_count) == ((), 1)
    (one,) = stricter.broken
    assert (one.version, one.is_new, one.broken[0].way) == (kept, True, ("allow", "enter"))
    assert [problem.code for problem in broken.problems] != []
    assert broken.meant == ()
    assert Version.objects.count() == before


def test_files_are_compiled_under_published_policies_where_that_is_asked_for(
    company: Unit, people: Unit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published(POLICY, company)
    file, policy = tmp_path / "absence.yaml", tmp_path / "in-time.yaml"
    file.write_text(LOOSE)
    policy.write_text(DUE)

    call_command("compile", str(file))
    with pytest.raises(SystemExit):
        call_command("compile", str(file), str(policy), policies="published")

    said = capsys.readouterr().out
    assert "policy-violated: The policy `four-eyes`" in said
    assert "policy-violated: The policy `in-time`" in said
    assert "in-time: binds absence" in said
