"""A small warehouse system and a small shop, as other people's programs: they know the contract and nothing else.

Nothing here imports Django or a module of this project outside this folder; docs/connectors.md tells how to write one.
"""
