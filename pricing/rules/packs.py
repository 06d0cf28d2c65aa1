"""Packs: a quote may be asked for a multiple of a product's base unit."""

from catalog.rules.packs import pack_factor, pack_name

__all__ = ["pack_factor", "pack_name"]
