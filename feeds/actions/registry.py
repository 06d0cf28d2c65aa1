"""Every kind of feed."""

from feeds.actions.kinds import MASTER_DATA, Kind

KINDS: dict[str, Kind] = {**MASTER_DATA}
