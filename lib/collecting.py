"""Python's search for cycles, put off while a large batch is built."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Where a million objects live at once and none is in a cycle, the search goes through all of them again and again;
    what is no longer used is freed all the same."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
