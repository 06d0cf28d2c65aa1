"""Proof of one event: from its content along the tree to the signed, chained seal."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from audit import anchors, keys, rules
from audit.leaves import LEAF_SQL
from audit.models import Seal, SealKey
from lib import clock

SEAL_EVERY_S = 10
LATE_AFTER_S = 60


@dataclass(frozen=True)
class EventProof:
    """What came of checking one event.

    state: "proven", "waiting" (not sealed yet) or "broken"; fault says where it broke. steps leads from the leaf to
    the root; took_ms is the time of the check.
    """

    state: str
    event_id: int
    checked_at: datetime
    fault: str = ""
    seal: int | None = None
    index: int = 0
    count: int = 0
    leaf: str = ""
    root: str = ""
    seal_hash: str = ""
    signed: bool = False
    anchored: bool = False
    steps: list[rules.Step] = field(default_factory=list)
    took_ms: int = 0


def proof_of(event_id: int) -> EventProof | None:
    """Check one event against its seal, the seal against its signature, its predecessor and its anchor.

    None when there is no such event. At most five queries; reads the whole batch of its seal (up to 20,000 leaves).
    """
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {LEAF_SQL}, l.seal_id, l.leaf_index, l.leaf_hash FROM audit_event e"
            " LEFT JOIN audit_sealleaf l ON l.event_id = e.id WHERE e.id = %s",
            [event_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    leaf, seal_number, index, kept = row
    if seal_number is None:
        return EventProof("waiting", event_id, clock.now())
    proof = _against_seal(event_id, bytes(leaf), seal_number, index, bytes(kept))
    return EventProof(**{**proof.__dict__, "took_ms": round((time.perf_counter() - began) * 1000)})


def _against_seal(event_id: int, leaf: bytes, number: int, index: int, kept: bytes) -> EventProof:
    seal = Seal.objects.filter(pk=number).first()
    if seal is None:
        return EventProof(
            "broken",
            event_id,
            clock.now(),
            _("seal %(seal)s is gone") % {"seal": number},
            number,
            leaf=leaf.hex(),
        )
    leaves = _leaves_of(number)
    steps = rules.inclusion_path(leaves, index) if index < len(leaves) else []
    fault = _fault_of(seal, leaves, leaf, kept, rules.root_of_path(leaf, steps))
    return EventProof(
        "broken" if fault else "proven",
        event_id,
        clock.now(),
        fault,
        number,
        index,
        seal.count,
        leaf.hex(),
        bytes(seal.root).hex(),
        bytes(seal.hash).hex(),
        signed=_is_signed(seal),
        anchored=bytes(seal.hash).hex() in anchors.read().get(number, set()),
        steps=steps,
    )


def _fault_of(seal: Seal, leaves: list[bytes], leaf: bytes, kept: bytes, root: bytes) -> str:
    if leaf != kept:
        return _("the event is not what was sealed")
    if root != bytes(seal.root) or len(leaves) != seal.count:
        return _("the leaves of seal %(seal)s do not lead to its root") % {"seal": seal.number}
    if rules.seal_hash(head_of(seal)) != bytes(seal.hash):
        return _("seal %(seal)s is not what was hashed") % {"seal": seal.number}
    if not _is_signed(seal):
        return _("seal %(seal)s is not signed by its key") % {"seal": seal.number}
    before = Seal.objects.filter(pk=seal.number - 1).first()
    if bytes(seal.previous_hash) != (bytes(before.hash) if before else rules.GENESIS):
        return _("seal %(seal)s does not follow the one before it") % {"seal": seal.number}
    return ""


def head_of(seal: Seal) -> rules.SealHead:
    """The part of a seal that its hash is over."""
    return rules.SealHead(
        seal.number,
        seal.sealed_at.isoformat(timespec="microseconds"),
        seal.count,
        bytes(seal.root),
        bytes(seal.previous_hash),
    )


def _is_signed(seal: Seal) -> bool:
    key = SealKey.objects.filter(pk=seal.key_id).first()
    return key is not None and keys.is_signed(bytes(key.public_key), bytes(seal.signature), bytes(seal.hash))


def _leaves_of(number: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(leaf_hash, ''::bytea ORDER BY leaf_index) FROM audit_sealleaf WHERE seal_id = %s",
            [number],
        )
        joined = bytes(cursor.fetchone()[0] or b"")
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


@dataclass(frozen=True)
class SealStatus:
    """How far sealing has come. age_s: since the last seal; waiting_s: age of the oldest event not sealed, 0 for none."""

    number: int
    sealed_at: datetime | None
    age_s: float | None
    waiting: int
    waiting_s: float

    @property
    def is_late(self) -> bool:
        return self.waiting_s > LATE_AFTER_S

    @property
    def ago_words(self) -> str:
        """ "9 s", "12 min", "3 h" since the last seal."""
        age_s = int(self.age_s or 0)
        if age_s < 60:
            return _("%(seconds)d s") % {"seconds": age_s}
        if age_s < 3600:
            return _("%(minutes)d min") % {"minutes": age_s // 60}
        return _("%(hours)d h") % {"hours": age_s // 3600}


def seal_status() -> SealStatus:
    """The last seal, and what waits for the next. Two queries, over the events since the last horizon only."""
    now = clock.now()
    last = Seal.objects.order_by("-number").only("number", "sealed_at", "horizon").first()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(e.recorded_at) FROM audit_event e WHERE e.xid >= %s::text::xid8"
            " AND NOT EXISTS (SELECT 1 FROM audit_sealleaf l WHERE l.event_id = e.id)",
            [str(last.horizon if last else 0)],
        )
        waiting, oldest = cursor.fetchone()
    return SealStatus(
        number=last.number if last else 0,
        sealed_at=last.sealed_at if last else None,
        age_s=(now - last.sealed_at).total_seconds() if last else None,
        waiting=waiting,
        waiting_s=max((now - oldest).total_seconds(), 0.0) if oldest else 0.0,
    )
