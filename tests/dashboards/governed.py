"""What the platform governs in the world of the matrix: versions, drafts, reviews, rollouts, a policy and a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.policies import say
from runs.models import Delivery
from tests.runs import house
from workflows import drafting, remarking, reviewing, rolling_out
from workflows.drafting import Draft
from workflows.models import Opinion, Person, PolicyException, Remark, Review, Rollout, Unit, Version
from workflows.policies import exceptions
from workflows.policies.binding import of_version
from workflows.publish import publish

_HOLIDAY = """\
playbook: holiday
title: Holiday
kind: sop
owner: platform
roles:
  boss: {groups: [managers]}
  hand: {groups: [engineers]}
steps:
  - id: allow
    title: Allow it
    due: 2d
    gate: {ask: Allow it?, approvers: [boss]}
  - id: enter
    title: Enter it
    due: 2d
    task: {assign: hand}
  - id: done
    end: completed
"""
_CHILD = """\
playbook: form-short
extends: form@^1
set: {title: A short form}
"""
_POLICY = """\
policy: in-time
title: Everything in time
unit: platform
applies: {kind: [sop]}
require:
  - {every: gate, has: [due]}
  - {every: task, has: [due]}
"""
_PLAN = """\
plan: expansion
title: Expansion
objective: Open a region
owner: ben
milestones:
  - {id: open, title: Opened, due: 2099-01-01, runs: [{playbook: board, with: {service: shop}}]}
"""


def text(slug: str, title: str = "Enter it") -> str:
    """Return a playbook of this id; with another title of its task it is another version."""
    return _HOLIDAY.replace("playbook: holiday", f"playbook: {slug}").replace("title: Enter it", f"title: {title}")


def build(people: Mapping[str, Person], platform: Unit, board: Version, now: datetime) -> dict[str, object]:
    """Make it all, the author writing and the process owner deciding; return what addresses and forms name.

    `holiday` has two versions and a draft of the author; `trip` is in review, `visit` approved, `post` rolled out in
    part; `form` is a template, newer than its child.
    """
    author, keeper = people["author"], people["process_owner"]

    def out(document: str) -> Version:
        version = publish(document, platform, None)
        assert isinstance(version, Version), version
        return version

    def drafted(slug: str) -> Version:
        answer = drafting.write(text(slug, "Note it"), platform, author)
        assert isinstance(answer, Draft), answer
        return answer.version

    def submitted(slug: str) -> Review:
        review = reviewing.submit(drafted(slug), author)
        assert isinstance(review, Review), review
        return review

    def approved(slug: str) -> Review:
        review = submitted(slug)
        said = reviewing.say(review, keeper, Opinion.Choice.APPROVE, digest=review.version.digest)
        assert isinstance(said, Opinion), said
        return review

    for document in (text("holiday"), text("holiday", "Write it down"), text("visit"), text("post")):
        out(document)
    template = text("form").replace("title: Holiday", "template: true\ntitle: Holiday")
    for document in (template, _CHILD, template.replace("title: Enter it", "title: Sign it")):
        out(document)
    draft, review, ready, pilot = drafted("holiday"), submitted("trip"), approved("visit"), approved("post")
    remark = remarking.add(review.version, keeper, "Why?", 3)
    assert isinstance(remark, Remark), remark
    stages = rolling_out.begin(Version.objects.get(pk=pilot.version_id), keeper, share=10)
    assert isinstance(stages, Rollout), stages
    policy, plan = out(_POLICY), out(_PLAN)
    gates, tasks = (say(demand) for demand in of_version(policy).require)
    wish = exceptions.Asked(policy.artifact, draft.artifact, gates, "Weekly", now, now + timedelta(days=9))
    asked = exceptions.ask(wish, author)
    assert isinstance(asked, PolicyException), asked
    free, bound = (house.begin(board, keeper, service=service) for service in ("free", "bound"))
    Delivery.objects.create(run=bound, plan=plan.artifact, milestone="open")
    return {
        "draft": draft.number, "typed": text("holiday", "Keep it"), "other": text("other"), "review": review.pk,
        "review_digest": review.version.digest, "remark": remark.pk, "ready": ready.pk,
        "approved": ready.version.number, "stages": stages.pk, "exception": asked.pk, "demand": tasks,
        "free": free.number, "bound": bound.number,
    }  # fmt: skip
