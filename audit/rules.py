"""The arithmetic of proof: canonical text, Merkle trees by RFC 6962, the chain of seals."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

GENESIS = bytes(32)
MAX_SEAL_EVENTS = 20_000

_LEAF, _NODE = b"\x00", b"\x01"


def name_hash(salt: bytes, name: str) -> bytes:
    """What stands for an actor's name in a sealed event: SHA-256(salt ‖ name in UTF-8), 32 bytes."""
    return hashlib.sha256(salt + name.encode()).digest()


def canonical_text(value: Any) -> str:
    """`value` as PostgreSQL writes a jsonb: keys by length and then by byte, ", " and ": " between, UTF-8 unescaped.

    Decimals keep their scale. It is the twin of the SQL that makes leaves, for whoever checks an export by hand.
    """
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_text(key)}: {canonical_text(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(canonical_text(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def leaf_hash(content: bytes) -> bytes:
    """RFC 6962 §2.1: SHA-256(0x00 ‖ content)."""
    return hashlib.sha256(_LEAF + content).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in their order; of no leaf at all SHA-256 of nothing. Source: RFC 6962 §2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    sha256 = hashlib.sha256
    while len(level) > 1:
        paired = [sha256(_NODE + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


@dataclass(frozen=True)
class Step:
    """One step of a path from leaf to root: the neighbour's hash and on which side it stands."""

    side: str
    sibling: bytes


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[Step]:
    """The neighbours that lead from the leaf at `index` to the root, from the leaf upwards. Source: RFC 6962 §2.1.1.

    Raises IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    steps: list[Step] = []
    level = list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            steps.append(Step("left" if neighbour < index else "right", level[neighbour]))
        paired = [
            hashlib.sha256(_NODE + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level, index = paired, index // 2
    return steps


def root_of_path(leaf: bytes, steps: Iterable[Step]) -> bytes:
    """The root that `leaf` leads to along `steps`."""
    node = leaf
    for step in steps:
        pair = step.sibling + node if step.side == "left" else node + step.sibling
        node = hashlib.sha256(_NODE + pair).digest()
    return node


@dataclass(frozen=True)
class SealHead:
    """What a seal's hash is over. sealed_at is ISO 8601 in UTC with six fraction digits."""

    number: int
    sealed_at: str
    count: int
    root: bytes
    previous_hash: bytes


def seal_hash(head: SealHead) -> bytes:
    """SHA-256 over the canonical text of the seal's head, 32 bytes."""
    content = {
        "number": head.number,
        "sealed_at": head.sealed_at,
        "count": head.count,
        "root": head.root.hex(),
        "previous_hash": head.previous_hash.hex(),
    }
    return hashlib.sha256(canonical_text(content).encode()).digest()


def key_id(public_key: bytes) -> str:
    """The name of a signing key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


#: What an event's leaf is made of, in this order; the name behind actor_hash is not among it.
SEALED_COLUMNS = (
    "id",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "actor_hash",
    "on_behalf_of_id",
    "channel",
    "address",
    "request_id",
    "job_slot",
    "kind",
    "subject",
    "reason",
    "policy",
    "before",
    "after",
    "site_ids",
    "digests",
)


def leaf_content(event: dict[str, Any]) -> bytes:
    """The bytes that an event's leaf is the hash of: a JSON array of its sealed columns.

    event: recorded_at aware, actor_hash 32 bytes, before/after/digests as JSON values, site_ids a list of numbers.
    """
    parts = []
    for name in SEALED_COLUMNS:
        value = event[name]
        if name == "recorded_at":
            value = instant_text(value)
        elif name == "actor_hash":
            value = bytes(value).hex()
        if name == "site_ids":
            parts.append("[" + ",".join(str(site) for site in value) + "]")
        else:
            parts.append(canonical_text(value))
    return ("[" + ", ".join(parts) + "]").encode()


def instant_text(at: datetime) -> str:
    """An instant as PostgreSQL writes it in JSON: UTC, the fraction without trailing zeros."""
    utc = at.astimezone(UTC)
    fraction = f".{utc.microsecond:06d}".rstrip("0").rstrip(".")
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "+00:00"
