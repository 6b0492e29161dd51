from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "What is running"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_q.signals import post_spawn

        from runs.health.beats import in_this_worker

        post_spawn.connect(in_this_worker, dispatch_uid="beat")
