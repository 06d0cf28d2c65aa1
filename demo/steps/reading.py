"""Files that came from suppliers: one mapped and remembered, one that waits for its columns, rows in quarantine, one held."""

from datetime import datetime, timedelta

from catalog.models import UnitCost
from feeds.actions.accepting import receive_file
from feeds.actions.applying import apply_delivery
from feeds.actions.holding import set_hold_limits
from feeds.actions.mappings import save_mapping
from feeds.actions.uploads import keep_upload
from feeds.models import Feed
from lib.actors import Actor

HEADERS = ("Artikelnummer", "Einkaufspreis", "Währung", "Gültig ab")
MAPPING = {
    "columns": {
        "Artikelnummer": "sku",
        "Einkaufspreis": "amount",
        "Währung": "currency",
        "Gültig ab": "valid_from",
    },
    "decimal_mark": ",",
    "date_order": "dmy",
}
WAITING = (
    "供应商货号,品名,规格,箱数\n"
    "85123A,白色心形烛台,陶瓷,12\n"
    "71053,白色金属灯笼,金属,6\n"
    "84406B,奶油色丘比特衣架,木,24\n"
)
HELD_ROWS = 40


def load_reading(actor: Actor, moment: datetime) -> None:
    """Everything that the pages of uploads, mappings, quarantine and held deliveries show."""
    costs = Feed.objects.get(name="unit-costs")
    day = (moment + timedelta(days=30)).date()
    known = list(
        UnitCost.objects.filter(currency="GBP")
        .order_by("product__sku", "-valid_from")
        .distinct("product__sku")
        .values_list("product__sku", "amount")[:HELD_ROWS]
    )
    save_mapping(actor=actor, feed=costs, headers=HEADERS, data=MAPPING)
    (first, amount), (second, _amount), (third, _last) = known[:3]
    german = [
        ";".join(HEADERS),
        f"{first};{str(amount).replace('.', ',')};GBP;{day:%d.%m.%Y}",
        f"{second};auf Anfrage;GBP;{day:%d.%m.%Y}",
        f"{third};2,45;GBP;31.02.{day:%Y}",
        f"NEU-4711;1,95;GBP;{day:%d.%m.%Y}",
        "Total;;;",
    ]
    _apply(actor, costs, "Preisliste_Hamburg.csv", "\n".join(german) + "\n")
    set_hold_limits(
        actor=actor, feed=costs, values={"min_rows": "20", "jump_fraction": "0.5", "jumped_fraction": "0.1"}
    )
    dear = [f"{sku},{value * 10},GBP,{day.isoformat()}" for sku, value in known]
    _apply(actor, costs, "costs_in_pence.csv", "\n".join(["sku,amount,currency,valid_from", *dear]) + "\n")
    keep_upload(
        actor=actor,
        feed=Feed.objects.get(name="products"),
        filename="新品清单.csv",
        body=WAITING.encode("gb18030"),
    )


def _apply(actor: Actor, feed: Feed, filename: str, text: str) -> None:
    delivery = receive_file(actor=actor, feed=feed, filename=filename, body=text.encode(), is_claimed=True)
    apply_delivery(actor=actor, delivery_id=delivery.pk, attempt=1)
