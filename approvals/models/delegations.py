"""Who decides for whom and until when; what one person may have approved at once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Delegation(models.Model):
    """From starts_at until ends_at the delegate decides with the principal's rights, of some kinds or (none) of all.

    It gives no right the principal has lost, does not go on to a third person, and neither of the two decides what
    either had a hand in. Ended early by revoking; never edited.
    """

    principal_id = models.BigIntegerField()
    principal_name = models.CharField(max_length=200)
    delegate_id = models.BigIntegerField()
    delegate_name = models.CharField(max_length=200)
    kinds = ArrayField(models.CharField(max_length=40), default=list)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    is_out_of_office = models.BooleanField(_("out of office"), default=False)
    reason = models.CharField(_("reason"), max_length=500)
    made_by_id = models.BigIntegerField()
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)
    revoked_by_name = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="approvals_delegation_ends",
                violation_error_message=_("It ends after it begins."),
            ),
            models.CheckConstraint(
                condition=~models.Q(principal_id=models.F("delegate_id")),
                name="approvals_delegation_two",
                violation_error_message=_("Nobody stands in for themselves."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["delegate_id", "ends_at"],
                condition=models.Q(revoked_at=None),
                name="approvals_delegation_live",
            ),
        ]


class AuthorLimit(models.Model):
    """The most one person may have approved at once, of one kind: `fact` at most `limit`. Ended, never edited."""

    user_id = models.BigIntegerField()
    user_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    fact = models.CharField(max_length=60)
    limit = models.DecimalField(max_digits=24, decimal_places=6)
    made_by_id = models.BigIntegerField()
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "kind", "fact"],
                condition=models.Q(ended_at=None),
                name="approvals_authorlimit_once",
                violation_error_message=_("There is such a limit already."),
            ),
        ]
