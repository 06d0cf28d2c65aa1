"""What our products are called on a platform."""

from django.db import models
from django.db.models.functions import Now


class PlatformListing(models.Model):
    """The ids of one SKU in one shop of a platform; asked of the platform once and kept.

    way: a name of `feeds.senders.WAYS`; account: the shop there. parent_ref, item_ref, stock_ref: what the platform calls
    the product, the variant and the thing it counts (Shopify: Product, ProductVariant, InventoryItem; Taobao: num_iid,
    sku_id, ""). is_missing: the platform did not know the SKU at asked_at.
    """

    way = models.CharField(max_length=20)
    account = models.CharField(max_length=120)
    sku = models.CharField(max_length=64)
    parent_ref = models.CharField(max_length=120, default="", blank=True)
    item_ref = models.CharField(max_length=120, default="", blank=True)
    stock_ref = models.CharField(max_length=120, default="", blank=True)
    is_missing = models.BooleanField(default=False)
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["way", "account", "sku"], name="feeds_platformlisting_once")
        ]

    def __str__(self) -> str:
        return f"{self.way} {self.account} {self.sku}"
