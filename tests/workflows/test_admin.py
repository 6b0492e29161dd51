"""The administrator's pages: calendars are kept there; all that gives anybody a right can only be read."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.workflows.texts import ABSENCE
from workflows.directory import memberships
from workflows.models import Calendar, DirectoryEntry, Part, Person, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(Person.objects.create(username="root", is_staff=True, is_superuser=True))
    return client


def test_a_version_can_be_read_and_not_changed(admin: Client, people: Unit, author: Person) -> None:
    version = publish(ABSENCE, people, author)
    assert isinstance(version, Version)
    page = reverse("admin:workflows_version_change", args=[version.pk])

    assert "Leave of absence" in admin.get(page).content.decode()
    assert admin.post(page, {"title": "Other"}).status_code == 403
    assert admin.post(reverse("admin:workflows_version_delete", args=[version.pk]), {"post": "yes"}).status_code == 403
    assert admin.get(reverse("admin:workflows_version_add")).status_code == 403
    version.refresh_from_db()
    assert version.title == "Leave of absence"


#: What may be written there; every other model that is registered, now or later, can only be read.
KEPT_THERE = {Calendar}


def row_of(model: type[Model]) -> Any:
    """A row to aim at; where the model has none, a key that could be one."""
    row = model.objects.first()
    return row.pk if row else ("00000000-0000-0000-0000-000000000001" if "uuid" in str(model._meta.pk).lower() else 1)


def test_whatever_is_posted_there_about_people_and_runs_is_refused(admin: Client, people: Unit, author: Person) -> None:
    memberships.join(author, "bosses", "penstock")
    managers = Group.objects.create(name="managers")
    everything = {
        "username": "mallory", "password1": "penstock-and-sluice", "password2": "penstock-and-sluice",
        "usable_password": "true", "is_active": "", "is_superuser": "on", "is_staff": "on", "groups": managers.pk,
        "name": "renamed", "unit": people.pk, "person": author.pk, "part": "break_glass", "post": "yes",
        "parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0", "parts-0-unit": people.pk, "parts-0-part": "break_glass",
    }  # fmt: skip
    before = list(Person.objects.order_by("pk").values())
    models = [model for model in site._registry if model not in KEPT_THERE]
    assert {Person, Group, Part, DirectoryEntry, Version} < set(models)

    for model in models:
        name, pk = f"admin:{model._meta.app_label}_{model._meta.model_name}", row_of(model)
        pages = [reverse(f"{name}_add"), reverse(f"{name}_change", args=[pk]), reverse(f"{name}_delete", args=[pk])]
        if model is Person:
            pages += [
                reverse("admin:auth_user_password_change", args=[pk]),
                f"{reverse(f'{name}_changelist')}{pk}/password/",
            ]
        answers = {page: admin.post(page, everything).status_code for page in pages}
        # where there is no row, there is nothing to refuse: it is as if the page were not there
        assert set(answers.values()) <= ({403} if model.objects.exists() else {403, 302}), answers
        chosen = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        admin.post(reverse(f"{name}_changelist"), chosen)
        assert admin.get(reverse(f"{name}_changelist")).status_code == 200

    assert list(Person.objects.order_by("pk").values()) == before
    assert Group.objects.filter(name__in=["bosses", "managers"]).count() == 2
    assert not managers.user_set.exists()
    assert not Part.objects.filter(part="break_glass").exists()
    assert [entry.kind for entry in DirectoryEntry.objects.all()] == ["joined"]


def test_a_persons_page_shows_no_hash_of_a_password(admin: Client) -> None:
    ada = Person.objects.create_user(username="ada", password="penstock-and-sluice", job_title="Engineer")
    page = admin.get(reverse("admin:workflows_person_change", args=[ada.pk])).content.decode()
    assert "Engineer" in page
    assert "pbkdf2" not in page


@pytest.mark.parametrize(
    "model", ["person", "unit", "part", "artifact", "version", "directoryentry", "governanceentry"]
)
def test_every_list_opens(admin: Client, model: str, people: Unit) -> None:
    assert admin.get(reverse(f"admin:workflows_{model}_changelist")).status_code == 200
