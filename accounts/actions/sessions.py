"""What the trail says of signing in and out."""

from accounts.models import User
from audit.actions import record
from lib.actors import Actor, system


def record_sign_in(*, actor: Actor, second_factor: bool) -> None:
    """Records: user.signed_in. Locks: nothing. Allowed: whoever has just proven who he is."""
    record(
        actor=actor,
        kind="user.signed_in",
        subject=f"user:{actor.id}",
        after={"second_factor": second_factor},
    )


def record_sign_out(*, actor: Actor) -> None:
    """Records: user.signed_out. Locks: nothing. Allowed: everyone."""
    record(actor=actor, kind="user.signed_out", subject=f"user:{actor.id}")


def record_refusal(*, user: User | None, address: str, request_id: str, locked: bool) -> None:
    """Records: user.sign_in_refused, without what was typed. Locks: nothing. Allowed: everyone."""
    actor = system("sign-in")
    record(
        actor=Actor(**{**actor.__dict__, "address": address, "request_id": request_id, "channel": "page"}),
        kind="user.sign_in_refused",
        subject=f"user:{user.pk}" if user else "user:unknown",
        after={"locked": locked},
    )
