"""The administrator's pages: people, units and parts are kept there, versions only read."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.workflows.texts import ABSENCE
from workflows.models import Part, Person, Unit, Version
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


def test_a_username_is_chosen_once(admin: Client, people: Unit) -> None:
    ada = Person.objects.create(username="ada")
    page = reverse("admin:workflows_person_change", args=[ada.pk])
    form = admin.get(page).context["adminform"].form

    assert "username" not in form.fields
    assert "job_title" in form.fields
    assert admin.post(reverse("admin:workflows_person_delete", args=[ada.pk]), {"post": "yes"}).status_code == 403
    assert Person.objects.filter(pk=ada.pk).exists()


def test_a_part_is_given_there(admin: Client, people: Unit) -> None:
    ada = Person.objects.create(username="ada")

    admin.post(
        reverse("admin:workflows_part_add"), {"unit": people.pk, "person": ada.pk, "part": Part.Kind.AUTHOR.value}
    )

    assert [part.part for part in ada.parts.all()] == ["author"]


@pytest.mark.parametrize("model", ["person", "unit", "part", "artifact", "version"])
def test_every_list_opens(admin: Client, model: str, people: Unit) -> None:
    assert admin.get(reverse(f"admin:workflows_{model}_changelist")).status_code == 200


def test_a_person_is_made_there(admin: Client, db: None) -> None:
    page = reverse("admin:workflows_person_add")
    assert admin.get(page).status_code == 200

    password = "penstock-and-sluice"
    answer = admin.post(
        page,
        {
            "username": "ada",
            "usable_password": "true",
            "password1": password,
            "password2": password,
            "parts-TOTAL_FORMS": "0",
            "parts-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 302
    assert Person.objects.get(username="ada").check_password(password)
