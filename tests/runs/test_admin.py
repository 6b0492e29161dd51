"""The admin shows runs and changes none, and is no back door into the queue (guarantees S21)."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django_q import models as queue

from workflows.models import Person


def test_the_queue_has_no_admin():
    for model in (queue.Schedule, queue.Success, queue.Failure, queue.OrmQ):
        assert not admin.site.is_registered(model)


@pytest.mark.django_db
def test_nobody_changes_a_run_there():
    request = RequestFactory().get("/admin/")
    request.user = Person.objects.create(username="root", is_superuser=True, is_staff=True)
    ours = [model for model in apps.get_app_config("runs").get_models() if admin.site.is_registered(model)]
    assert len(ours) >= 9
    for model in ours:
        page = admin.site.get_model_admin(model)
        assert page.has_view_permission(request)
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)
