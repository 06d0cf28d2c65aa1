"""Write-offs: what is given up or used up, why, and with which evidence."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site
from inventory.models.balances import StockState
from lib.references import reference as numbered


class WriteOffReason(models.Model):
    """Why goods are written off, as data: what it needs as evidence, where the goods go, which account finance takes.

    posts_as: scrap (thrown away) or adjustment (gone or used up). account_hint: free words of finance, carried along.
    name, name_zh: in both languages. position: order in lists. Never deleted, only taken out of use.
    """

    class PostsAs(models.TextChoices):
        SCRAP = "scrap", _("Scrap")
        ADJUSTMENT = "adjustment", _("Adjustment")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, default="", blank=True)
    posts_as = models.CharField(max_length=10, choices=PostsAs.choices)
    account_hint = models.CharField(_("account"), max_length=64, default="", blank=True)
    needs_photo = models.BooleanField(_("needs a photo"), default=False)
    needs_comment = models.BooleanField(_("needs a comment"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(posts_as__in=["scrap", "adjustment"]),
                name="inventory_writeoffreason_posts_as",
            ),
        ]

    def __str__(self) -> str:
        is_chinese = (get_language() or "").startswith("zh")
        return self.name_zh if is_chinese and self.name_zh else self.name


class WriteOff(models.Model):
    """A document that takes goods of one site out of the books for one reason.

    draft → pending → posted, or rejected, cancelled; reversed once its movement was taken back.
    found_at: when it happened or was found, the time it is posted for; None in a draft: the moment it is submitted.
    content_hash: of what was submitted, evidence
    included; an approval is bound to it. movement_id: what was posted.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state", "Draft")
        PENDING = "pending", pgettext_lazy("state", "Pending")
        POSTED = "posted", _("Posted")
        REJECTED = "rejected", pgettext_lazy("state", "Rejected")
        CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")
        REVERSED = "reversed", pgettext_lazy("state", "Reversed")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    reason = models.ForeignKey(WriteOffReason, on_delete=models.PROTECT)
    comment = models.CharField(_("comment"), max_length=500, default="", blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    found_at = models.DateTimeField(_("found at"), null=True)
    content_hash = models.CharField(max_length=64, default="")
    policy = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=500, default="")
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    movement_id = models.BigIntegerField(null=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "pending", "posted", "rejected", "cancelled", "reversed"]
                ),
                name="inventory_writeoff_state",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["posted", "reversed"], movement_id__isnull=False)
                | (~models.Q(state__in=["posted", "reversed"]) & models.Q(movement_id__isnull=True)),
                name="inventory_writeoff_posted_once",
                violation_error_message=_("What is posted has its movement, and nothing else has."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["site"],
                condition=models.Q(state__in=["draft", "pending"]),
                name="inventory_writeoff_open",
            ),
        ]

    def __str__(self) -> str:
        return numbered("WO", self.created_at.year, self.pk)


class WriteOffLine(models.Model):
    """A product, lot and state, and how much of it. value: what left the books, once posted."""

    write_off = models.ForeignKey(WriteOff, on_delete=models.CASCADE, related_name="lines")
    number = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    lot = models.CharField(_("lot"), max_length=64, default="")
    state = models.CharField(
        _("state"), max_length=10, choices=StockState.choices, default=StockState.AVAILABLE
    )
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    value = models.DecimalField(_("value"), max_digits=38, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["write_off", "product", "lot", "state"], name="inventory_writeoffline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="inventory_writeoffline_above_zero"
            ),
        ]
