"""How a feed's files are read: which column is which field, remembered by the header; and files that wait to be mapped."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from feeds.models.deliveries import Delivery, Feed


class Mapping(models.Model):
    """One version of how files with one header are read. signature: of the header (`rules.mappings.signature_of`), ""
    for every header of the feed without a mapping of its own. The highest version counts, unless it is not active.

    headers: as they stood. columns: header → field, "" for a column that is left out. constants: field → value of every
    row. decimal_mark "." or ",", "" undeclared; date_order "dmy", "mdy" or "ymd", "" undeclared; time_zone: of times
    without an offset; delimiter, encoding: "" where the bytes say.
    """

    class DateOrder(models.TextChoices):
        DMY = "dmy", _("day, month, year")
        MDY = "mdy", _("month, day, year")
        YMD = "ymd", _("year, month, day")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="mappings")
    signature = models.CharField(max_length=64, default="", blank=True)
    version = models.PositiveIntegerField()
    headers = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    constants = models.JSONField(default=dict)
    decimal_mark = models.CharField(_("decimal sign"), max_length=1, default="", blank=True)
    date_order = models.CharField(
        _("order of dates"), max_length=3, choices=DateOrder.choices, default="", blank=True
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="", blank=True)
    delimiter = models.CharField(_("separator"), max_length=1, default="", blank=True)
    encoding = models.CharField(_("encoding"), max_length=12, default="", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "signature", "version"],
                name="feeds_mapping_version_once",
                violation_error_message=_("Somebody else changed this mapping meanwhile."),
            )
        ]


class Upload(models.Model):
    """A file that somebody brought and has not sent yet: looked at, mapped, then a delivery. draft: what was assigned so far."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DISCARDED = "discarded", _("Discarded")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="uploads")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    draft = models.JSONField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    uploaded_by = models.CharField(max_length=200)
    uploaded_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, null=True, related_name="upload")
