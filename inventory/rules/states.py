"""What may be done with goods on hand, and whose they are. Pure."""

AVAILABLE = "available"
INSPECT = "inspect"
QUARANTINE = "quarantine"
BLOCKED = "blocked"
STATES = (AVAILABLE, INSPECT, QUARANTINE, BLOCKED)

#: The owner of our own goods; any other is a supplier's id.
OWN = 0
