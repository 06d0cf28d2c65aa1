"""Every write of accounts, by noun."""

from accounts.actions.second_factor import (
    Enrolment,
    begin_enrolment,
    check_code,
    confirm_enrolment,
    make_backup_codes,
    remove_second_factor,
)
from accounts.actions.sessions import record_refusal, record_sign_in, record_sign_out
from accounts.actions.tokens import create_token, note_token_use, revoke_token
from accounts.actions.users import (
    change_password,
    create_user,
    reset_password,
    set_active,
    set_preferences,
    set_role,
)

__all__ = [
    "Enrolment",
    "begin_enrolment",
    "change_password",
    "check_code",
    "confirm_enrolment",
    "create_token",
    "create_user",
    "make_backup_codes",
    "note_token_use",
    "record_refusal",
    "record_sign_in",
    "record_sign_out",
    "remove_second_factor",
    "reset_password",
    "revoke_token",
    "set_active",
    "set_preferences",
    "set_role",
]
