"""What happened, in words: a kind of its own, else its noun and its participle. What is not here reads as written."""

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from audit.subjects import noun_words

KINDS: dict[str, str | Promise] = {
    "trail.downloaded": _("Export downloaded"),
    "trail.export_failed": _("Export failed"),
    "trail.export_requested": _("Export asked for"),
    "trail.exported": _("Export made"),
    "trail.read": _("Trail read"),
    "trail.verification_requested": _("Check asked for"),
    "trail.verified": _("Trail checked"),
    "user.activated": _("User switched on"),
    "user.backup_codes_made": _("Backup codes made"),
    "user.deactivated": _("User switched off"),
    "user.password_changed": _("Password changed"),
    "user.password_reset": _("Password reset"),
    "user.role_changed": _("Role changed"),
    "user.second_factor_added": _("Second factor set up"),
    "user.second_factor_removed": _("Second factor taken off"),
    "user.sign_in_refused": _("Sign-in refused"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "lot.corrected": _("Lot corrected"),
    "lot.recalled": _("Lot recalled"),
    "recall.release_asked": _("Release of a lot asked for"),
    "recall.kept": _("Lot kept blocked"),
    "recall.released": _("Lot given free"),
    "barcode_rule.added": _("Barcode rule added"),
    "barcode_rule.retired": _("Barcode rule retired"),
    "product.lot_rules_set": _("Rules of lots set"),
    "watch.taken": _("Watch taken over"),
    "incident.told": _("Person told"),
    "incident.informed": _("Management informed"),
    "incident.respond_breached": _("Response deadline missed"),
    "incident.inform_breached": _("Deadline to inform missed"),
}

VERBS: dict[str, str | Promise] = {
    "accepted": pgettext_lazy("event", "accepted"),
    "acknowledged": pgettext_lazy("event", "acknowledged"),
    "added": pgettext_lazy("event", "added"),
    "applied": pgettext_lazy("event", "applied"),
    "approved": pgettext_lazy("event", "approved"),
    "changed": pgettext_lazy("event", "changed"),
    "closed": pgettext_lazy("event", "closed"),
    "created": pgettext_lazy("event", "created"),
    "done": pgettext_lazy("event", "done"),
    "edited": pgettext_lazy("event", "edited"),
    "failed": pgettext_lazy("event", "failed"),
    "finished": pgettext_lazy("event", "finished"),
    "granted": pgettext_lazy("event", "granted"),
    "investigating": pgettext_lazy("event", "under investigation"),
    "lapsed": pgettext_lazy("event", "lapsed"),
    "lines_put": pgettext_lazy("event", "lines put"),
    "lines_removed": pgettext_lazy("event", "lines removed"),
    "loaded": pgettext_lazy("event", "loaded"),
    "noted": pgettext_lazy("event", "noted"),
    "opened": pgettext_lazy("event", "opened"),
    "pending": pgettext_lazy("event", "pending"),
    "posted": pgettext_lazy("event", "posted"),
    "previewed": pgettext_lazy("event", "previewed"),
    "quarantined": pgettext_lazy("event", "put into quarantine"),
    "raised": pgettext_lazy("event", "raised"),
    "received": pgettext_lazy("event", "received"),
    "recorded": pgettext_lazy("event", "recorded"),
    "recount": pgettext_lazy("event", "to be recounted"),
    "refused": pgettext_lazy("event", "refused"),
    "regraded": pgettext_lazy("event", "graded anew"),
    "rejected": pgettext_lazy("event", "rejected"),
    "removed": pgettext_lazy("event", "removed"),
    "renamed": pgettext_lazy("event", "renamed"),
    "requested": pgettext_lazy("event", "requested"),
    "resolved": pgettext_lazy("event", "resolved"),
    "reversed": pgettext_lazy("event", "reversed"),
    "revoked": pgettext_lazy("event", "revoked"),
    "rolled_back": pgettext_lazy("event", "rolled back"),
    "saved": pgettext_lazy("event", "saved"),
    "signed": pgettext_lazy("event", "signed"),
    "step_done": pgettext_lazy("event", "step done"),
    "submitted": pgettext_lazy("event", "submitted"),
    "taken": pgettext_lazy("event", "taken"),
    "upserted": pgettext_lazy("event", "created or updated"),
    "void": pgettext_lazy("event", "void"),
    "voided": pgettext_lazy("event", "void"),
    "withdrawn": pgettext_lazy("event", "withdrawn"),
}


def kind_words(kind: str) -> str:
    """ "Price change submitted" for "price_change.submitted"."""
    if kind in KINDS:
        return str(KINDS[kind])
    noun, _dot, verb = kind.partition(".")
    words = VERBS.get(verb) or verb.replace("_", " ")
    return (gettext("%(noun)s %(verb)s") % {"noun": noun_words(noun), "verb": words}).strip()
