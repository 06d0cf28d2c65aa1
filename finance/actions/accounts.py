"""Writing a new version of the account map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from audit.actions import record
from catalog.models import Category, LegalEntity
from finance.access import check_right
from finance.models import AccountMap, AccountRule, Place, PostingKind
from finance.queries.accounts import current_map, rule_body, rules_of
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "account_maps.manage"
MOST_RULES = 2_000
TOLD = 100


@dataclass(frozen=True)
class RuleDraft:
    """One rule as it is typed: codes and paths, "" for any."""

    kind: str
    debit_account: str
    credit_account: str
    place: str = ""
    reason: str = ""
    category: str = ""
    legal_entity: str = ""
    cost_centre: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return self.kind, self.place, self.reason, self.category, self.legal_entity


@transaction.atomic
def save_map(*, actor: Actor, rules: Sequence[RuleDraft], reason: str, base_version: int = 0) -> AccountMap:
    """Write the rules as the next version; vouchers made from now on follow it, those made before keep theirs.

    base_version: the version the rules were taken from, 0 when that does not matter.
    Raises Faults 403; 409 `changed_meanwhile`; 422 `reason_required`, `no_rules`, `too_many_rules`, and for each rule at
    fault `unknown_kind`, `unknown_place`, `unknown_category`, `unknown_entity`, `required`, `too_long`, `duplicate_rule`.
    Locks: nothing; the version is unique. Records: account_map.saved with what was taken out and put in.
    Allowed: account_maps.manage.
    """
    check_right(actor, RIGHT)
    if not reason.strip():
        raise refuse("reason_required", "Say why the account map changes.", pointer="/reason")
    if not rules:
        raise refuse("no_rules", "A map has rules.", pointer="/rules")
    if len(rules) > MOST_RULES:
        raise refuse("too_many_rules", f"At most {MOST_RULES} rules.", pointer="/rules")
    before = current_map()
    if base_version and base_version != before.version:
        detail = f"Version {before.version} was saved meanwhile; look at it first."
        raise refuse("changed_meanwhile", detail, status=409)
    categories, entities = _named(rules)
    faults = _faults(rules, categories, entities)
    if faults:
        raise Faults(faults[:TOLD])
    made = _next_version(actor, reason)
    AccountRule.objects.bulk_create(
        AccountRule(
            map=made,
            kind=one.kind,
            place=one.place,
            reason=one.reason,
            category_id=categories.get(one.category),
            legal_entity_id=entities.get(one.legal_entity),
            debit_account=one.debit_account,
            credit_account=one.credit_account,
            cost_centre=one.cost_centre,
        )
        for one in rules
    )
    _record(actor, before, made, rules, reason)
    return made


def _next_version(actor: Actor, reason: str) -> AccountMap:
    last = AccountMap.objects.aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            return AccountMap.objects.create(
                version=last + 1,
                reason=reason.strip()[:500],
                made_by_id=actor.id if actor.kind == "user" else None,
                made_by_name=actor.name,
            )
    except IntegrityError as error:
        raise refuse("changed_meanwhile", "Another version was saved meanwhile.", status=409) from error


def _named(rules: Sequence[RuleDraft]) -> tuple[dict[str, int], dict[str, int]]:
    paths, codes = {one.category for one in rules}, {one.legal_entity for one in rules}
    return (
        dict(Category.objects.filter(path__in=paths).values_list("path", "pk")),
        dict(LegalEntity.objects.filter(code__in=codes).values_list("code", "pk")),
    )


def _faults(rules: Sequence[RuleDraft], categories: dict[str, int], entities: dict[str, int]) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[tuple[str, ...]] = set()
    for number, one in enumerate(rules):
        at = f"/rules/{number}"
        if one.kind not in PostingKind.values:
            faults.append(Fault(f"{at}/kind", "unknown_kind", f"There is no kind {one.kind[:40]!r}."))
        if one.place not in ("", *Place.values):
            faults.append(Fault(f"{at}/place", "unknown_place", f"There is no place {one.place[:40]!r}."))
        if one.category and one.category not in categories:
            faults.append(
                Fault(f"{at}/category", "unknown_category", f"There is no category {one.category[:80]!r}.")
            )
        if one.legal_entity and one.legal_entity not in entities:
            detail = f"There is no legal entity {one.legal_entity[:40]!r}."
            faults.append(Fault(f"{at}/legal_entity", "unknown_entity", detail))
        for name in ("debit_account", "credit_account"):
            if not getattr(one, name).strip():
                faults.append(
                    Fault(
                        f"{at}/{name}",
                        "required",
                        f"Rule {number + 1} names no {name.partition('_')[0]} account.",
                    )
                )
        if max(len(one.debit_account), len(one.credit_account), len(one.cost_centre), len(one.reason)) > 32:
            faults.append(
                Fault(
                    at,
                    "too_long",
                    f"Rule {number + 1}: accounts, cost centres and reasons have up to 32 characters.",
                )
            )
        if one.key in seen:
            faults.append(Fault(at, "duplicate_rule", f"Rule {number + 1} says the same as another one."))
        seen.add(one.key)
    return faults


def _record(
    actor: Actor, before: AccountMap, made: AccountMap, rules: Sequence[RuleDraft], reason: str
) -> None:
    old = {tuple(rule_body(one).values()): rule_body(one) for one in rules_of(before)}
    new: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in rules_of(made):
        new[tuple(rule_body(one).values())] = rule_body(one)
    record(
        actor=actor,
        kind="account_map.saved",
        subject=f"account_map:{made.version}",
        reason=reason,
        before={"version": before.version, "rules": [old[key] for key in old.keys() - new.keys()][:TOLD]},
        after={
            "version": made.version,
            "rules": [new[key] for key in new.keys() - old.keys()][:TOLD],
            "count": len(rules),
        },
    )


def as_draft(body: dict[str, Any]) -> RuleDraft:
    """A rule's body without what it does not say."""
    return RuleDraft(
        **{name: str(body.get(name, "") or "").strip() for name in RuleDraft.__dataclass_fields__}
    )
