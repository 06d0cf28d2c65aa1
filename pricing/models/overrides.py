"""Open questions about overrides whose parent's price has moved."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from pricing.models.price_changes import PriceChange
from pricing.models.price_lists import PriceList


class OverrideQuestion(models.Model):
    """A list's own price of a product stands while its parent's price went from parent_from to parent_to.

    moved_amount is what the override would be if it moved in proportion. One open question for each override: a newer
    move of the parent keeps parent_from and renews the rest. answer_change is the draft that an answer made.
    """

    class Answer(models.TextChoices):
        OPEN = "", _("Unanswered")
        KEEP = "keep", _("Kept")
        MOVE = "move", _("Moved with its parent")
        DROP = "drop", _("Dropped: derived again")
        PAST = "past", _("Priced anew meanwhile")

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, verbose_name=_("price list"))
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"))
    min_quantity = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    currency = models.CharField(max_length=3)
    own_amount = models.DecimalField(max_digits=20, decimal_places=6)
    parent_from = models.DecimalField(max_digits=20, decimal_places=6)
    parent_to = models.DecimalField(max_digits=20, decimal_places=6)
    moved_amount = models.DecimalField(max_digits=20, decimal_places=6)
    change = models.ForeignKey(PriceChange, on_delete=models.PROTECT, related_name="override_questions")
    asked_at = models.DateTimeField(db_default=Now())
    answer = models.CharField(max_length=4, choices=Answer.choices, default=Answer.OPEN, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=200, default="", blank=True)
    answer_change = models.ForeignKey(
        PriceChange, null=True, on_delete=models.SET_NULL, related_name="answered_overrides"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "product", "min_quantity"],
                condition=models.Q(answer=""),
                name="pricing_overridequestion_open_once",
            ),
        ]
