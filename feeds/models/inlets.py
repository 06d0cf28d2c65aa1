"""Ways files come in by themselves: a folder that is watched, an address that is asked."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from feeds.models.deliveries import Delivery, Feed


class Inlet(models.Model):
    """Where files of a feed are fetched. A folder lies below DATA_DIR/inbox (an SFTP server may write into it); an
    address is asked every interval_s seconds, with one header that may hold a secret.

    Due times, the lease and what went wrong last are kept here: losing the queue costs seconds.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", _("Watched folder")
        PULL = "pull", _("Address that is asked")

    name = models.SlugField(_("name"), max_length=60, unique=True)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="inlets")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    url = models.CharField(_("address"), max_length=500, default="", blank=True)
    header_name = models.CharField(max_length=60, default="", blank=True)
    header_value = models.CharField(max_length=500, default="", blank=True)
    interval_s = models.PositiveIntegerField(_("every … seconds"), default=300)
    is_active = models.BooleanField(_("active"), default=True)
    etag = models.CharField(max_length=200, default="", blank=True)
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    took_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="pull") | ~models.Q(url=""),
                name="feeds_inlet_address",
                violation_error_message=_("An address that is asked has an address."),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(is_active=True), name="feeds_inlet_due")
        ]

    def __str__(self) -> str:
        return self.name


class InletFile(models.Model):
    """A file that was found, and the delivery it became: the same file found again is not taken twice.

    generation: when a file in a folder was changed last (ns); of an address, the row that came before.
    """

    inlet = models.ForeignKey(Inlet, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    generation = models.BigIntegerField()
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+")
    error_code = models.CharField(max_length=60, default="", blank=True)
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inlet", "name", "sha256", "generation"], name="feeds_inletfile_once"
            ),
        ]
