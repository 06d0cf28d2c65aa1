"""How a list derives: proposed by one person with its effect, in force once another approves it, from a moment on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.http import Http404
from django.utils.translation import gettext_noop

from approvals.actions import open_request
from approvals.actions import withdraw as withdraw_request
from approvals.models import ApprovalRequest
from audit.actions import record
from catalog.rules.fields import Wrong
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions.reviewed_versions import content_hash, record_decision, settle_versions
from pricing.models import ListRule, PriceList
from pricing.queries.list_book import Books
from pricing.queries.list_effects import ListEffect, effect_row, list_effect
from pricing.queries.list_rules import DERIVATION, is_deriving, rule_row, rules_in_force
from pricing.rules.amounts import read_instant
from pricing.rules.list_rows import derivation_of

KIND = "price_list"
WAKE = "pricing.apply_due"
LOCK = 4712
#: From when the version counts that stood before the first proposal.
EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
State = ListRule.State
NO_REASON = gettext_noop("Say why it derives differently.")
UNCHANGED = gettext_noop("Nothing is different from the version in force.")
WAITS = gettext_noop("A version of this list already waits for approval.")
MEANWHILE = gettext_noop("Another version came into force meanwhile; look at it first.")
PAST = gettext_noop("It cannot take effect in the past.")
EARLIER = gettext_noop(
    "A version already approved takes effect later than that; choose its moment or a later one."
)
CIRCLE = gettext_noop("The list would derive from itself.")
BLOCKED = gettext_noop("A guardrail blocks prices that it would derive.")
MAX_TOLD = 20


def lock_lists() -> None:
    """One writer of price lists and of how they derive at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def preview_rule(*, actor: Actor, code: str, row: Mapping[str, Any]) -> tuple[ListRule, ListEffect]:
    """The version a row describes and what it would do; nothing is stored.

    Raises Http404; Faults 422 as `propose_rule` but `blocked`; 403. Allowed: price_lists.edit, on lists in scope.
    Records: nothing, it only reads.
    """
    one = _editable(actor, code)
    new = _read(one, row)
    return new, _effect(one, new)


@transaction.atomic
def propose_rule(*, actor: Actor, code: str, row: Mapping[str, Any]) -> ListRule:
    """Propose how a list derives from a moment on; prices move once another person has approved it, not before.

    row: parent, float_fraction, float_amount, floor_fraction, ceiling_fraction, ends_in, rate_max_age_days,
    rate_dead_band, rate_step_limit (absent = none), reason, effective_from (absent = once approved), base_version (the
    version looked at; absent = whatever is in force).
    Raises Http404; Faults 422 of `rules.list_rows`, unknown_price_list, cycle, required (reason), unchanged,
    in_the_past, before_later_version, blocked (by guardrails, each named); 409 already_pending, changed_meanwhile; 403.
    Locks: price lists. Records: list_rule.proposed. Allowed: price_lists.edit, on lists in scope.
    """
    one = _editable(actor, code)
    reason = str(row.get("reason") or "").strip()[:2000]
    if not reason:
        raise refuse("required", NO_REASON, pointer="/reason")
    lock_lists()
    new = _read(one, row)
    new.reason = reason
    _refuse_state(one, new, row.get("base_version"))
    effect = _effect(one, new)
    _refuse_blocked(effect)
    return _store(actor, one, new, effect)


def _editable(actor: Actor, code: str) -> PriceList:
    access.require_right(actor, "price_lists.edit")
    one = PriceList.objects.filter(code=code).select_related("parent").first()
    if one is None:
        raise Http404(code)
    if code not in access.editable_lists(actor):
        raise refuse("outside_scope", f"{code} lies outside your scope.", status=403)
    return one


def _read(one: PriceList, row: Mapping[str, Any]) -> ListRule:
    """The version a row describes, not stored."""
    clean, faults = derivation_of(row)
    asked = None
    if row.get("effective_from"):
        try:
            asked = read_instant(row["effective_from"])
        except Wrong as wrong:
            faults.append(Fault("/effective_from", wrong.code, wrong.detail))
    code = clean.pop("parent", None)
    parent = PriceList.objects.filter(code=code).first() if code else None
    if code and parent is None:
        faults.append(Fault("/parent", "unknown_price_list", f"There is no price list “{code}”."))
    if asked is not None and asked <= clock.now():
        faults.append(Fault("/effective_from", "in_the_past", PAST))
    if parent is not None and _is_circle(one, parent):
        faults.append(Fault("/parent", "cycle", CIRCLE))
    if faults:
        raise Faults(faults)
    return ListRule(price_list=one, parent=parent, asked_from=asked, **clean)


def _is_circle(one: PriceList, parent: PriceList) -> bool:
    """Whether the parent derives from the list, now or by a version to come."""
    now = clock.now()
    return any(
        one.pk in _above(book, parent.pk) for book in Books().between(now, now.replace(year=now.year + 100))
    )


def _above(book: Mapping[int, Any], pk: int | None) -> set[int]:
    found: set[int] = set()
    while pk is not None and pk not in found:
        found.add(pk)
        pk = book[pk].parent_id
    return found


def _refuse_state(one: PriceList, new: ListRule, base: Any) -> None:
    versions = list(ListRule.objects.filter(price_list=one).order_by("version"))
    in_force = [rule for rule in versions if rule.state == State.IN_FORCE]
    newest = in_force[-1] if in_force else None
    new.base_version = newest.version if newest else 0
    if any(rule.state == State.PENDING for rule in versions):
        raise refuse("already_pending", WAITS, status=409)
    if base is not None and base != new.base_version:
        raise refuse("changed_meanwhile", MEANWHILE, status=409)
    if newest is not None and newest.effective_from is not None:
        begins = new.asked_from or clock.now()
        if begins < newest.effective_from:
            raise refuse("before_later_version", EARLIER, pointer="/effective_from")
    if is_deriving(new) == is_deriving(newest or one):
        raise refuse("unchanged", UNCHANGED)


def _effect(one: PriceList, new: ListRule) -> ListEffect:
    at = max(new.asked_from or clock.now(), clock.now())
    before = Books().at(at)
    derives = {name: value for name, value in is_deriving(new).items() if not name.startswith("rate_")}
    after = {**before, one.pk: replace(before[one.pk], is_linked=_is_linked(new), **derives)}
    return list_effect((before, after), one.pk, at)


def _is_linked(rule: ListRule) -> bool:
    policy = (rule.rate_max_age_days, rule.rate_dead_band, rule.rate_step_limit)
    return rule.parent_id is not None and any(part is not None for part in policy)


def _refuse_blocked(effect: ListEffect) -> None:
    blocks = [(price, found) for price, found in effect.found if found.severity == "block"]
    if blocks:
        named = [
            Fault("", found.code, f"{effect.skus[price.product_id]}, {price.facts.code}")
            for price, found in blocks[:MAX_TOLD]
        ]
        raise Faults([Fault("", "blocked", BLOCKED), *named])


def _store(actor: Actor, one: PriceList, new: ListRule, effect: ListEffect) -> ListRule:
    newest = ListRule.objects.filter(price_list=one).order_by("-version").first()
    new.version = newest.version + 1 if newest else 2
    if newest is None:
        _keep_first(one)
    new.state, new.created_by_id, new.effect = State.PENDING, actor.id or None, effect_row(effect)
    new.save(force_insert=True)
    record(
        actor=actor,
        kind="list_rule.proposed",
        subject=f"price_list:{one.code}",
        reason=new.reason,
        before=rule_row(_in_force(one)),
        after=rule_row(new),
    )
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=f"{KIND}:{new.pk}",
        title=f"{one.name} v{new.version}",
        summary=new.reason,
        url=f"/prices/lists/{one.code}/",
        facts={
            "moved": new.effect["moved"],
            "has_findings_above_note": bool(effect.count("block") + effect.count("review")),
            "reason": new.reason,
        },
        content_hash=_hash(new),
        wake_task=WAKE,
    )
    if request.state != ApprovalRequest.State.PENDING:
        _follow(actor, new, request)
    return new


def _keep_first(one: PriceList) -> None:
    """Version 1: what stood before the first proposal, from ever."""
    derives = {name: getattr(one, name) for name in DERIVATION}
    ListRule.objects.create(
        price_list=one, version=1, state=State.IN_FORCE, effective_from=EVER, known_from=EVER, **derives
    )


def _in_force(one: PriceList) -> ListRule:
    return rules_in_force(one.pk).order_by("-version")[0]


def _hash(rule: ListRule) -> str:
    row = rule_row(rule)
    told = {
        name: row[name]
        for name in row
        if name not in ("state", "effective_from", "known_from", "recorded_at")
    }
    return content_hash(told)


@transaction.atomic
def withdraw_rule(*, actor: Actor, code: str) -> ListRule:
    """Take back a version that still waits. Raises Http404; Faults 409 wrong_state; 403 (another person proposed it).

    Locks: price lists. Records: list_rule.withdrawn. Allowed: who proposed it, with price_lists.edit.
    """
    one = _editable(actor, code)
    lock_lists()
    rule = ListRule.objects.filter(price_list=one, state=State.PENDING).first()
    if rule is None:
        raise refuse("wrong_state", "No version of this list waits.", status=409)
    if actor.kind == "user" and rule.created_by_id != actor.id:
        raise refuse("not_yours", "Another person proposed it; reject it instead.", status=403)
    withdraw_request(actor=actor, kind=KIND, subject=f"{KIND}:{rule.pk}")
    ListRule.objects.filter(pk=rule.pk).update(state=State.REJECTED)
    record(
        actor=actor,
        kind="list_rule.withdrawn",
        subject=f"price_list:{one.code}",
        before={"version": rule.version, "state": State.PENDING},
        after={"version": rule.version, "state": State.REJECTED},
    )
    rule.state = State.REJECTED
    return rule


def settle_list_rules(*, actor: Actor) -> int:
    """Put in force what was approved, close what was refused, and let lists say how they derive now; returns how many.

    Locks: price lists. Records: list_rule.approved or list_rule.refused in the decider's name, list_rule.effective.
    Allowed: the loop.
    """
    waiting = ListRule.objects.select_related("price_list", "parent").filter(state=State.PENDING)
    settled = settle_versions(KIND, waiting, lambda rule, request: _follow(actor, rule, request), lock_lists)
    return settled + show_effective(actor=actor)


def _follow(actor: Actor, rule: ListRule, request: ApprovalRequest) -> None:
    """Approved as it was proposed and still fitting: in force from its moment; else closed."""
    approved = request.state == ApprovalRequest.State.APPROVED and request.content_hash == _hash(rule)
    old = _in_force(rule.price_list)
    if approved and rule.parent is not None and _is_circle(rule.price_list, rule.parent):
        approved = False
    if approved:
        begins = max(rule.asked_from or clock.now(), clock.now(), old.effective_from or EVER)
        rule.state, rule.effective_from = State.IN_FORCE, begins
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pricing_listrule SET state = 'in_force', effective_from = %s, known_from = clock_timestamp()"
                " WHERE id = %s RETURNING known_from",
                [begins, rule.pk],
            )
            (rule.known_from,) = cursor.fetchone()
    else:
        rule.state = State.REJECTED
        ListRule.objects.filter(pk=rule.pk).update(state=State.REJECTED)
    record_decision(
        actor,
        request,
        approved=approved,
        event="list_rule.approved" if approved else "list_rule.refused",
        subject=f"price_list:{rule.price_list.code}",
        before=rule_row(old),
        after=rule_row(rule),
    )


@transaction.atomic
def show_effective(*, actor: Actor) -> int:
    """Write into the lists' own columns what counts by now: pages and the loop of exchange rates read them, no price does.

    Locks: price lists. Records: list_rule.effective, one for each list. Allowed: the loop.
    """
    columns = ", ".join(_column(name) for name in DERIVATION)
    if not _outdated():
        return 0
    lock_lists()
    due = _outdated()
    for list_id, rule_id in due:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE pricing_pricelist l SET ({columns}) = (SELECT {columns} FROM pricing_listrule WHERE id = %s)"
                " WHERE l.id = %s",
                [rule_id, list_id],
            )
        rule = ListRule.objects.select_related("price_list", "parent").get(pk=rule_id)
        record(
            actor=actor,
            kind="list_rule.effective",
            subject=f"price_list:{rule.price_list.code}",
            before={"version": rule.base_version},
            after=rule_row(rule),
        )
    return len(due)


def _outdated() -> list[tuple[int, int]]:
    """(list, version) where the list's own columns say something else than the version that counts by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, r.id FROM pricing_pricelist l JOIN LATERAL (SELECT * FROM pricing_listrule r"
            " WHERE r.price_list_id = l.id AND r.state = 'in_force' AND r.effective_from <= %s"
            f" ORDER BY r.version DESC LIMIT 1) r ON ({_columns_of('l')}) IS DISTINCT FROM ({_columns_of('r')})"
            " ORDER BY l.id",
            [clock.now()],
        )
        return list(cursor.fetchall())


def _column(name: str) -> str:
    return f"{name}_id" if name == "parent" else name


def _columns_of(alias: str) -> str:
    return ", ".join(f"{alias}.{_column(name)}" for name in DERIVATION)
