from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from annotations import importing, projects, sweeping

        projects.register_on_delete(importing.cancel_deleted)
        sweeping.register()
