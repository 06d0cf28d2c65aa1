"""What every app's edge shares, one noun a file."""

from web.models.idempotency import IdempotencyKey
from web.models.stored_files import Attachment, StoredFile

__all__ = ["Attachment", "IdempotencyKey", "StoredFile"]
