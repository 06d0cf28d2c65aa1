"""Rules of what each channel may promise: written in versions, ended, never edited."""

from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import Http404

from audit.actions import record
from catalog.access import access_site, sees_everything, visible_site_ids_or_all
from catalog.models import Category, Channel, Product
from feeds.models import ChannelStockRule
from feeds.queries.channel_stock import rule_body
from feeds.rules.channel_stock_fields import RuleDraft
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

PERMISSION = "channel_stock.manage"


@transaction.atomic
def save_rule(*, actor: Actor, draft: RuleDraft) -> ChannelStockRule:
    """Write a rule; `draft.replaces` is the version it takes the place of, which ends at the same moment.

    Raises Http404: the rule or its site is outside the actor's scope; Faults 403 `not_everywhere` (a rule for every site
    by somebody who does not see every site), 409 `rule_exists`, `changed_meanwhile`, 422 `unknown_channel`,
    `unknown_category`, `unknown_sku`.
    Locks: the rule that is replaced. Records: channel_stock_rule.made. Allowed: channel_stock.manage, checked at the edge.
    """
    scope = _scope(actor, draft)
    before: dict[str, Any] = {}
    version = 1
    if draft.replaces is not None:
        old = _ended(actor, draft.replaces)
        before, version = rule_body(old), old.version + 1
    try:
        with transaction.atomic():
            made = ChannelStockRule.objects.create(
                **scope, **asdict(draft.terms), reason=draft.reason, version=version, made_by_id=_user(actor)
            )
    except IntegrityError as error:
        raise refuse("rule_exists", "There is a rule for this scope already.", status=409) from error
    made = ChannelStockRule.objects.select_related("channel", "site", "category", "product", "made_by").get(
        pk=made.pk
    )
    _note(actor, "made", made, before, rule_body(made), draft.reason)
    return made


@transaction.atomic
def end_rule(*, actor: Actor, rule_id: int, reason: str = "") -> None:
    """End a rule now; what is less particular counts from here on.

    Raises Http404: unknown or outside the actor's scope; Faults 403 `not_everywhere`, 409 `changed_meanwhile`.
    Locks: the rule. Records: channel_stock_rule.ended. Allowed: channel_stock.manage, checked at the edge.
    """
    old = _ended(actor, rule_id)
    _note(actor, "ended", old, rule_body(old), {}, reason)


def _user(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None


def _ended(actor: Actor, rule_id: int) -> ChannelStockRule:
    """The rule of this id, ended just now."""
    found = ChannelStockRule.objects.select_for_update(of=("self",)).select_related(
        "channel", "site", "category", "product", "made_by"
    )
    rule = found.filter(pk=rule_id).first()
    visible = visible_site_ids_or_all(actor)
    if rule is None or (visible is not None and rule.site_id is not None and rule.site_id not in visible):
        raise Http404(rule_id)
    if rule.site_id is None:
        _check_everywhere(actor)
    if rule.ended_at is not None:
        raise refuse("changed_meanwhile", "Somebody else changed this rule; look at it again.", status=409)
    ChannelStockRule.objects.filter(pk=rule_id).update(ended_at=Now(), ended_by=_user(actor))
    return rule


def _scope(actor: Actor, draft: RuleDraft) -> dict[str, Any]:
    """The rows behind codes, path and SKU, all faults at once."""
    asked = draft.scope
    site = access_site(actor, asked["site"]) if asked["site"] else None
    if site is None:
        _check_everywhere(actor)
    faults: list[Fault] = []
    found: dict[str, Any] = {"site": site}
    for name, model, field in (
        ("channel", Channel, "code"),
        ("category", Category, "path"),
        ("sku", Product, "sku"),
    ):
        row = model.objects.filter(**{field: asked[name]}).first() if asked[name] else None  # type: ignore[attr-defined]
        found["product" if name == "sku" else name] = row
        if asked[name] and row is None:
            faults.append(Fault(f"/{name}", f"unknown_{name}", f"There is no {name} {asked[name][:60]!r}."))
    if faults:
        raise Faults(faults)
    return found


def _check_everywhere(actor: Actor) -> None:
    if not sees_everything(actor):
        detail = "A rule for every site is written by somebody who sees every site."
        raise refuse("not_everywhere", detail, pointer="/site", status=403)


def _note(
    actor: Actor,
    what: str,
    rule: ChannelStockRule,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> None:
    record(
        actor=actor,
        kind=f"channel_stock_rule.{what}",
        subject=f"channel_stock_rule:{rule.pk}",
        reason=reason,
        before=before,
        after=after,
        site_ids=() if rule.site_id is None else (rule.site_id,),
    )
