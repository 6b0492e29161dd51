from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflows"
    verbose_name = "What could run"
    default_auto_field = "django.db.models.BigAutoField"
