"""Classes of differing documents in the reader's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: code → (word, icon)
DOCUMENT_CLASSES: dict[str, tuple[str | Promise, str]] = {
    "missing_here": (_("Missing here"), "inbox-off"),
    "missing_there": (_("Missing on the other side"), "mood-empty"),
    "product": (_("Product on one side only"), "package"),
    "unknown_product": (_("Unknown product"), "help-circle"),
    "quantity": (_("Other quantity"), "scale"),
    "duplicate": (_("Posted twice"), "copy"),
    "unit_or_pack": (_("Carton or piece"), "packages"),
    "date": (_("Other date"), "calendar"),
    "timing": (_("Timing"), "arrows-left-right"),
}


def document_classes() -> list[tuple[str, str]]:
    """(code, word) of each class, as a filter offers them."""
    return [(code, str(word)) for code, (word, _icon) in DOCUMENT_CLASSES.items()]


#: What decided how much of the stock a channel may promise: code → (word, icon)
LIMITS: dict[str, tuple[str | Promise, str]] = {
    "available": (_("all that is available"), "circle-check"),
    "buffer": (_("kept back for this channel"), "lock"),
    "share": (_("its share"), "percentage"),
    "cap": (_("shows at most so much"), "flag"),
    "others": (_("channels served before it"), "users"),
    "minimum": (_("too little to be shown"), "eye-off"),
}
