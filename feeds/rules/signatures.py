"""Standard Webhooks: HMAC-SHA256 over "id.timestamp.body".

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"
MAX_SIGNATURES = 10


def secret_bytes(secret: str) -> bytes:
    """The key behind a secret; one that is not "whsec_" and base64 is taken as it stands."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret[len(PREFIX) :], validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature_of(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """ "v1,<base64>" of one delivery."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def is_signed(header: str, live: Iterable[str], webhook_id: str, timestamp: str, body: bytes) -> bool:
    """Whether one of the header's signatures (separated by spaces) was made with a live secret; constant time each."""
    given = header.split()[:MAX_SIGNATURES]
    found = False
    for secret in live:
        expected = signature_of(secret, webhook_id, timestamp, body).encode()
        for candidate in given:
            found |= hmac.compare_digest(candidate.encode("utf-8", "replace"), expected)
    return found


def sent_at(timestamp: str) -> datetime | None:
    """The instant of a timestamp header (seconds since the epoch), None when it is none."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 11:
        return None
    return datetime.fromtimestamp(int(timestamp), UTC)


def is_timely(at: datetime, now: datetime) -> bool:
    """Within 5 minutes of now, either way."""
    return abs(now - at) <= TOLERANCE
