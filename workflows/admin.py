"""The administrator's pages: calendars are kept there. People, groups, parts, units and versions can be read only.

Whoever could change an account here would give themself a vote; `workflows.directory` has the verbs, with their rules.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangosGroupAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from workflows.keep_calendar import check, keep
from workflows.models import Artifact, Calendar, DirectoryEntry, GovernanceEntry, Part, Person, Unit, Version
from workflows.publish import NotPublished


class ReadOnly:
    """Shown, never written: what changes it is a verb with its own rules."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PartsInline(ReadOnly, admin.TabularInline):
    model = Part
    extra = 0


@admin.register(Person)
class PersonAdmin(ReadOnly, UserAdmin):
    """Django's, so that its page for setting a password is there to be refused too."""

    list_display = ("username", "first_name", "last_name", "job_title", "is_active", "is_service", "is_superuser")
    list_filter = ("is_active", "is_service", "is_superuser", "groups")
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "job_title", "time_zone")}),
        ("Rights", {"fields": ("is_active", "is_service", "is_superuser", "groups")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    inlines = (PartsInline,)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ReadOnly, DjangosGroupAdmin):
    """A group that is renamed or removed takes its people's rights along."""


@admin.register(Part)
class PartAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("person", "part", "unit")
    list_filter = ("part", "unit")
    list_select_related = ("person", "unit")


@admin.register(DirectoryEntry)
class DirectoryEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "by", "kind", "person", "about", "detail")
    list_filter = ("kind",)
    list_select_related = ("person",)
    search_fields = ("by", "person__username", "about")


@admin.register(Unit)
class UnitAdmin(ReadOnly, admin.ModelAdmin):
    """A unit changes by its verbs: moved, it comes under the parts that people hold where it comes to stand."""

    list_display = ("title", "slug", "path", "calendar")
    search_fields = ("title", "slug")


@admin.register(GovernanceEntry)
class GovernanceEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "by", "kind", "about", "detail")
    list_filter = ("kind",)
    search_fields = ("by", "about")


@admin.register(Artifact)
class ArtifactAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("slug", "unit")


@admin.register(Version)
class VersionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("artifact", "number", "status", "published_at", "published_by")
    list_filter = ("status",)


class CalendarForm(forms.ModelForm):
    """The YAML of a calendar; `asking` is who keeps it."""

    asking: Person

    class Meta:
        model = Calendar
        fields = ("unit", "source")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        unit = self.instance.unit if self.instance.pk else given.get("unit")
        if unit is None or "source" not in given:
            return given
        read = check(given["source"], unit, self.asking)
        if isinstance(read, NotPublished):
            for problem in read.problems:
                self.add_error("source", f"Line {problem.place.line}: {problem.message} {problem.hint}".strip())
            if read.sentence:
                self.add_error(None, read.sentence)
        elif self.instance.pk and read.name != self.instance.name:
            self.add_error("source", f"Playbooks know this calendar as `{self.instance.name}`: it keeps its name.")
        return given


@admin.register(Calendar)
class CalendarAdmin(admin.ModelAdmin):
    """Written as YAML, with the same rules as `manage.py calendar load`; a name in use is never taken away."""

    form = CalendarForm
    list_display = ("name", "title", "unit", "number", "changed_at", "changed_by")
    list_select_related = ("unit", "changed_by")

    def get_form(self, request: HttpRequest, obj: Calendar | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("AskedForm", (form,), {"asking": request.user})

    def get_readonly_fields(self, request: HttpRequest, obj: Calendar | None = None) -> tuple[str, ...]:
        return ("unit",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Calendar, form: Any, change: bool) -> None:
        kept = keep(obj.source, obj.unit, form.asking)
        assert isinstance(kept, Calendar), "the form has checked it"
        obj.pk, obj.name = kept.pk, kept.name

    def has_delete_permission(self, request: HttpRequest, obj: Calendar | None = None) -> bool:
        return False
