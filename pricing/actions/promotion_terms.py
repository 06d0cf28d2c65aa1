"""The terms of a promotion template: its limit, the sites it is for, and the promotion lists that cover just those."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.access import visible_sites
from catalog.models import Region
from lib.actors import Actor
from lib.faults import Fault, Faults
from pricing.actions.lines import LineDraft
from pricing.actions.price_lists import upsert_price_lists
from pricing.models import PriceTemplate
from pricing.queries.list_book import price_list_book
from pricing.rules.resolution import ListFacts

MOST_UNITS = 1_000_000_000
MOST_SITES = 200
CODE_LENGTH = 32
LIMITS = ("per_customer", "total_units")
Reach = PriceTemplate.Reach


@dataclass(frozen=True)
class Terms:
    """As asked for, unparsed. reach: "" (as the lists of the lines say), all, region or sites; places are codes."""

    per_customer: Any = None
    total_units: Any = None
    reach: Any = ""
    places: Sequence[Any] = ()


@dataclass(frozen=True)
class Target:
    """What one promotion list is to cover: a region or a site, else everything."""

    code: str = ""
    region_id: int | None = None
    site_id: int | None = None


def read_terms(asked: Terms, kind: str, actor: Actor) -> tuple[dict[str, Any], list[Fault]]:
    """The terms as a template stores them, and every fault; at most 2 queries.

    Codes: only_promotions, not_a_limit, unknown_reach, required, no_places, one_region, too_many, place_twice,
    unknown_region, unknown_site.
    """
    stored: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in LIMITS:
        stored[name] = _limit(name, getattr(asked, name), faults)
    stored |= {"reach": asked.reach or "", "places": list(asked.places)}
    if kind != PriceTemplate.Kind.PROMOTION:
        only = [
            Fault(f"/{name}", "only_promotions", f"Only a promotion has {name}.")
            for name, value in stored.items()
            if value
        ]
        return stored, faults + only
    return stored, faults + _place_faults(stored["reach"], stored["places"], actor)


def _limit(name: str, raw: Any, faults: list[Fault]) -> int | None:
    text = "" if raw is None else str(raw).strip()
    if text == "":
        return None
    is_whole = not isinstance(raw, bool | float) and text.isascii() and text.isdigit() and len(text) <= 10
    if is_whole and 0 < int(text) <= MOST_UNITS:
        return int(text)
    detail = f"{name} is a whole number from 1 to {MOST_UNITS:,}, or left out."
    faults.append(Fault(f"/{name}", "not_a_limit", detail))
    return None


def _place_faults(reach: Any, places: Sequence[Any], actor: Actor) -> list[Fault]:
    if reach not in ("", *Reach.values):
        return [Fault("/reach", "unknown_reach", "reach is empty, all, region or sites.")]
    word = "region" if reach == Reach.REGION else "site"
    if reach in ("", Reach.ALL):
        return [Fault("/places", "no_places", "places go with region or sites.")] if places else []
    if not places:
        return [Fault("/places", "required", f"Name the {word}.")]
    if reach == Reach.REGION and len(places) > 1:
        return [Fault("/places", "one_region", "Name one region.")]
    if len(places) > MOST_SITES:
        return [Fault("/places", "too_many", f"At most {MOST_SITES} sites.")]
    known = {target.code for target in targets(reach, places, actor)}
    faults = []
    for index, place in enumerate(places):
        if not isinstance(place, str) or place not in known:
            faults.append(Fault(f"/places/{index}", f"unknown_{word}", f"There is no {word} “{place}”."))
        elif place in places[:index]:
            faults.append(Fault(f"/places/{index}", "place_twice", f"{place} stands here already."))
    return faults


def targets(reach: str, places: Sequence[Any], actor: Actor) -> list[Target]:
    """What the lists are to cover, by code; places that are unknown or out of sight are left out. ≤ 2 queries."""
    if reach == Reach.ALL:
        return [Target()]
    codes = [place for place in places if isinstance(place, str) and "\x00" not in place]
    if reach == Reach.REGION:
        regions = Region.objects.filter(code__in=codes).order_by("code").values_list("id", "code")
        return [Target(code, region_id=pk) for pk, code in regions]
    sites = visible_sites(actor).filter(code__in=codes).order_by("code").values_list("id", "code")
    return [Target(code, site_id=pk) for pk, code in sites]


def bound_line_faults(lines: Sequence[LineDraft], lists: dict[str, ListFacts]) -> list[Fault]:
    """Where sites are chosen, a list for a channel or a customer group and a product twice are refused."""
    faults: list[Fault] = []
    seen: set[Any] = set()
    for index, line in enumerate(lines):
        facts = lists.get(line.price_list) if isinstance(line.price_list, str) else None
        if facts and (facts.channel_id or facts.customer_group_id):
            detail = f"{facts.code} is for a channel or a customer group; a choice of sites would widen it."
            faults.append(Fault(f"/lines/{index}/price_list", "bound_list", detail))
        if isinstance(line.sku, str) and line.sku in seen:
            faults.append(Fault(f"/lines/{index}/sku", "sku_twice", f"{line.sku} stands here already."))
        seen |= {line.sku} if isinstance(line.sku, str) else set()
    return faults


def placed_lines(template: PriceTemplate, lines: Sequence[LineDraft], actor: Actor) -> list[LineDraft]:
    """The lines on promotion lists that cover exactly the template's sites; lists that are missing are made.

    Raises Faults 422 with those of `read_terms` (a site out of sight), `bound_line_faults` and unknown_price_list.
    Locks: all price lists where one is missing. Records: price_list.upserted, by the template.
    """
    if not template.reach:
        return list(lines)
    book = {facts.code: facts for facts in price_list_book().values()}
    faults = _place_faults(template.reach, template.places, actor) + bound_line_faults(lines, book)
    faults += [
        Fault(f"/lines/{index}/price_list", "unknown_price_list", f"There is no “{line.price_list}”.")
        for index, line in enumerate(lines)
        if line.price_list not in book
    ]
    if faults:
        raise Faults(faults)
    wanted = targets(template.reach, template.places, actor)
    sources = [book[line.price_list or ""] for line in lines]
    codes: dict[tuple[str, bool, str], str] = {}
    rows: list[dict[str, Any]] = []
    for currency, with_tax in sorted({(facts.currency, facts.tax_included) for facts in sources}):
        for target in wanted:
            found = _fitting(book.values(), target, currency, with_tax)
            if found is None:
                rows.append(_new_list(target, currency, with_tax, {*book, *(row["code"] for row in rows)}))
                found = rows[-1]["code"]
            codes[currency, with_tax, target.code] = found
    if rows:
        upsert_price_lists(actor=_by_template(template, actor), rows=rows, reason=template.reason)
    return [
        replace(line, price_list=codes[facts.currency, facts.tax_included, target.code])
        for line, facts in zip(lines, sources, strict=True)
        for target in wanted
    ]


def _fitting(lists: Iterable[ListFacts], target: Target, currency: str, with_tax: bool) -> str | None:
    fitting = [
        facts
        for facts in lists
        if (facts.kind, facts.site_id, facts.region_id) == ("promotion", target.site_id, target.region_id)
        and (facts.currency, facts.tax_included) == (currency, with_tax)
        and not (facts.channel_id or facts.customer_group_id or facts.parent_id or facts.exclusive)
    ]
    best = max(fitting, key=lambda facts: (facts.priority, -facts.id), default=None)
    return best.code if best else None


def _new_list(target: Target, currency: str, with_tax: bool, taken: Collection[str]) -> dict[str, Any]:
    end = f"-{currency}{'' if with_tax else '-NET'}"
    stem = f"PROMO-{target.code or 'ALL'}"[: CODE_LENGTH - len(end) - 4]
    free = (f"{stem}{f'-{n}' if n else ''}{end}" for n in range(1000))
    return {
        "code": next(code for code in free if code not in taken),
        "name": f"Promotion {target.code or 'everywhere'} {currency}{'' if with_tax else ' net'}",
        "kind": "promotion",
        "currency": currency,
        "tax_included": with_tax,
        "region": target.code if target.region_id else None,
        "site": target.code if target.site_id else None,
    }


def _by_template(template: PriceTemplate, actor: Actor) -> Actor:
    """Whoever prepared the template allowed its lists; the drafter need not hold the right to make any."""
    return replace(
        actor, kind="policy", id=None, name=f"promotion template {template.pk}",
        permissions=frozenset({"price_lists.edit"}), on_behalf_of_id=actor.id,
    )  # fmt: skip
