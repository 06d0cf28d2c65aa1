"""A second factor by time-based codes (RFC 6238), with backup codes for a lost phone."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_otp import devices_for_user
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse

BACKUP_CODES = 10


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: the otpauth address (for a QR code) and the secret to type by hand."""

    address: str
    secret: str


def begin_enrolment(*, actor: Actor) -> Enrolment:
    """A new secret, not asked for before `confirm_enrolment`; an unfinished earlier one is thrown away.

    Raises Faults 409 `already_enrolled`. Locks: the user. Records: nothing yet. Allowed: everyone for himself.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.id or 0)
        if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
            raise refuse("already_enrolled", _("A second factor is set up already."), status=409)
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        device = TOTPDevice.objects.create(user=user, name="totp", confirmed=False)
    return Enrolment(device.config_url, base64.b32encode(device.bin_key).decode())


def confirm_enrolment(*, actor: Actor, code: str) -> list[str]:
    """Switch the second factor on with a first right code; returns backup codes, shown once.

    Raises Faults 422 `wrong_code`, 409 `not_begun`.
    Locks: the user. Records: user.second_factor_added. Allowed: everyone for himself.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.id or 0)
        device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
        if device is None:
            raise refuse("not_begun", _("Begin again: there is no second factor to confirm."), status=409)
        if not device.verify_token(code.strip().replace(" ", "")):
            raise refuse("wrong_code", _("This code is wrong or too old."), pointer="/code")
        device.confirmed = True
        device.save()
        codes = _new_codes(user)
        record(actor=actor, kind="user.second_factor_added", subject=f"user:{user.pk}")
    return codes


def make_backup_codes(*, actor: Actor) -> list[str]:
    """Ten new backup codes, each good once; the old ones end.

    Raises Faults 409 `not_enrolled`. Locks: the user. Records: user.backup_codes_made. Allowed: everyone for himself.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.id or 0)
        if not TOTPDevice.objects.filter(user=user, confirmed=True).exists():
            raise refuse("not_enrolled", _("There is no second factor yet."), status=409)
        codes = _new_codes(user)
        record(actor=actor, kind="user.backup_codes_made", subject=f"user:{user.pk}")
    return codes


def remove_second_factor(*, actor: Actor, user_id: int, password: str = "", reason: str = "") -> None:
    """Take a second factor off: one's own with the password, another's as an administrator (a lost phone).

    Raises Faults 422 `wrong_password`, 403, 404.
    Locks: the user. Records: user.second_factor_removed. Allowed: the user himself, users.manage.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            raise refuse("unknown_user", _("There is no such user."), status=404)
        if actor.id == user_id:
            if not user.check_password(password):
                raise refuse("wrong_password", _("The present password is another one."), pointer="/password")
        elif not actor.may("users.manage"):
            raise refuse("not_allowed", _("Your role does not include managing users."), status=403)
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        record(actor=actor, kind="user.second_factor_removed", subject=f"user:{user_id}", reason=reason)


def check_code(*, user: User, code: str) -> Any | None:
    """The device whose code `code` is (a backup code is used up), or None.

    Devices throttle wrong guesses themselves. Locks: the devices. Records: nothing, sign-in records.
    Allowed: whoever has given the password.
    """
    code = code.strip().replace(" ", "").lower()
    with transaction.atomic():
        for device in devices_for_user(user, for_verify=True):
            allowed, _data = device.verify_is_allowed()
            if allowed and device.verify_token(code):
                return device
    return None


def _new_codes(user: User) -> list[str]:
    device, _made = StaticDevice.objects.get_or_create(user=user, name="backup")
    device.token_set.all().delete()
    codes = [secrets.token_hex(4) for _ in range(BACKUP_CODES)]
    device.token_set.bulk_create([device.token_set.model(device=device, token=code) for code in codes])
    return codes
