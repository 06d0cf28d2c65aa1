"""Vouchers: what a period's facts come to in double entry, numbered without a gap and never edited."""

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, LegalEntity, Site
from finance.models.accounts import AccountMap, Place, PostingKind


class VoucherSeries(models.Model):
    """The last number given in a year of a legal entity; held while a voucher is made, so that numbers have no gap."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_constraint=False)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "year"], name="finance_voucherseries_once")
        ]


class Voucher(models.Model):
    """The value of stock and the sales of one legal entity in one currency over local days. Append-only.

    days: [from, until). It holds what occurred on those days and became known in [known_from, known_until): the first
    (supplement 0) from ever on, each supplementary one from where the last ended. value: what stock moved by, at six
    decimals; rounded: the same as booked; remainder: value less rounded, carried over all vouchers of the entity.
    opening, closing: what sites and transit held before and after those days, as known at known_until.
    unpriced: sale lines whose price nobody told, which no amount holds.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT)
    currency = models.CharField(_("currency"), max_length=3)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    days = DateRangeField(_("days"))
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="supplements")
    supplement = models.PositiveSmallIntegerField(default=0)
    known_from = models.DateTimeField(null=True)
    known_until = models.DateTimeField(_("known until"))
    map = models.ForeignKey(AccountMap, on_delete=models.PROTECT)
    entries = models.BigIntegerField(_("ledger entries"))
    sale_lines = models.BigIntegerField(_("sale lines"))
    unpriced = models.BigIntegerField(default=0)
    value = models.DecimalField(_("value of stock"), max_digits=38, decimal_places=6)
    rounded = models.DecimalField(max_digits=38, decimal_places=6)
    remainder = models.DecimalField(max_digits=38, decimal_places=6)
    sales_gross = models.DecimalField(_("sales with tax"), max_digits=38, decimal_places=6)
    sales_tax = models.DecimalField(_("tax"), max_digits=38, decimal_places=6)
    debits = models.DecimalField(max_digits=38, decimal_places=6)
    credits = models.DecimalField(max_digits=38, decimal_places=6)
    opening = models.DecimalField(max_digits=38, decimal_places=6)
    closing = models.DecimalField(max_digits=38, decimal_places=6)
    made_by_id = models.BigIntegerField(null=True)
    made_by_name = models.CharField(max_length=200, default="")
    made_at = models.DateTimeField()
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "year", "number"], name="finance_voucher_number_once"
            ),
            models.UniqueConstraint(fields=["base", "supplement"], name="finance_voucher_supplement_once"),
            models.CheckConstraint(
                condition=models.Q(debits=models.F("credits")), name="finance_voucher_balances"
            ),
            models.CheckConstraint(
                condition=models.Q(base__isnull=True, supplement=0)
                | models.Q(base__isnull=False, supplement__gt=0),
                name="finance_voucher_first_or_supplement",
            ),
            ExclusionConstraint(
                name="finance_voucher_days_once",
                expressions=[
                    ("legal_entity", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    ("days", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(base__isnull=True),
                violation_error_message=_("Another voucher holds some of these days."),
            ),
        ]
        indexes = [models.Index(fields=["legal_entity", "currency", "-id"], name="finance_voucher_newest")]

    @property
    def first_day(self) -> date:
        day: date = self.days.lower
        return day

    @property
    def last_day(self) -> date:
        day: date = self.days.upper - timedelta(days=1)
        return day

    @property
    def facts(self) -> int:
        """Ledger entries and sale lines it is made of."""
        return self.entries + self.sale_lines

    def __str__(self) -> str:
        return f"V-{self.legal_entity.code}-{self.year}-{self.number:05d}"


class VoucherLine(models.Model):
    """One side of a booking. One of debit and credit is zero, both where a value came to nothing. Append-only.

    is_stock: the side on which stock lies; exact: its value with sign at six decimals, before rounding (zero on other
    sides). count: ledger entries or sale lines that the booking is made of, on the first of its two lines only.
    """

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    account = models.CharField(_("account"), max_length=32)
    cost_centre = models.CharField(_("cost centre"), max_length=32, default="")
    kind = models.CharField(_("kind"), max_length=16, choices=PostingKind)
    place = models.CharField(_("place"), max_length=7, choices=Place)
    reason = models.CharField(_("reason"), max_length=32, default="")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    category = models.ForeignKey(
        Category, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    debit = models.DecimalField(_("debit"), max_digits=24, decimal_places=6)
    credit = models.DecimalField(_("credit"), max_digits=24, decimal_places=6)
    is_stock = models.BooleanField(default=False)
    exact = models.DecimalField(max_digits=38, decimal_places=6)
    quantity = models.DecimalField(_("quantity"), max_digits=24, decimal_places=6)
    count = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["voucher", "number"], name="finance_voucherline_once"),
        ]
        indexes = [models.Index(fields=["account"], name="finance_voucherline_account")]
