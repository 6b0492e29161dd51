"""The administrator's pages: people, units, parts, groups, calendars. Versions can be read there, never changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from workflows.calendars import Known
from workflows.keep_calendar import check, keep
from workflows.models import Artifact, Calendar, Part, Person, Unit, Version
from workflows.publish import NotPublished


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
    list_display = ("title", "slug", "path", "calendar")
    search_fields = ("title", "slug")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A unit counts by a calendar that is there."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "calendar" and field is not None:
            names = [(name, f"{name}: {calendar.title}") for name, calendar in Known().items()]
            above = ("", "That of the unit above")
            return forms.ChoiceField(choices=[above, *names], required=False, help_text=field.help_text)
        return field


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
