from django.apps import AppConfig


class PatrolConfig(AppConfig):
    name = "patrol"
    default_auto_field = "django.db.models.BigAutoField"
