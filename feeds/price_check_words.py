"""Classes of differing prices in the reader's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: code → (word, icon, tone)
PRICE_CLASSES: dict[str, tuple[str | Promise, str, str]] = {
    "price": (_("Other price"), "scale", "red"),
    "currency": (_("Other currency"), "coin", "red"),
    "tax": (_("With or without tax"), "receipt", "amber"),
    "rounding": (_("Rounded"), "adjustments", "amber"),
    "missing_there": (_("Not in the shop"), "mood-empty", "amber"),
    "missing_here": (_("No price here"), "inbox-off", "red"),
    "unknown_product": (_("Unknown product"), "help-circle", "amber"),
    "timing": (_("Timing"), "arrows-left-right", "grey"),
}
