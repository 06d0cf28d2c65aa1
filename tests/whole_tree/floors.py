"""The floors of DESIGN.md, top to bottom; neighbours share a row."""

FLOORS = (
    ("config", "demo"),
    ("reports",),
    ("patrol",),
    ("feeds",),
    ("finance",),
    ("planning",),
    ("pricing", "inventory"),
    ("approvals", "desk"),
    ("alerts",),
    ("sales",),
    ("catalog",),
    ("jobs",),
    ("accounts",),
    ("audit",),
    ("web",),
    ("lib",),
)
HEIGHT = {app: len(FLOORS) - row for row, apps in enumerate(FLOORS) for app in apps}


def is_below(upper: str, lower: str) -> bool:
    """Whether `upper` may know `lower`: itself, or any app on a floor further down."""
    return upper == lower or HEIGHT[upper] > HEIGHT[lower]
