"""Who is told what of governance; and that it is told exactly once, however many clocks there are, killed or not."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from dashboards import notified
from runs.models import Channel, Letter, Notice
from runs.notices import channels, governance, reading
from runs.notices.governance import telling
from tests.runs import house
from tests.runs.notices.test_killed_sender import fork
from tests.workflows.test_parents import CHILD, TEMPLATE
from tests.workflows.texts import ABSENCE
from workflows import confirming, guard, remarking, reminding, retiring, reviewers, reviewing, rolling_out
from workflows.clock import database_clock
from workflows.drafting import Draft, write
from workflows.models import (
    Artifact,
    GovernanceEntry,
    Part,
    Person,
    PolicyException,
    Remark,
    Review,
    Rollout,
    Unit,
    Untold,
    Version,
)
from workflows.policies import exceptions
from workflows.publish import publish, publish_version

pytestmark = pytest.mark.django_db
Cast = dict[str, Person]
SHORTER, LONGER = ABSENCE.replace("max: 30", "max: 20"), ABSENCE.replace("max: 30", "max: 40")
POLICY = """\
policy: in-time
title: In time
unit: people
require: [{every: gate, has: [due]}]
"""
PARTS = {
    "aiko": (("people", "author"),),
    "arno": (("people", "author"),),
    "priya": (("people", "process_owner"),),
    "otto": (("company", "process_owner"),),
    "sam": (("sales", "process_owner"),),
    "vic": (("people", "viewer"),),
}


@pytest.fixture
def cast(db: None) -> Cast:
    company = Unit.objects.create(slug="company", title="Company")
    for slug in ("people", "sales"):
        Unit.objects.create(slug=slug, title=slug.title(), parent=company)
    bosses = Group.objects.create(name="bosses")
    found = {}
    for name, held in PARTS.items():
        found[name] = Person.objects.create(username=name, first_name=name.title(), email=f"{name}@people.example")
        for unit, part in held:
            Part.objects.create(unit=Unit.objects.get(slug=unit), person=found[name], part=part)
    for name in ("bo", "bea"):
        found[name] = Person.objects.create(username=name, first_name=name.title())
        bosses.user_set.add(found[name])
    return found


def out(text: str, by: Person | None = None) -> Version:
    answer = publish(text, Unit.objects.get(slug="people"), by)
    assert isinstance(answer, Version), answer
    return answer


def submitted(text: str, by: Person) -> Review:
    draft = write(text, Unit.objects.get(slug="people"), by, "Fewer days.")
    assert isinstance(draft, Draft), draft
    review = reviewing.submit(draft.version, by)
    assert isinstance(review, Review), review
    return review


def say(review: Review, by: Person, choice: str, comment: str = "") -> None:
    review.version.refresh_from_db()
    answer = reviewing.say(review, by, choice, comment, review.version.digest)
    assert answer.person == by


def told() -> list[tuple[str, str]]:
    """What was written since the last time this was asked, as who and what; everything that was is read then."""
    governance.tell()
    assert not Untold.objects.exists()
    fresh = Notice.objects.filter(read_at=None).order_by("person__username", "pk").select_related("person")
    found = [(notice.person.username, notice.title) for notice in fresh]
    fresh.update(read_at=database_clock())
    return found


def asked(cast: Cast, days: int = 9, starts_ago: int = 0) -> PolicyException:
    """An exception that aiko asks for; everybody has read what came of publishing."""
    policy, playbook = out(POLICY), out(ABSENCE.replace("    gate:\n", "    due: 2d\n    gate:\n"))
    Artifact.objects.filter(pk=playbook.artifact_id).update(owner=cast["arno"])
    now = database_clock()
    wish = exceptions.Asked(
        policy.artifact,
        Artifact.objects.select_related("unit").get(pk=playbook.artifact_id),
        next(iter(exceptions.demands_of(policy.artifact, playbook.artifact))),
        "Until the new form is there",
        now - timedelta(days=starts_ago),
        now + timedelta(days=days),
    )
    told()
    found = exceptions.ask(wish, cast["aiko"])
    assert isinstance(found, PolicyException), found
    return found


# ---- reviews


def test_a_review_is_asked_of_whoever_may_decide_and_told_to_whoever_asked(cast: Cast) -> None:
    out(ABSENCE)
    told()
    review = submitted(SHORTER, cast["aiko"])
    title = "Your review is asked: Leave of absence, version 2"
    assert told() == [("otto", title), ("priya", title)]
    notice = Notice.objects.filter(person=cast["priya"]).latest("pk")
    assert (notice.kind, notice.url) == ("review", f"/reviews/{review.pk}/")
    assert "Aiko: “Fewer days.”" in notice.body

    say(review, cast["priya"], "approve", "Read it.")
    assert told() == [("aiko", "Approved: Leave of absence, version 2")]
    assert "Priya: “Read it.”" in Notice.objects.latest("pk").body
    assert isinstance(publish_version(Version.objects.get(number=2), cast["priya"]), Version)
    assert told() == [("aiko", "Priya published Leave of absence, version 2")]


@pytest.mark.parametrize(
    ("choice", "word", "meanwhile"),
    [("changes", "Changes are wanted", "sent back meanwhile"), ("reject", "Rejected", "rejected meanwhile")],
)
def test_what_is_decided_asks_nobody_any_more(cast: Cast, choice: str, word: str, meanwhile: str) -> None:
    review = submitted(ABSENCE, cast["aiko"])
    governance.tell()
    assert reading.unread_count(cast["otto"]) == 1
    say(review, cast["priya"], choice, "Too many days.")
    assert told()[0] == ("aiko", f"{word}: Leave of absence, version 1")
    Notice.objects.update(read_at=None)
    assert reading.unread_count(cast["otto"]) == 0
    page = reading.page(cast["otto"])
    assert [line.overtaken for line in notified.lines(page.earlier, page.sight)] == [meanwhile]


def test_a_review_that_is_over_before_anybody_was_told_is_asked_of_nobody(cast: Cast) -> None:
    review = submitted(ABSENCE, cast["aiko"])
    assert not isinstance(reviewing.withdraw(review.version, cast["aiko"]), Review)
    assert told() == []


def test_remarks_reach_the_author_and_answers_all_in_the_thread(cast: Cast) -> None:
    review = submitted(ABSENCE, cast["aiko"])
    told()
    first = remarking.add(review.version, cast["priya"], "Thirty?", 8)
    assert isinstance(first, Remark)
    assert told() == [("aiko", "Priya remarks on line 8 of Leave of absence, version 1")]
    assert Notice.objects.latest("pk").url == f"/reviews/{review.pk}/#L8"
    assert isinstance(remarking.add(review.version, cast["otto"], "Twenty.", answers=first), Remark)
    title = "Otto answers a remark on line 8 of Leave of absence, version 1"
    assert told() == [("aiko", title), ("priya", title)]
    assert isinstance(remarking.add(review.version, cast["aiko"], "Done.", answers=first), Remark)
    assert [name for name, _ in told()] == ["otto", "priya"]


def test_the_gate_of_a_review_asks_the_same_people_in_one_query_as_one_by_one(cast: Cast) -> None:
    cast["arno"].groups.add(Group.objects.get(name="bosses"))
    cast["bea"].is_active = False
    cast["bea"].save()
    review = submitted(ABSENCE, cast["aiko"])
    for approvers, exclude in (
        ("process_owner", ""),
        ("process_owner,bosses", "author"),
        ("author,bosses,viewer", "process_owner"),
        ("bosses", "bosses"),
    ):
        review.approvers, review.exclude = approvers, exclude
        review.save()
        everybody = Person.objects.all()
        assert set(reviewers.of(review)) == {one for one in everybody if guard.may_review(one, review)}, approvers
        reading_it = {one for one in everybody if guard.may_read_draft(one, review.version)}
        found = {one for one in everybody if Review.objects.readable_by(one).filter(pk=review.pk).exists()}
        assert found == reading_it, approvers


# ---- exceptions


def test_an_exception_is_asked_of_who_may_grant_it_and_decided_for_who_asked(cast: Cast) -> None:
    exception = asked(cast)
    title = "Your decision is asked: an exception for Leave of absence from In time"
    assert told() == [("otto", title), ("priya", title)]
    assert "Until the new form is there" in Notice.objects.latest("pk").body
    assert isinstance(exceptions.grant(exception, cast["priya"], "Until then."), PolicyException)
    assert told() == [("aiko", "Exception granted: Leave of absence from In time")]
    assert isinstance(exceptions.revoke(exception, cast["otto"], "The form is there."), PolicyException)
    ended = "Exception ended before its date: Leave of absence from In time"
    assert told() == [("aiko", ended), ("arno", ended)]


def test_that_an_exception_ends_is_told_once_some_days_before(cast: Cast) -> None:
    exception = asked(cast, days=20, starts_ago=20)
    assert isinstance(exceptions.grant(exception, cast["priya"]), PolicyException)
    told()

    def on_day(day: int):
        return lambda: database_clock() + timedelta(days=day)

    assert reminding.remind(on_day(12)) == 0
    assert reminding.remind(on_day(14)) == 1
    assert reminding.remind(on_day(15)) == 0, "once"
    entry = GovernanceEntry.objects.first()
    assert (entry.kind, entry.by) == ("exception_ending", "penstock")
    assert governance.tell(on_day(15)) == 1
    ends = Notice.objects.filter(title__startswith="An exception ends").order_by("person__username")
    assert [notice.person.username for notice in ends] == ["aiko", "arno"]


# ---- what one owns


def test_whoever_owns_a_child_is_told_when_its_parent_moves_on(cast: Cast) -> None:
    out(TEMPLATE)
    child = out(CHILD)
    Artifact.objects.filter(pk=child.artifact_id).update(owner=cast["arno"])
    told()
    out(TEMPLATE.replace("title: Enter it in the calendar", "title: Note it"), cast["priya"])
    assert told() == [("arno", f"{child.title} adapts something that has a newer version")]
    assert Notice.objects.latest("pk").url == f"/library/{child.artifact.slug}/adaptation/newer/"


def test_whoever_owns_it_is_told_once_that_it_is_due_and_again_after_another_interval(cast: Cast) -> None:
    version = out(ABSENCE.replace("risk: low", "risk: low\nreview_every: 30d"))

    def on_day(day: int):
        return lambda: database_clock() + timedelta(days=day)

    assert reminding.remind(on_day(31)) == 0, "nobody owns it"
    told()
    assert isinstance(confirming.hand_over(version.artifact, cast["arno"], cast["priya"]), Artifact)
    assert told() == [("arno", "You own Leave of absence now")]
    assert [reminding.remind(on_day(day)) for day in (29, 31, 32, 45)] == [0, 1, 0, 0]
    assert governance.tell(on_day(32)) == 1
    assert Notice.objects.latest("pk").title == "To be looked at again: Leave of absence, version 1"
    assert isinstance(confirming.confirm(version.artifact, cast["arno"], at=on_day(33)()), Artifact)
    assert [reminding.remind(on_day(day)) for day in (62, 64, 65)] == [0, 1, 0]


def test_what_others_do_with_a_rollout_or_a_version_is_told_to_whoever_began_or_owns_it(cast: Cast) -> None:
    first = out(ABSENCE)
    Artifact.objects.filter(pk=first.artifact_id).update(owner=cast["arno"])

    review = submitted(SHORTER, cast["aiko"])
    say(review, cast["priya"], "approve")

    def begun() -> Rollout:
        rollout = rolling_out.begin(Version.objects.get(pk=review.version_id), cast["priya"], share=20)
        assert isinstance(rollout, Rollout), rollout
        told()
        return rollout

    assert isinstance(rolling_out.take_back(begun(), cast["otto"], "Too slow."), Rollout)
    back = "Otto took back the rollout of Leave of absence, version 2"
    assert told() == [("aiko", back), ("priya", back)]
    assert "Otto: “Too slow.”" in Notice.objects.latest("pk").body
    assert isinstance(rolling_out.finish(begun(), cast["otto"]), Rollout)
    assert told() == [
        ("aiko", "Otto published Leave of absence, version 2"),
        ("arno", "Otto published Leave of absence, version 2"),
        ("priya", "Otto brought to everyone Leave of absence, version 2"),
    ]
    assert isinstance(retiring.retire(first, cast["otto"], "It is over.", lambda _: 0), Version)
    assert told() == [("arno", "Otto retired Leave of absence, version 1")]


# ---- walls


def test_whoever_may_not_see_it_any_more_is_told_nothing_and_shown_no_word(cast: Cast, later, post) -> None:
    review = submitted(ABSENCE, cast["aiko"])
    remark = remarking.add(review.version, cast["priya"], "Thirty?", 8)
    assert isinstance(remark, Remark)
    governance.tell()
    Notice.objects.exclude(kind="review").delete()
    Part.objects.filter(person=cast["priya"]).delete()
    page = reading.page(cast["priya"])
    assert not page.sight.finds(page.unread[0])
    later.send()
    later.pass_by(seconds=70)
    later.send()
    assert [mail["To"] for mail in post.taken] == ["Otto <otto@people.example>"]
    text = post.taken[0].get_body(("plain",)).get_content()
    assert f"Read and review:\nhttps://penstock.example/reviews/{review.pk}/" in text.replace("\r\n", "\n")
    assert isinstance(remarking.add(review.version, cast["otto"], "Twenty.", answers=remark), Remark)
    assert [name for name, _ in told()] == ["aiko", "otto", "priya"], "otto's and priya's are those from before"
    assert not Notice.objects.filter(person=cast["priya"], kind="reviewed").exists()


def test_a_review_is_told_once_in_the_channel_of_the_group_that_its_gate_names(cast: Cast, post, chat, later) -> None:
    group = Group.objects.get(name="bosses")
    channel = channels.add(group, "Bosses", f"mmost://127.0.0.1:{chat.port}/abcdefghijklmnopqrstuvwx")
    Channel.objects.filter(pk=channel.pk).update(verified_at=database_clock())
    review = submitted(ABSENCE, cast["aiko"])
    Review.objects.filter(pk=review.pk).update(approvers="bosses")
    governance.tell()
    assert [notice.person.username for notice in Notice.objects.order_by("pk")] == ["bo", "bea"]
    later.send()
    later.pass_by(seconds=70)
    later.send()
    assert len(chat.taken) == 1
    assert f"/reviews/{review.pk}/" in chat.taken[0][1]
    assert "Fewer days" not in chat.taken[0][1]


# ---- exactly once


def test_a_clock_with_nothing_to_tell_asks_one_question(cast: Cast) -> None:
    out(ABSENCE)
    told()
    with CaptureQueriesContext(connection) as asked_for:
        assert governance.tell() == 0
    assert len(asked_for) == 1


def test_what_cannot_be_told_holds_up_nothing_else_and_is_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, later
) -> None:
    submitted(ABSENCE, cast["aiko"])
    usual = dict(telling.NEWS)

    def broken(happened: object) -> object:
        raise ValueError("this is broken")

    monkeypatch.setattr(telling, "NEWS", {**usual, "submitted": broken})
    artifact = Artifact.objects.select_related("unit").get()
    assert isinstance(confirming.hand_over(artifact, cast["arno"], cast["priya"]), Artifact)
    governance.tell()
    assert [notice.person for notice in Notice.objects.all()] == [cast["arno"]]
    assert Untold.objects.count() == 1
    monkeypatch.setattr(telling, "NEWS", usual)
    assert governance.tell() == 0, "not before its pause is over"
    later.pass_by(minutes=6)
    assert governance.tell(later) == 1
    assert Notice.objects.filter(kind="review").count() == 2


COUNT = 24


def _many_remarks(cast: Cast) -> None:
    review = submitted(ABSENCE, cast["aiko"])
    for number in range(COUNT):
        assert isinstance(remarking.add(review.version, cast["priya"], f"Remark {number}", 8), Remark)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_clocks_side_by_side_tell_each_entry_once(cast: Cast) -> None:
    _many_remarks(cast)
    ready = threading.Barrier(3)

    def clock() -> None:
        try:
            ready.wait()
            while Untold.objects.exists():
                governance.tell()
        finally:
            connections.close_all()

    clocks = [threading.Thread(target=clock) for _ in range(3)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert Notice.objects.filter(person=cast["aiko"]).count() == COUNT


def _tell_for_ever() -> None:
    while True:
        try:
            governance.tell()
        except Exception:
            connections.close_all()
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_clocks_that_are_killed_lose_nothing_and_tell_nothing_twice(cast: Cast, monkeypatch) -> None:
    _many_remarks(cast)

    def slowly(usual):
        def slow(*given):
            time.sleep(0.03)
            return usual(*given)

        return slow

    # long enough to be killed before anything is written, and after the notices and before the row is deleted
    monkeypatch.setattr(telling, "_news", slowly(telling._news))
    monkeypatch.setattr(Untold, "delete", slowly(Untold.delete))
    for _ in range(3):
        before = Notice.objects.count()
        connections.close_all()
        clock = fork.Process(target=_tell_for_ever, daemon=True)
        clock.start()
        house.wait_until(lambda before=before: Notice.objects.count() > before + 2, 20)
        time.sleep(0.02)  # in the middle of the next one
        assert clock.pid is not None
        os.kill(clock.pid, signal.SIGKILL)
        clock.join()
    assert Untold.objects.exists(), "they did not tell of all"
    monkeypatch.undo()
    house.wait_until(lambda: governance.tell() == 0 and not Untold.objects.exists(), 20)
    titles = list(Notice.objects.filter(person=cast["aiko"]).values_list("body", flat=True))
    assert sorted(titles) == sorted(f"Priya: “Remark {number}”" for number in range(COUNT))
    assert not Letter.objects.exists()
