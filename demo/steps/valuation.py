"""Charges spread over receipts, stock revalued, one category in layers and standards of another: one of each state."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from django.db.models import Count

from accounts.models import User
from catalog.models import Category, Product
from inventory.actions.costing_methods import Standard, change_costing_method, set_standard_costs
from inventory.actions.landed_costs import Charge, LandedDraft, LandedOn, request_landed_cost
from inventory.actions.revaluations import RevaluationDraft, Wish, request_revaluation
from inventory.models import Balance, Movement
from lib.faults import Faults

#: receipt, reference, basis, charges: what came with goods from abroad
CHARGES = (
    ("GR-LATE-WH-EU", "FR-ROTTERDAM-118", "amount", (("freight", "260", "EUR"), ("duty", "145.50", "EUR"))),
    ("GR-LATE-WH-UK", "FR-FELIXSTOWE-71", "quantity", (("handling", "18.40", "GBP"),)),
    ("GR-WEB-CN-13", "FR-SHANGHAI-09", "amount", (("freight", "18200", "CNY"), ("insurance", "640", "CNY"))),
)
SMALLEST = 15


def load_valuation(users: dict[str, User]) -> int:
    """Ask for what the purchaser, the stock manager and finance of the demo would; returns how many documents."""
    made = 0
    buyer = users["purchaser"].as_actor(channel="command")
    for receipt, reference, basis, charges in CHARGES:
        found = Movement.objects.filter(reference=receipt, kind="receipt", state="posted").first()
        if found is not None:
            asked = tuple(Charge(kind, Decimal(amount), currency) for kind, amount, currency in charges)
            draft = LandedDraft(
                reference, "simulated: charges of the forwarder", basis, asked, (LandedOn(found.pk),)
            )
            made += _try(partial(request_landed_cost, actor=buyer, draft=draft))
    return made + _revalue(users) + _methods(users)


def _revalue(users: dict[str, User]) -> int:
    """A little that is posted at once, and much that waits for finance."""
    manager = users["manager.stock"].as_actor(channel="command")
    rows = Balance.objects.filter(
        site__code="WH-UK", lot="", state="available", owner_id=0, pair_on_hand__gt=40, pair_value__gt=60
    ).order_by("product__sku")
    skus = list(rows.values_list("product__sku", "pair_value", "pair_on_hand")[:9])
    few = tuple(
        Wish("WH-UK", sku, amount=-(value / 10).quantize(Decimal("0.01"))) for sku, value, _ in skus[:3]
    )
    dear = rows.order_by("-pair_value").values_list("product__sku", "pair_value", "pair_on_hand")[:4]
    many = tuple(
        Wish("WH-UK", sku, unit_cost=(value / quantity * Decimal("0.6")).quantize(Decimal("0.01")))
        for sku, value, quantity in dear
    )
    drafts = (
        RevaluationDraft("RV-SEASON-3", "simulated: last season's pattern", few),
        RevaluationDraft("RV-YEAR-END-1", "simulated: market price fell below cost", many),
    )
    return sum(_try(partial(request_revaluation, actor=manager, draft=draft)) for draft in drafts)


def _methods(users: dict[str, User]) -> int:
    """The smallest categories: one lies in layers from now on, the next has standards in pounds."""
    finance = users["finance"].as_actor(channel="command")
    small = (
        Category.objects.annotate(size=Count("products"))
        .filter(size__gte=SMALLEST)
        .order_by("size", "path")[:2]
    )
    if len(small) < 2:
        return 0
    layered, standard = small[0], small[1]
    change_costing_method(
        actor=finance,
        category=layered.path,
        method="fifo",
        reason="simulated: prices move a lot",
        revalue=True,
    )
    products = (
        Product.objects.filter(category=standard, unit_costs__currency="GBP").distinct().order_by("sku")
    )
    costs = {
        one.sku: cost.amount
        for one in products.prefetch_related("unit_costs")[:30]
        if (cost := one.unit_costs.order_by("valid_from").last()) is not None
    }
    if costs:
        rows = [Standard(sku, "GBP", amount) for sku, amount in costs.items()]
        set_standard_costs(actor=finance, rows=rows, reason="simulated: plan of the year")
    change_costing_method(
        actor=finance,
        category=standard.path,
        method="standard",
        reason="simulated: plan of the year",
        revalue=True,
    )
    return 2


def _try(work: Callable[[], object]) -> int:
    try:
        work()
    except Faults:
        return 0
    return 1
