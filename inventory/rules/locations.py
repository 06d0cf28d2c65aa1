"""Where goods can be, and which kind of movement may take them from where to where.

A location is a bigint: a site's id above zero, a virtual location below.
"""

SUPPLIER = -1
CUSTOMER = -2
ADJUSTMENT = -3
TRANSIT = -4
CUSTOMS = -5
SCRAP = -6
PRODUCTION = -7

VIRTUAL_IDS = {
    "supplier": SUPPLIER,
    "customer": CUSTOMER,
    "adjustment": ADJUSTMENT,
    "transit": TRANSIT,
    "customs": CUSTOMS,
    "scrap": SCRAP,
    "production": PRODUCTION,
}
VIRTUAL_CODES = {number: code for code, number in VIRTUAL_IDS.items()}

KINDS = ("receipt", "issue", "sale", "return", "transfer", "adjustment", "scrap")
#: Has its own action, which values what comes out by what went in; not posted like the others.
PRODUCED = "production"
COMMANDS = frozenset({"issue", "transfer", "adjustment", "scrap", PRODUCED})
FACTS = frozenset({"receipt", "sale", "return"})
PRICED_KINDS = frozenset({"sale", "return"})
APPROVED_KINDS = frozenset({"adjustment", "scrap"})

SITE = 0  # any real site, in the route table only

ROUTES: dict[str, frozenset[tuple[int, int]]] = {
    "receipt": frozenset(
        {
            (SUPPLIER, SITE),
            (SUPPLIER, TRANSIT),
            (SUPPLIER, CUSTOMS),
            (TRANSIT, SITE),
            (TRANSIT, CUSTOMS),
            (CUSTOMS, SITE),
            (CUSTOMS, TRANSIT),
        }
    ),
    "issue": frozenset({(SITE, CUSTOMER), (SITE, SUPPLIER), (SITE, CUSTOMS), (CUSTOMS, SUPPLIER)}),
    "sale": frozenset({(SITE, CUSTOMER)}),
    "return": frozenset({(CUSTOMER, SITE)}),
    "transfer": frozenset(
        {
            (SITE, SITE),
            (SITE, TRANSIT),
            (TRANSIT, SITE),
            (SITE, CUSTOMS),
            (CUSTOMS, SITE),
            (TRANSIT, CUSTOMS),
            (CUSTOMS, TRANSIT),
        }
    ),
    "adjustment": frozenset({(SITE, ADJUSTMENT), (ADJUSTMENT, SITE), (TRANSIT, ADJUSTMENT)}),
    "scrap": frozenset({(SITE, SCRAP), (TRANSIT, SCRAP), (CUSTOMS, SCRAP)}),
    PRODUCED: frozenset({(SITE, PRODUCTION), (PRODUCTION, SITE)}),
}


def is_site(location_id: int) -> bool:
    """True for a real site, which alone has balances that must not be negative."""
    return location_id > 0


def has_route(kind: str, from_id: int, to_id: int) -> bool:
    """Whether a movement of `kind` may take goods from `from_id` to `to_id` (which differ)."""
    route = (SITE if from_id > 0 else from_id, SITE if to_id > 0 else to_id)
    return from_id != to_id and route in ROUTES[kind]


def routes_text(kind: str) -> str:
    """The allowed routes of `kind` in words: "site to customer, site to supplier"."""
    words = {SITE: "site", **VIRTUAL_CODES}
    return ", ".join(sorted(f"{words[a]} to {words[b]}" for a, b in ROUTES[kind]))
