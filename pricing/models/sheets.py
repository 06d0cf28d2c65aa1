"""Price sheets that people send: what was read, held until the person decides what goes into a draft."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pricing.models.price_changes import PriceChange


class PriceSheet(models.Model):
    """One file, read and compared with the live prices; it changes nothing until it is taken, once.

    decimal_mark is the declared decimal sign, "" when none was needed. unchanged counts cells equal to the live price
    or to the base they were exported with. not_read names other sheets of the workbook and
    columns that are none of a price sheet.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", _("Preview")
        TAKEN = "taken", pgettext_lazy("price sheet", "Taken")

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    form = models.CharField(max_length=4)
    encoding = models.CharField(max_length=20, default="")
    delimiter = models.CharField(max_length=1, default="")
    decimal_mark = models.CharField(max_length=1, default="")
    price_list = models.CharField(max_length=32, default="")
    not_read = models.JSONField(default=list)
    row_count = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State.choices, default=State.PREVIEW)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())
    change = models.ForeignKey(PriceChange, null=True, on_delete=models.SET_NULL, related_name="+")


class PriceSheetRow(models.Model):
    """One price cell that asks for something. amount empty in a good row ends the price.

    good: to be taken. conflict: changed in the sheet and by others meanwhile. theirs: changed by others only, so it
    stays theirs. refused: `code` says why. base_amount is what the exported sheet held, live_amount what it is now,
    live_change_id who made it so.
    """

    class State(models.TextChoices):
        GOOD = "good", _("Good")
        CONFLICT = "conflict", _("Conflict")
        THEIRS = "theirs", _("Changed by others")
        REFUSED = "refused", _("Refused")

    sheet = models.ForeignKey(PriceSheet, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=100)
    price_list = models.CharField(max_length=64)
    sku = models.CharField(max_length=64)
    min_quantity = models.CharField(max_length=40, default="1")
    typed = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    base_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    live_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    live_change_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices)
    code = models.CharField(max_length=40, default="")

    class Meta:
        indexes = [models.Index(fields=["sheet", "state", "line"], name="pricing_pricesheetrow_state")]
