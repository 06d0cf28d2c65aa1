"""The project: settings, addresses, Celery, the embedded servers and `manage.py up`.

Together with demo the only package that knows every app. It owns no table.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
