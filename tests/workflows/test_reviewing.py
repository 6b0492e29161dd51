"""Reviews: who may say what, what closes one, what is fixed meanwhile, and how an approved version is published."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from engine.lifecycles import REVIEW_MOVES, ReviewStatus, VersionStatus
from tests.workflows.texts import ABSENCE, ASKS_RISK, BROKEN, RISK
from workflows import publish as publishing
from workflows import remarking, reviewing, shipped
from workflows.drafting import Draft, discard, write
from workflows.governing import Refused
from workflows.models import Artifact, GovernanceEntry, Opinion, Part, Person, Remark, Review, Unit, Version
from workflows.policies.approvals import Required
from workflows.proven import Proven
from workflows.publish import NotPublished, publish, publish_version
from workflows.reviewing import Closed, say, submit, withdraw

pytestmark = pytest.mark.django_db
SHORTER = ABSENCE.replace("max: 30", "max: 20")


def part(person: Person, unit: Unit, kind: Part.Kind) -> Person:
    Part.objects.create(unit=unit, person=person, part=kind)
    return person


@pytest.fixture
def owners(people: Unit, company: Unit) -> tuple[Person, Person]:
    """Two process owners: one of the unit, one of the company."""
    priya, otto = (Person.objects.create(username=name, first_name=name.title()) for name in ("priya", "otto"))
    return part(priya, people, Part.Kind.PROCESS_OWNER), part(otto, company, Part.Kind.PROCESS_OWNER)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy asks for two process owners."""
    asked = Required(2, ("process-owner",), ("author",), "Two process owners approve.", is_asked=True)
    for module in (reviewing, publishing):
        monkeypatch.setattr(module, "required", lambda _: asked)


def draft(text: str, unit: Unit, author: Person, changes: str = "") -> Version:
    answer = write(text, unit, author, changes)
    assert isinstance(answer, Draft), answer
    return answer.version


@pytest.fixture
def review(people: Unit, author: Person, owners: object) -> Review:
    answer = submit(draft(SHORTER, people, author), author)
    assert isinstance(answer, Review), answer
    return answer


def refused(answer: object) -> str:
    assert isinstance(answer, Refused | NotPublished), answer
    return answer.code


def log() -> list[tuple[str, str]]:
    return list(GovernanceEntry.objects.order_by("pk").values_list("kind", "by"))


def test_from_draft_to_the_new_runs(people: Unit, author: Person, owners: tuple[Person, Person]) -> None:
    first = publish(ABSENCE, people, author)
    assert isinstance(first, Version)
    review = submit(draft(SHORTER, people, author), author)
    assert isinstance(review, Review)

    assert isinstance(say(review, owners[0], "approve", "", review.version.digest), Opinion)
    version = Version.objects.get(number=2)
    assert version.status == VersionStatus.APPROVED
    assert Artifact.objects.get().published == first, "an approval alone publishes nothing"
    assert isinstance(publish_version(version, author), Version)

    first.refresh_from_db()
    assert (first.status, Artifact.objects.get().published) == (VersionStatus.DEPRECATED, version)
    kinds = [kind for kind, _ in log()]
    assert kinds == ["published", "drafted", "submitted", "reviewed", "approved", "published"]


def test_what_is_in_review_is_proven_and_does_not_change(review: Review, people: Unit, author: Person) -> None:
    version = review.version
    proven = Proven.from_json(version.proven)

    assert version.status == VersionStatus.IN_REVIEW
    assert [row.proof for row in proven.rows] == [1, 2, 3, 4, 6, 7, 8]
    assert refused(write(ABSENCE, people, author, draft=version)) == "not-a-draft"
    assert refused(submit(version, author)) == "not-a-draft"
    assert refused(publish_version(version, author)) == "in-review"


def test_what_has_errors_is_not_reviewed(people: Unit, author: Person) -> None:
    answer = submit(draft(BROKEN, people, author), author)

    assert isinstance(answer, Refused)
    assert (answer.code, [one.place.line for one in answer.problems]) == ("has-errors", [11])
    assert not Review.objects.exists()


def test_what_does_the_same_is_not_reviewed(people: Unit, author: Person) -> None:
    publish(ABSENCE, people, author)

    assert refused(submit(draft("# a remark\n" + ABSENCE, people, author), author)) == "unchanged"


def test_the_author_never_reviews_whatever_they_are_besides(review: Review, people: Unit, author: Person) -> None:
    part(author, people, Part.Kind.PROCESS_OWNER)

    assert refused(say(review, author, "approve", "", review.version.digest)) == "own-version"
    assert log()[-1] == ("refused", "aiko")
    assert not Opinion.objects.exists()


@pytest.mark.parametrize("kind", [Part.Kind.AUTHOR, Part.Kind.AUDITOR, Part.Kind.OPERATOR])
def test_others_do_not_review(review: Review, people: Unit, kind: Part.Kind) -> None:
    bo = part(Person.objects.get(username="bo"), people, kind)

    answer = say(review, bo, "approve", "", review.version.digest)

    assert refused(answer) == "not-in-part"
    assert isinstance(answer, Refused)
    assert "Only process owners may review it" in answer.sentence


def test_changes_wanted_make_it_a_draft_again_and_the_remarks_stay(
    review: Review, people: Unit, author: Person, owners: tuple[Person, Person]
) -> None:
    remark = remarking.add(review.version, owners[0], "Why twenty?", 8)
    assert isinstance(remark, Remark)
    digest = review.version.digest
    assert refused(say(review, owners[0], "changes", " ", digest)) == "comment-required"
    say(review, owners[0], "changes", "Thirty is the law.", digest)

    version = Version.objects.get(pk=review.version_id)
    assert (version.status, Review.objects.get().status) == (VersionStatus.DRAFT, ReviewStatus.CHANGES_WANTED)
    answer = remarking.add(version, author, "You are right.", answers=remark)
    assert isinstance(answer, Remark)
    assert answer.line == 8
    assert isinstance(remarking.resolve(remark, author), Remark)
    assert refused(discard(version, author)) == "reviewed"
    changed = write(ABSENCE, people, author, draft=version, seen_at=version.written_at)
    assert isinstance(changed, Draft)
    again = submit(changed.version, author)
    assert isinstance(again, Review)
    assert again.pk != review.pk


def test_a_rejected_version_is_over_and_another_may_be_begun(
    review: Review, people: Unit, author: Person, owners: tuple[Person, Person]
) -> None:
    say(review, owners[0], "reject", "We do not want this.", review.version.digest)

    version = Version.objects.get()
    assert (version.status, version.published_at) == (VersionStatus.RETIRED, None)
    assert refused(publish_version(version, author)) == "not-approved"
    assert draft(ABSENCE, people, author).number == 2


def test_an_opinion_is_bound_to_what_was_seen(review: Review, owners: tuple[Person, Person]) -> None:
    assert refused(say(review, owners[0], "approve", "", "0" * 64)) == "old-digest"
    assert refused(say(review, owners[0], "perhaps", "", review.version.digest)) == "bad-value"


def test_it_takes_as_many_as_the_policy_says(
    two: None, people: Unit, author: Person, owners: tuple[Person, Person]
) -> None:
    review = submit(draft(SHORTER, people, author), author)
    assert isinstance(review, Review)
    digest = review.version.digest
    say(review, owners[0], "approve", "", digest)
    say(review, owners[0], "approve", "Still fine.", digest)
    assert Review.objects.get().status == ReviewStatus.OPEN
    # whoever may not review any more does not count any more
    Part.objects.filter(person=owners[0]).delete()
    say(review, owners[1], "approve", "", digest)
    assert Review.objects.get().status == ReviewStatus.OPEN
    part(owners[0], people, Part.Kind.PROCESS_OWNER)
    say(review, owners[1], "approve", "", digest)
    assert Review.objects.get().status == ReviewStatus.APPROVED


def test_where_a_review_is_asked_for_nobody_publishes_without(two: None, people: Unit, author: Person) -> None:
    assert refused(publish(ABSENCE, people, author)) == "review-asked"
    assert refused(publish_version(draft(ABSENCE, people, author), author)) == "review-asked"
    assert isinstance(publish(ABSENCE, people, None), Version), "the installation itself does"


def test_where_none_is_asked_for_a_draft_is_published_by_its_author(people: Unit, author: Person) -> None:
    version = draft(ABSENCE, people, author)

    assert isinstance(publish_version(version, author), Version)
    stored = Version.objects.get()
    assert (stored.status, stored.published_by, stored.artifact.owner) == (VersionStatus.PUBLISHED, author, author)
    assert Proven.from_json(stored.proven).rows
    assert refused(publish_version(version, author)) == "already-published"


def test_groups_of_a_policy_review_too(
    monkeypatch: pytest.MonkeyPatch, people: Unit, author: Person, owners: object
) -> None:
    asked = Required(1, ("legal",), ("author", "bosses"), "Legal approves.", is_asked=True)
    monkeypatch.setattr(reviewing, "required", lambda _: asked)
    review = submit(draft(SHORTER, people, author), author)
    assert isinstance(review, Review)
    legal, bo = Group.objects.create(name="legal"), Person.objects.get(username="bo")
    lea = Person.objects.create(username="lea")
    legal.user_set.add(bo, lea)

    assert refused(say(review, bo, "approve", "", review.version.digest)) == "excluded"
    assert isinstance(say(review, lea, "approve", "", review.version.digest), Opinion)
    assert Review.objects.get().status == ReviewStatus.APPROVED


def test_it_is_taken_back_by_its_author_alone(review: Review, author: Person, owners: tuple[Person, Person]) -> None:
    assert refused(withdraw(review.version, owners[0])) == "not-yours"
    assert isinstance(withdraw(review.version, author), Version)
    late = say(review, owners[0], "approve", "", review.version.digest)
    assert isinstance(late, Closed)
    assert "Aiko took it back" in late.says


def test_what_was_published_meanwhile_says_how_to_go_on(
    review: Review, people: Unit, author: Person, owners: tuple[Person, Person]
) -> None:
    version = review.version
    say(review, owners[0], "approve", "", version.digest)
    newest = publish(ABSENCE.replace("30", "9"), people, None)
    assert isinstance(newest, Version)

    answer = publish_version(version, author)

    assert refused(answer) == "moved-on"
    assert isinstance(answer, NotPublished)
    assert "Version 2 was published meanwhile" in answer.sentence
    withdraw(version, author)
    moved = write(SHORTER, people, author, draft=version, based_on=newest)
    assert isinstance(moved, Draft)
    assert (moved.version.number, moved.version.based_on) == (3, newest)


def test_what_it_asks_is_proven_again(people: Unit, author: Person, owners: tuple[Person, Person]) -> None:
    version = review_of(ABSENCE, people, author, owners[0])
    Group.objects.get(name="bosses").user_set.clear()

    answer = publish_version(version, author)

    assert isinstance(answer, NotPublished)
    assert "nobody-eligible" in [one.code for one in answer.problems]


def test_a_decision_that_moved_on_makes_another_review(
    people: Unit, author: Person, owners: tuple[Person, Person]
) -> None:
    publish(RISK, people, author)
    version = review_of(ASKS_RISK, people, author, owners[0])
    publish(RISK.replace("> 10", "> 20").replace("<= 10", "<= 20"), people, author)

    assert refused(publish_version(version, author)) == "old-digest"


def review_of(text: str, unit: Unit, author: Person, reviewer: Person) -> Version:
    """A version that was approved."""
    review = submit(draft(text, unit, author), author)
    assert isinstance(review, Review), review
    assert isinstance(say(review, reviewer, "approve", "", review.version.digest), Opinion)
    return Version.objects.get(pk=review.version_id)


def test_shipped_scenarios_are_played_against_the_draft(author: Person, owners: object) -> None:
    grid = Unit.objects.create(slug="grid", title="Grid")
    part(author, grid, Part.Kind.AUTHOR)
    text = (shipped.FOLDER / "meter-district" / "meter-district.yaml").read_text()
    for name in ("engineers", "field-crews", "grid-operators", "grid-planners", "metering"):
        Group.objects.get_or_create(name=name)
    for group in Group.objects.all():
        group.user_set.add(*Person.objects.all())
    answer = submit(draft(text, grid, author), author)

    assert isinstance(answer, Review), answer
    proven = Proven.from_json(answer.version.proven)
    assert [one.passed for one in proven.scenarios] == [True] * len(proven.scenarios) != []
    assert proven.covered_percent is not None
    assert proven.covered_percent > 50


def test_the_transitions_of_a_review_are_those_of_the_one_table() -> None:
    field = Review._meta.get_field("status")
    moves = {(move.source, move.target) for move in field.get_all_transitions(Review)}
    assert moves == {(source.value, target.value) for source, target in REVIEW_MOVES}


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_the_second_is_told(
    review: Review, author: Person, owners: tuple[Person, Person]
) -> None:
    digest = review.version.digest
    answers = at_once(
        lambda: say(Review.objects.get(), owners[0], "approve", "", digest),
        lambda: say(Review.objects.get(), owners[1], "reject", "No.", digest),
    )

    assert sorted(type(one).__name__ for one in answers) == ["Closed", "Opinion"]
    assert Opinion.objects.count() == 1
    closed = next(one for one in answers if isinstance(one, Closed))
    assert closed.says.startswith(("Priya approved it", "Otto rejected it"))


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does(people: Unit, author: Person, owners: tuple[Person, Person]) -> None:
    version = review_of(ABSENCE, people, author, owners[0])

    answers = at_once(lambda: publish_version(version, author), lambda: publish_version(version, owners[0]))

    assert sorted(type(one).__name__ for one in answers) == ["NotPublished", "Version"]
    assert [one.code for one in answers if isinstance(one, NotPublished)] == ["already-published"]
    assert [kind for kind, _ in log()].count("published") == 1


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("choice", ["changes", "reject", "approve"])
def test_a_second_reviewer_while_the_first_publishes_is_told(
    people: Unit, author: Person, owners: tuple[Person, Person], choice: str
) -> None:
    """Whoever comes second: the version is published, and what the second one says counts for nothing."""
    version = review_of(ABSENCE, people, author, owners[0])
    review, digest = Review.objects.get(), version.digest

    answers = at_once(
        lambda: publish_version(version, owners[0]),
        lambda: say(review, owners[1], choice, "Not yet.", digest),
        lambda: withdraw(version, author),
    )

    closed = next(one for one in answers if isinstance(one, Closed))
    assert closed.says == "Priya approved it, and that was enough."
    assert Opinion.objects.count() == 1
    after = Version.objects.get()
    kinds = [kind for kind, _ in log()]
    if after.status == VersionStatus.PUBLISHED:
        assert sorted(type(one).__name__ for one in answers) == ["Closed", "Refused", "Version"]
        assert "reopened" not in kinds
    else:
        assert after.status == VersionStatus.DRAFT, "its author was faster"
        assert sorted(type(one).__name__ for one in answers) == ["Closed", "NotPublished", "Version"]
        assert "published" not in kinds


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do these in threads of their own, which begin together."""
    answers: list[object] = []
    ready = threading.Barrier(len(acts))

    def do(act: Callable[[], object]) -> None:
        try:
            ready.wait()
            answers.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
