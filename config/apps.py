from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registered so that Django finds the `up` command; holds no models."""

    name = "config"
