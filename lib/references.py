"""Readable references of documents: PC-2026-1197."""


def reference(prefix: str, year: int, number: int) -> str:
    """`prefix`-`year`-`number`, the number padded to four digits."""
    return f"{prefix}-{year}-{number:04d}"
