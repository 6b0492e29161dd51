"""Sessions and their people are found by statements of our own: they find what Django's would."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from dashboards.sessions import Backend, SessionStore
from tests.dashboards import rows
from workflows.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def ines() -> Person:
    return rows.person("ines")


def test_a_person_is_read_whole(ines: Person) -> None:
    Person.objects.filter(pk=ines.pk).update(last_login=timezone.now(), is_service=True)
    found = Backend().get_user(ines.pk)
    assert found is not None
    assert model_to_dict(found) == model_to_dict(Person.objects.get(pk=ines.pk))
    assert found.get_deferred_fields() == set()
    assert Backend().get_user(0) is None


def test_who_was_deactivated_is_not_signed_in_any_more(ines: Person) -> None:
    browser = Client()
    browser.force_login(ines)
    assert browser.get("/").status_code == 200
    Person.objects.filter(pk=ines.pk).update(is_active=False)
    assert browser.get("/").status_code == 302


def test_a_session_ends(ines: Person) -> None:
    browser = Client()
    browser.force_login(ines)
    store = SessionStore(browser.cookies["penstock_session"].value)
    assert store.load() == dict(browser.session.items())
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert store.load() == {}
    assert browser.get("/").status_code == 302
    assert SessionStore("of-nobody").load() == {}
