"""The administrator's pages for people, units, parts and groups. Versions can be read there, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from workflows.models import Artifact, Part, Person, Unit, Version


class PartsInline(admin.TabularInline):
    model = Part
    extra = 0


@admin.register(Person)
class PersonAdmin(UserAdmin):
    """A username is written into logs and playbooks, so it can be chosen once and not changed."""

    list_display = ("username", "first_name", "last_name", "job_title", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), ("At work", {"fields": ("job_title", "time_zone")}))
    inlines = (PartsInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        return ("username",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        """People leave by losing `active`: their names stand in the log and are never given again."""
        return False


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin):
    list_display = ("title", "slug", "path")
    search_fields = ("title", "slug")


@admin.register(Part)
class PartAdmin(admin.ModelAdmin):
    list_display = ("person", "part", "unit")
    list_filter = ("part", "unit")


class ReadOnly(admin.ModelAdmin):
    """Shown, never written: what changes it is a verb with its own rules."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Artifact)
class ArtifactAdmin(ReadOnly):
    list_display = ("slug", "unit")


@admin.register(Version)
class VersionAdmin(ReadOnly):
    list_display = ("artifact", "number", "status", "published_at", "published_by")
    list_filter = ("status",)
