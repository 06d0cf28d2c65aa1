"""The checklist of a change: which items apply to its lines, and what signs each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.permissions import ROLES
from catalog.models import Category, Site
from pricing.models import ComplianceItem, ComplianceSignature, Finding, PriceChange
from pricing.queries.laws import LawBook
from pricing.queries.list_book import price_list_book
from pricing.queries.market import SiteFacts
from pricing.queries.world import sites_of
from pricing.rules.findings import BLOCK, Found

Check = ComplianceItem.Check
#: Findings that a rule of the checklist reads: what proves it, what speaks against it.
READ = ("announced_reduction", "reference_price", "price_ceiling", "price_floor")


class Group(NamedTuple):
    """The lines of one list and category that set a price: how many, how many first prices, how many without content."""

    list_id: int
    category_id: int | None
    lines: int
    first: int
    bare: int


class Shop(NamedTuple):
    """A site where a line's price is asked."""

    site: SiteFacts
    profile_id: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that applies to a change: to how many lines, and what signs it.

    figures: what a rule found, by name. signature: the person's, None while it is open.
    """

    item: ComplianceItem
    lines: int
    is_signed: bool
    figures: dict[str, Any] = field(default_factory=dict)
    signature: ComplianceSignature | None = None

    @property
    def is_missing(self) -> bool:
        """It blocks. Prices beyond a government's limit are told by their own finding, line by line."""
        return self.item.is_mandatory and not self.is_signed and self.item.checked_by != Check.CONTROLLED


def item_versions(code: str = "") -> QuerySet[ComplianceItem]:
    """Every version, by id; of one item where its code is given."""
    found = ComplianceItem.objects.select_related("profile", "category").order_by("id")
    return found.filter(code=code) if code else found


def items_in_force(at: datetime | None = None) -> list[ComplianceItem]:
    """The newest version in force of each item, switched off or not, as of `at`; 1 query."""
    found = item_versions().filter(state=ComplianceItem.State.IN_FORCE)
    if at is not None:
        found = found.alias(since=Coalesce("in_force_from", "created_at")).filter(since__lte=at)
    newest = {one.code: one for one in found}
    return [newest[code] for code in sorted(newest)]


def items_pending() -> list[ComplianceItem]:
    """Versions that wait for approval, oldest first; 1 query."""
    return list(item_versions().filter(state=ComplianceItem.State.PENDING))


def item_row(item: ComplianceItem) -> dict[str, Any]:
    """An item with the fields it is written with."""
    plain = (
        "code", "version", "title", "title_zh", "countries", "reason_codes", "only_promotions", "only_first_prices",
        "is_mandatory", "checked_by", "signer", "source", "is_active",
        "state",
    )  # fmt: skip
    return {
        **{name: getattr(item, name) for name in plain},
        "profile": item.profile.code if item.profile else "",
        "category": item.category.path if item.category else "",
        "source_on": item.source_on.isoformat(),
        "created_by": item.created_by_name,
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    """An entry of a change's checklist as REST gives it."""
    signature = entry.signature
    return {
        "item": entry.item.code,
        "version": entry.item.version,
        "title": entry.item.title,
        "is_mandatory": entry.item.is_mandatory,
        "checked_by": entry.item.checked_by,
        "signers": signers(entry.item.signer) if entry.item.signer else [],
        "lines": entry.lines,
        "is_signed": entry.is_signed,
        "figures": entry.figures,
        "signed_by": signature.signed_by_name if signature else "",
        "signed_at": signature.signed_at.isoformat() if signature else None,
        "evidence": signature.evidence if signature else "",
        "source": entry.item.source,
        "source_on": entry.item.source_on.isoformat(),
    }


def signers(permission: str) -> list[str]:
    """The roles that may sign with it."""
    return [role for role, permissions in ROLES.items() if permission in permissions]


def signed_hash(change_id: int) -> str:
    """SHA-256 over what a signature is about: window, kind of reason and the lines a person wrote; hex. 1 query.

    Unlike `content_hash` it stays the same when the change is submitted: neither base rows nor followers nor the
    instants of local times are in it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT encode(sha256(convert_to(
                 json_build_array(c.id, c.reason_code, c.local_from, c.local_until,
                   CASE WHEN c.local_from = '' THEN extract(epoch FROM c.effective_from) END,
                   CASE WHEN c.local_until = '' THEN extract(epoch FROM c.effective_until) END)::text
                 || coalesce(string_agg(json_build_array(l.price_list_id, l.product_id, l.min_quantity, l.amount,
                      l.currency)::text, E'\\n' ORDER BY l.price_list_id, l.product_id, l.min_quantity, l.valid_from), ''),
                 'UTF8')), 'hex')
               FROM pricing_pricechange c LEFT JOIN pricing_pricechangeline l ON l.change_id = c.id AND l.origin = ''
              WHERE c.id = %s GROUP BY c.id""",
            [change_id],
        )
        return str(cursor.fetchone()[0])


def checklist(change: PriceChange) -> list[Entry]:
    """The items that apply to a change as last evaluated, by code; none for a roll-back. At most 9 queries.

    A decided change is shown by the items of its decision.
    """
    if change.rolls_back_id is not None:
        return []
    items = [one for one in items_in_force(change.decided_at) if one.is_active]
    groups = _groups(change.pk)
    if not items or not groups:
        return []
    book = price_list_book()
    scopes = _scopes({group.list_id for group in groups})
    parents = _parents(items)
    met: list[tuple[ComplianceItem, list[Group]]] = []
    for item in items:
        if item.reason_codes and change.reason_code not in item.reason_codes:
            continue
        mine = [
            group
            for group in groups
            if (not item.only_promotions or book[group.list_id].kind == "promotion")
            and (not item.only_first_prices or group.first)
            and _covers(item.category_id, group.category_id, parents)
            and _shops(item, scopes[group.list_id])
        ]
        if mine:
            met.append((item, mine))
    return _signed(change, met, scopes)


def _covers(wanted: int | None, category_id: int | None, parents: dict[int, int | None]) -> bool:
    while wanted is not None and category_id is not None:
        if category_id == wanted:
            return True
        category_id = parents.get(category_id)
    return wanted is None


def _shops(item: ComplianceItem, shops: Sequence[Shop]) -> list[Shop]:
    return [
        shop
        for shop in shops
        if (not item.countries or shop.site.country in item.countries)
        and item.profile_id in (None, shop.profile_id)
    ]


def _parents(items: Sequence[ComplianceItem]) -> dict[int, int | None]:
    if all(item.category_id is None for item in items):
        return {}
    return dict(Category.objects.values_list("id", "parent_id"))


def _groups(change_id: int) -> list[Group]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.price_list_id, p.category_id, count(*), count(*) FILTER (WHERE l.old_amount IS NULL),"
            " count(*) FILTER (WHERE p.net_content IS NULL OR p.net_content_unit = '')"
            " FROM pricing_pricechangeline l JOIN catalog_product p ON p.id = l.product_id"
            " WHERE l.change_id = %s AND l.amount IS NOT NULL GROUP BY 1, 2",
            [change_id],
        )
        return [Group(*row) for row in cursor.fetchall()]


def _scopes(list_ids: set[int]) -> dict[int, list[Shop]]:
    """Where each list's prices are asked; 2 queries."""
    fields = ("id", "code", "region_id", "channel_id", "country", "currency", "operator")
    rows = list(Site.objects.order_by("code").values_list(*fields, "control_profile_id"))
    sites = [SiteFacts(*row[:-1]) for row in rows]
    profiles: dict[int, int | None] = {row[0]: row[-1] for row in rows}
    book = price_list_book()
    return {one: [Shop(site, profiles[site.id]) for site in sites_of(book[one], sites)] for one in list_ids}


def _signed(
    change: PriceChange,
    met: Sequence[tuple[ComplianceItem, list[Group]]],
    scopes: dict[int, list[Shop]],
) -> list[Entry]:
    signatures = {
        one.item_id: one
        for one in ComplianceSignature.objects.filter(change=change, voided_at__isnull=True)
        .select_related("signed_by")
        .filter(content_hash=signed_hash(change.pk))
    }
    counted = _counted(change.pk)
    entries = []
    for item, groups in met:
        lines = sum(group.first if item.only_first_prices else group.lines for group in groups)
        if item.checked_by == Check.PERSON:
            signature = signatures.get(item.pk)
            entries.append(Entry(item, lines, signature is not None, signature=signature))
            continue
        shops = {shop.site.id: shop for group in groups for shop in _shops(item, scopes[group.list_id])}
        is_signed, figures = _outcome(item, groups, list(shops.values()), counted)
        entries.append(Entry(item, lines, is_signed, figures))
    return entries


def _counted(change_id: int) -> dict[tuple[str, str], int]:
    """(code, country) → how many findings that rules read; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, coalesce(params->>'country', ''), count(*) FROM pricing_finding"
            " WHERE change_id = %s AND code = ANY(%s) GROUP BY 1, 2",
            [change_id, list(READ)],
        )
        return {(code, country): count for code, country, count in cursor.fetchall()}


def _outcome(
    item: ComplianceItem,
    groups: Sequence[Group],
    shops: Sequence[Shop],
    counted: dict[tuple[str, str], int],
) -> tuple[bool, dict[str, Any]]:
    """Whether the item's rule signs, and with which figures."""

    def told(*codes: str) -> int:
        countries = {shop.site.country for shop in shops}
        return sum(n for (code, country), n in counted.items() if code in codes and country in countries)

    if item.checked_by == Check.REFERENCE:
        without = told("reference_price")
        return not without, {"proven": told("announced_reduction"), "without": without}
    if item.checked_by == Check.CONTROLLED:
        beyond = told("price_ceiling", "price_floor")
        return not beyond, {"beyond": beyond}
    if item.checked_by == Check.UNIT_PRICE:
        without = sum(group.bare for group in groups)
        return not without, {"without": without}
    franchised = [shop.site for shop in shops if shop.site.operator == "franchise"]
    book = LawBook({site.country for site in franchised})
    binding = [
        site
        for site in franchised
        if not all(book.only_recommends(site.country, group.category_id) for group in groups)
    ]
    return not binding, {"sites": len(franchised), "without": len(binding)}


def missing_findings(change: PriceChange) -> list[Found]:
    """A blocking finding for each mandatory item that nothing has signed."""
    return [
        Found(
            "compliance_missing",
            BLOCK,
            {
                "item": entry.item.code,
                "title": entry.item.title,
                "title_zh": entry.item.title_zh,
                "who": ", ".join(signers(entry.item.signer)) or entry.item.checked_by,
                "source": entry.item.source,
            },
        )
        for entry in checklist(change)
        if entry.is_missing
    ]


def store_missing(change: PriceChange) -> None:
    """Put `missing_findings` in the place of those stored; after the other findings, which its rules read."""
    Finding.objects.filter(change=change, code="compliance_missing").delete()
    Finding.objects.bulk_create(
        Finding(change=change, code=one.code, severity=one.severity, params=one.params)
        for one in missing_findings(change)
    )
