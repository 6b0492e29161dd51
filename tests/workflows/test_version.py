"""A published version never changes, and its status moves along declared ways only."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from engine.lifecycles import VERSION_MOVES, VersionStatus
from tests.workflows.texts import ABSENCE
from workflows.models import Person, Unit, Version
from workflows.models.artifact import AlreadyPublished
from workflows.publish import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(people: Unit, author: Person) -> Version:
    version = publish(ABSENCE, people, author)
    assert isinstance(version, Version)
    return version


def draft(like: Version, number: int = 2) -> Version:
    return Version.objects.create(
        artifact=like.artifact, number=number, title="Draft", kind="sop", source="", definition="{}", digest="0"
    )


@pytest.mark.parametrize("name", ["title", "source", "definition", "digest", "summary", "number"])
def test_what_is_published_cannot_be_saved_differently(version: Version, name: str) -> None:
    setattr(version, name, 99 if name == "number" else "other")

    with pytest.raises(AlreadyPublished):
        version.save()
    version.refresh_from_db()
    assert getattr(version, name) not in (99, "other")


def test_a_copy_with_the_same_key_cannot_write_over_it(version: Version) -> None:
    copy = Version(pk=version.pk, artifact=version.artifact, number=1, title="Other", kind="sop", digest="0")
    copy._state.adding = False

    with pytest.raises(AlreadyPublished):
        copy.save()


def test_a_query_cannot_change_it_either(version: Version) -> None:
    with pytest.raises(AlreadyPublished):
        Version.objects.filter(pk=version.pk).update(source="other")
    version.title = "Other"
    with pytest.raises(AlreadyPublished):
        Version.objects.bulk_update([version], ["title"])


def test_it_cannot_be_deleted(version: Version) -> None:
    with pytest.raises(AlreadyPublished):
        version.delete()
    with pytest.raises(AlreadyPublished):
        Version.objects.all().delete()


def test_a_draft_can_be_changed_and_deleted(version: Version) -> None:
    other = draft(version)
    other.title = "Better"
    other.save()
    Version.objects.filter(pk=other.pk).update(summary="Shorter")

    assert Version.objects.get(pk=other.pk).title == "Better"
    other.delete()
    assert Version.objects.count() == 1


def test_a_status_is_never_assigned(version: Version) -> None:
    with pytest.raises(AttributeError):
        version.status = VersionStatus.DRAFT.value


def test_a_deprecated_version_is_not_published_again(version: Version) -> None:
    version.deprecate()
    version.save()

    with pytest.raises(TransitionNotAllowed):
        version.publish()


def test_the_transitions_are_those_of_the_one_table() -> None:
    field = Version._meta.get_field("status")
    moves = {(move.source, move.target) for move in field.get_all_transitions(Version)}

    assert moves == {(source.value, target.value) for source, target in VERSION_MOVES}


def test_one_version_of_a_playbook_is_published_at_a_time(version: Version) -> None:
    other = draft(version)
    other.publish()

    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
