"""The only source of "now" in the application (DESIGN.md, invariant 11)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC; the injected one inside `frozen`."""
    return _frozen_at.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Let `now()` answer `at` in this thread for the length of the block; for tests.

    Raises ValueError: `at` is naive.
    """
    if at.tzinfo is None:
        raise ValueError("an injected clock needs an aware instant")
    token = _frozen_at.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
