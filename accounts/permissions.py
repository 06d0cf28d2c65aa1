"""The one permission table: role → what it may do. Codes are "<noun>.<verb>"."""

ALL = frozenset(
    """
    today.view search.use
    products.view products.edit sites.edit costs.view costs.edit rates.edit rates.approve taxes.edit
    prices.view prices.edit price_changes.submit price_changes.approve price_changes.roll_back guardrails.manage
    price_lists.edit price_templates.manage emergency_prices.start promotions.stop quotes.ask
    compliance.sign labels.print labels.confirm
    stock.view stock.post stock.reverse adjustments.approve snapshots.post reconciliations.view
    reconciliations.decide safety_stock.edit periods.close
    lots.edit lots.recall lots.release
    write_offs.request write_off_reasons.manage supplier_returns.request supplier_returns.ship supplier_returns.credit
    returns.grade stock.set_aside stock.release
    counts.count counts.manage counts.review counts.settle counts.sign_stock counts.sign_finance
    transfers.request transfers.approve transfers.ship transfers.receive transfers.release transfer_templates.manage bills.edit
    valuations.post valuations.approve
    customs.declare customs.clear import_limits.manage
    approvals.view approvals.decide policies.view policies.manage
    watch.view incidents.work rounds.sign alerts.handle
    verifications.view verifications.recheck verifications.work verifications.sign verifications.manage
    feeds.view feeds.push feeds.manage quarantine.work deliveries.release channel_stock.manage
    finance.view vouchers.make account_maps.manage disputes.work disputes.approve
    audit.view audit.export
    users.view users.manage jobs.view jobs.run
    """.split()  # noqa: SIM905  (a table reads best as words)
)

_EVERYONE = frozenset(
    {"today.view", "search.use", "products.view", "prices.view", "quotes.ask", "stock.view"}
)

ROLES: dict[str, frozenset[str]] = {
    "price_clerk": _EVERYONE
    | {
        "verifications.view",
        "costs.view", "prices.edit", "price_changes.submit", "approvals.view", "policies.view", "watch.view",
        "labels.print", "labels.confirm",
    },
    "price_manager": _EVERYONE
    | {
        "verifications.view",
        "costs.view", "prices.edit", "price_changes.submit", "price_changes.approve", "price_changes.roll_back",
        "feeds.view", "quarantine.work", "deliveries.release",
        "price_lists.edit", "price_templates.manage", "emergency_prices.start", "promotions.stop",
        "guardrails.manage", "compliance.sign", "labels.print", "labels.confirm", "approvals.view",
        "approvals.decide", "policies.view", "policies.manage", "rates.approve", "watch.view", "audit.view",
    },
    "stock_clerk": _EVERYONE
    | {
        "verifications.view", "verifications.recheck", "verifications.work",
        "write_offs.request", "supplier_returns.request", "supplier_returns.ship", "returns.grade", "stock.set_aside",
        "transfers.request", "transfers.ship", "transfers.receive",
        "customs.declare", "customs.clear",
        "counts.count", "counts.review", "counts.settle", "stock.post", "stock.reverse", "snapshots.post", "reconciliations.view", "reconciliations.decide",
        "approvals.view", "watch.view", "labels.print", "labels.confirm",
    },
    "stock_manager": _EVERYONE
    | {
        "verifications.view", "verifications.recheck", "verifications.work", "verifications.sign", "verifications.manage",
        "feeds.view", "quarantine.work", "deliveries.release",
        "valuations.post", "customs.declare", "customs.clear", "import_limits.manage",
        "write_offs.request", "write_off_reasons.manage", "supplier_returns.request", "supplier_returns.ship", "supplier_returns.credit", "returns.grade", "stock.set_aside", "stock.release",
        "transfers.request", "transfers.approve", "transfers.ship", "transfers.receive", "transfer_templates.manage",
        "counts.count", "counts.manage", "counts.review", "counts.settle", "counts.sign_stock",
        "costs.view", "stock.post", "stock.reverse", "snapshots.post", "reconciliations.view",
        "lots.edit", "lots.recall", "lots.release",
        "reconciliations.decide", "adjustments.approve", "safety_stock.edit", "bills.edit", "approvals.view", "approvals.decide",
        "policies.view", "watch.view", "audit.view", "channel_stock.manage",
    },
    "duty": _EVERYONE
    | {
        "verifications.view", "verifications.recheck", "verifications.work", "verifications.sign",
        "transfers.release", "lots.recall",
        "approvals.view", "watch.view", "incidents.work", "rounds.sign", "alerts.handle", "feeds.view",
        "reconciliations.view", "jobs.view", "audit.view", "emergency_prices.start",
        "promotions.stop",
    },
    "purchaser": _EVERYONE | {"feeds.view", "quarantine.work", "valuations.post", "customs.declare", "import_limits.manage", "supplier_returns.request", "supplier_returns.credit", "transfers.request", "costs.view", "approvals.view", "safety_stock.edit"},
    "sales": _EVERYONE | {"approvals.view"},
    "finance": _EVERYONE
    | {
        "verifications.view", "verifications.work",
        "supplier_returns.credit", "write_off_reasons.manage",
        "valuations.post", "valuations.approve",
        "costs.view", "costs.edit", "rates.edit", "rates.approve", "taxes.edit", "approvals.view", "approvals.decide",
        "audit.view", "audit.export",
        "reconciliations.view", "policies.view", "watch.view", "periods.close", "compliance.sign",
        "counts.review", "counts.sign_finance",
        "finance.view", "vouchers.make", "account_maps.manage", "disputes.work", "disputes.approve", "quarantine.work", "deliveries.release", "feeds.view", "feeds.push",
    },
    "site_staff": _EVERYONE | {"verifications.view", "verifications.recheck", "counts.count", "write_offs.request", "returns.grade", "stock.set_aside", "transfers.request", "transfers.receive", "snapshots.post", "labels.print", "labels.confirm"},
    "admin": ALL,
}  # fmt: skip


def permissions_of(role: str) -> frozenset[str]:
    """What `role` may do; nothing for an unknown role."""
    return ROLES.get(role, frozenset())
