"""Files that people handed in: what is kept, and to which document it belongs."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lib.uploads import ENDINGS


class StoredFile(models.Model):
    """A file's content, kept once, under its SHA-256, in the folder `files` of DATA_DIR. Never changed.

    checked_at: when its bytes were last found to be those of its hash. width, height: of a picture, else 0.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=40)
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    stored_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(media_type__in=sorted(ENDINGS)),
                name="web_storedfile_type",
                violation_error_message=_("Only JPEG, PNG, WebP and PDF are taken."),
            ),
        ]


class Attachment(models.Model):
    """A stored file as evidence of a document of an upper floor, named by plain kind and id.

    Taken away it stays, with who did it: what an approver saw can always be shown again.
    """

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    owner_kind = models.CharField(max_length=32)
    owner_id = models.BigIntegerField()
    name = models.CharField(_("name"), max_length=130)
    added_by_id = models.BigIntegerField(null=True)
    added_by_name = models.CharField(max_length=150, default="")
    added_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)
    removed_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "file"],
                condition=models.Q(removed_at__isnull=True),
                name="web_attachment_once",
                violation_error_message=_("This file was added before."),
            ),
        ]
        indexes = [models.Index(fields=["owner_kind", "owner_id"], name="web_attachment_owner")]
