from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    """A name behind events may be erased, never altered."""

    dependencies = [("audit", "0002_exports_and_checks")]

    operations = [
        migrations.RunSQL(
            migrations.RunSQL.noop
            if settings.DATABASE_OWNER_IS_APP
            else f'REVOKE UPDATE, TRUNCATE ON audit_actorname FROM "{settings.DATABASE_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
