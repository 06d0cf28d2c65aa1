"""Idempotency keys: one key of one owner has one effect for ever (DESIGN.md, invariant 5)."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """A key that was used, the hash of what was asked and the first answer.

    owner_id is the user's id (a plain number: users live above). Written in the transaction of the effect,
    so a key without an effect does not exist; refusals leave none.
    """

    owner_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    body_sha256 = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=None, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "key"], name="web_idempotencykey_once"),
        ]
