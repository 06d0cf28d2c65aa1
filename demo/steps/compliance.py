"""What shops of the demo have to sign: a promotion that waits for the second pair of eyes on its advertisement."""

from typing import Any

from accounts.models import User
from accounts.queries import user_by_name
from approvals.actions import decide
from approvals.queries import request_of
from catalog.models import ControlProfile, Site
from demo.steps.present import NOTE
from demo.steps.prices import BASE, PROMOTION
from lib.actors import system
from lib.money import round_money
from pricing.actions.compliance_versions import KIND, save_item, settle_items
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change
from pricing.models import Price

ITEMS: tuple[dict[str, Any], ...] = (
    {
        "code": "uk-promotion-copy",
        "title": "Window, shelf and web copy of the promotion were read against its prices and dates",
        "title_zh": "已核对促销的橱窗、货架和网页文案与价格及日期一致",
        "countries": ["GB"],
        "source": "CAP Code, rules 3.17–3.22 (prices) and 8.17 (promotion terms)",
    },
    {
        "code": "uk-promotion-stock",
        "title": "Enough stock for the expected demand, or the limit is stated",
        "title_zh": "库存足以满足预期需求，或已说明限量",
        "countries": ["GB"],
        "source": "CAP Code, rules 8.9–8.11 (availability)",
        "is_mandatory": False,
    },
)
PROFILE = "uk-retail"


def load_compliance(people: dict[str, User]) -> None:
    """A control profile for the shops in the United Kingdom, its items, and a promotion in draft that they concern."""
    manager, clerk = (people[name].as_actor(channel="command") for name in ("manager.price", "clerk.price"))
    second = user_by_name("admin")
    profile, _made = ControlProfile.objects.get_or_create(code=PROFILE, defaults={"name": "UK retail"})
    Site.objects.filter(country="GB", control_profile__isnull=True).update(control_profile=profile)
    shared = {
        "profile": PROFILE,
        "reason_codes": ["promotion"],
        "only_promotions": True,
        "is_mandatory": True,
        "checked_by": "person",
        "signer": "compliance.sign",
        "source_on": "2025-04-06",
        "reason": NOTE,
    }
    for item in ITEMS:
        made = save_item(actor=manager, row={**shared, **item})
        request = request_of(KIND, f"{KIND}:{made.pk}")
        if request is not None and second is not None:
            decide(
                actor=second.as_actor(channel="command"), request_id=request.pk, approve=True, comment=NOTE
            )
    settle_items(actor=system("load_demo"))
    if second is not None:
        stricter = {**shared, **ITEMS[1], "is_mandatory": True, "base_version": 1}
        reason = f"{NOTE}: two promotions ran out on their first day"
        save_item(actor=manager, row={**stricter, "reason": reason})
    rows = (
        Price.objects.filter(price_list__code=BASE, min_quantity=1, amount__gte=3, known__endswith=None)
        .filter(valid__endswith=None, product__status="active", product__unit_costs__isnull=False)
        .order_by("product__sku")
        .values_list("product__sku", "amount")
        .distinct()[:4]
    )
    lines = [LineDraft(PROMOTION, sku, str(round_money(amount * 9 / 10, "GBP"))) for sku, amount in rows]
    if lines:
        create_change(
            actor=clerk,
            draft=ChangeDraft(
                title="Last days before Christmas",
                reason=f"{NOTE}: a tenth off",
                reason_code="promotion",
                lines=lines,
            ),
        )
