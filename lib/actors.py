"""Who does something: a person, a policy, a job or the system itself."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["user", "policy", "job", "system"]
Channel = Literal["page", "api", "job", "command", "system"]


@dataclass(frozen=True)
class Actor:
    """The one who acts, as every action takes it and the trail records it.

    id is the user's id for a person and None otherwise; on_behalf_of_id the person represented.
    `job_slot` names the slot a job run works for.
    """

    kind: Kind
    id: int | None
    name: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    on_behalf_of_id: int | None = None
    address: str = ""
    request_id: str = ""
    channel: Channel = "system"
    job_slot: str = ""

    def may(self, permission: str) -> bool:
        """True if this actor holds `permission`; jobs and the system hold all."""
        return self.kind in ("job", "system") or permission in self.permissions


def system(name: str) -> Actor:
    """A command or set-up step."""
    return Actor(kind="system", id=None, name=name, channel="command")


def job(name: str, slot: datetime | None = None) -> Actor:
    """A background loop or a slot of a job."""
    return Actor(kind="job", id=None, name=name, channel="job", job_slot=slot.isoformat() if slot else "")


def policy(name: str) -> Actor:
    """A policy that decides by itself, e.g. "price-routine v3"."""
    return Actor(kind="policy", id=None, name=name, channel="system")
