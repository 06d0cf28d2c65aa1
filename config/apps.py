from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registered so that Django finds the commands; holds no models."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (makes it the current Celery app, which shared tasks bind to)
