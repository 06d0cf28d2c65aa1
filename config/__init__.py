"""The project: settings, addresses, Celery, the embedded servers and `manage.py up`.

Together with demo the only package that knows every app. It owns no table.
"""
