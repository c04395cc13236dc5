from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from annotations import projects
        from training import deleted, overview, sweeps

        projects.register_extra(overview.live_and_run)
        projects.register_on_delete(deleted.end_work)
        sweeps.register()
