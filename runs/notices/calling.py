"""Who is called into a run by a comment: the people and groups that it mentions, each told of it once."""

from __future__ import annotations

from collections.abc import Iterator

from engine.machine.commands import Move
from runs import mentions
from runs.models import Notice
from runs.notices.piece import News
from runs.story import Happened, Story

#: Characters of what is quoted of a comment.
LONGEST_QUOTE = 500


def of(story: Story, happening: Happened, move: Move) -> Iterator[News]:
    """Tell whom the comment mentions: people, and the members of groups that are in a role; never who wrote it."""
    called = mentions.kept(str(move.data.get("text") or ""))
    if not called:
        return
    groups = called & {group for role in story.definition.roles.values() for group in role.groups}
    said = " ".join(str(move.data["text"]).split())
    quote = said if len(said) <= LONGEST_QUOTE else said[: LONGEST_QUOTE - 1] + "…"
    yield News(
        Notice.Kind.MENTION,
        story.run.pk,
        "You are mentioned in a comment",
        move.data.get("at_visit"),
        people=called,
        groups=groups,
        without=frozenset({happening.event.actor}),
        quotes=((happening.event.actor, quote),),
    )
