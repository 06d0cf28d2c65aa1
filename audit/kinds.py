"""What happened, in words. A kind that is not here reads as it is written."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, str | Promise] = {
    "token.created": _("Token made"),
    "token.revoked": _("Token revoked"),
    "trail.downloaded": _("Export downloaded"),
    "trail.export_failed": _("Export failed"),
    "trail.export_requested": _("Export asked for"),
    "trail.exported": _("Export made"),
    "trail.read": _("Trail read"),
    "trail.verification_requested": _("Check asked for"),
    "trail.verified": _("Trail checked"),
    "user.activated": _("User switched on"),
    "user.backup_codes_made": _("Backup codes made"),
    "user.created": _("User made"),
    "user.deactivated": _("User switched off"),
    "user.password_changed": _("Password changed"),
    "user.password_reset": _("Password reset"),
    "user.role_changed": _("Role changed"),
    "user.second_factor_added": _("Second factor set up"),
    "user.second_factor_removed": _("Second factor taken off"),
    "user.sign_in_refused": _("Sign-in refused"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
}


def kind_words(kind: str) -> str:
    """ "Role changed" for "user.role_changed"."""
    return str(KINDS.get(kind) or kind.replace("_", " ").replace(".", " ").capitalize())
