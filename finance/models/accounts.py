"""Which account takes what: the account map, in versions that are never edited."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Category, LegalEntity


class PostingKind(models.TextChoices):
    """What happened to a value, as finance books it; `finance.rules.postings` says how each is told."""

    OPENING = "opening", _("Stock on hand")
    RECEIPT = "receipt", _("Receipt")
    SUPPLIER_RETURN = "supplier_return", _("Return to supplier")
    SALE = "sale", _("Cost of goods sold")
    RETURN = "return", _("Return of a customer")
    ISSUE = "issue", _("Issue")
    GAIN = "gain", _("Adjustment upwards")
    LOSS = "loss", _("Adjustment downwards")
    WRITE_OFF = "write_off", _("Write-off")
    TRANSFER = "transfer", _("Transfer between sites")
    INTERCOMPANY = "intercompany", _("Transfer between legal entities")
    MARGIN = "margin", _("Margin between legal entities")
    LANDED_COST = "landed_cost", _("Landed cost")
    LANDED_VARIANCE = "landed_variance", _("Landed cost of goods already gone")
    REVALUATION = "revaluation", _("Revaluation")
    VARIANCE = "variance", _("Cost variance")
    PRODUCTION = "production", _("Production")
    SALES = "sales", _("Sales, net")
    SALES_TAX = "sales_tax", _("Tax on sales")
    SALES_RETURN = "sales_return", _("Returns, net")


class Place(models.TextChoices):
    """Where the goods lie: at a site, on their way to one, or at customs for one."""

    SITE = "site", pgettext_lazy("place", "Site")
    TRANSIT = "transit", pgettext_lazy("place", "In transit")
    CUSTOMS = "customs", pgettext_lazy("place", "At customs")


class AccountMap(models.Model):
    """One version of the account map; the newest counts for vouchers that are made from then on. Append-only."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    reason = models.CharField(_("reason"), max_length=500)
    made_by_id = models.BigIntegerField(null=True)
    made_by_name = models.CharField(max_length=200, default="")
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"v{self.version}"


class AccountRule(models.Model):
    """The accounts of one kind, as narrowly as is said: place, reason, category with all below, legal entity. Append-only.

    The debit account takes the value in the kind's own direction (a receipt: stock), a negative total swaps the sides.
    cost_centre: "{site}" stands for the site's code. reason: of a write-off, or the tax rate of sales like 0.2.
    """

    map = models.ForeignKey(AccountMap, on_delete=models.PROTECT, related_name="rules")
    kind = models.CharField(_("kind"), max_length=16, choices=PostingKind)
    place = models.CharField(_("place"), max_length=7, choices=Place, default="", blank=True)
    reason = models.CharField(_("reason"), max_length=32, default="", blank=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT)
    legal_entity = models.ForeignKey(LegalEntity, null=True, blank=True, on_delete=models.PROTECT)
    debit_account = models.CharField(_("debit"), max_length=32)
    credit_account = models.CharField(_("credit"), max_length=32)
    cost_centre = models.CharField(_("cost centre"), max_length=32, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["map", "kind", "place", "reason", "category", "legal_entity"],
                nulls_distinct=False,
                name="finance_accountrule_once",
                violation_error_message=_("There is another rule for the same."),
            ),
        ]
