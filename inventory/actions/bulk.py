"""Many movements at once; the loader of trusted history stands beside."""

from inventory.actions.loading import Loaded, post_from_temp

__all__ = ["Loaded", "post_from_temp"]
