"""Runs in the admin: to be looked at, never changed. And the queue's own admin taken away.

Adding a schedule there would run any function by name (guarantees S21).
"""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django_q import admin as _queue  # its own, so that it has registered before it is taken away
from django_q.models import Failure, OrmQ, Schedule, Success

from runs.models import Entry, Gate, Incident, Place, Receipt, Refused, Run, Shortage, Step, Trigger, Vote, Work

for _model in (Schedule, Success, Failure, OrmQ):
    if _queue and admin.site.is_registered(_model):
        admin.site.unregister(_model)


class ReadOnly(admin.ModelAdmin):
    """No add, no change, no delete, for nobody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ("number", "title", "status", "unit", "started_by", "started_at", "incident_count")
    list_filter = ("status", "unit")
    search_fields = ("number", "title")


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ("run", "seq", "at", "kind", "actor")
    list_select_related = ("run",)


@admin.register(Work)
class WorkAdmin(ReadOnly):
    list_display = ("key", "kind", "name", "status", "due_at", "claims", "last_error")
    list_filter = ("status", "kind")


@admin.register(Refused)
class RefusedAdmin(ReadOnly):
    list_display = ("at", "person", "act", "run", "step", "code")


@admin.register(Trigger)
class TriggerAdmin(ReadOnly):
    list_display = ("artifact", "kind", "name", "next_at", "fired_at", "failed_at", "failure")
    list_filter = ("kind", ("failed_at", admin.EmptyFieldListFilter))
    list_select_related = ("artifact",)


@admin.register(Place)
class PlaceAdmin(ReadOnly):
    list_display = ("run", "artifact", "key", "limit", "asked_at", "taken_at")
    list_filter = (("taken_at", admin.EmptyFieldListFilter),)
    list_select_related = ("run", "artifact")


admin.site.register([Step, Gate, Vote, Incident, Receipt, Shortage], ReadOnly)
