"""Raising, acknowledging and resolving alerts; the set-based pair does the same in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from alerts.models import Alert
from alerts.rules import Severity, grade_of
from alerts.texts import Text, both
from audit.actions import record
from jobs.actions import wake
from lib import actors
from lib.actors import Actor
from lib.faults import refuse

TICK = "alerts.tick"


@dataclass(frozen=True)
class AlertDraft:
    """One alert to raise. `key` names the condition, "<kind>:<what>"; category only where it asks for an incident."""

    key: str
    kind: str
    severity: Severity
    title: Text
    detail: str = ""
    url: str = ""
    site_id: int | None = None
    category: str = ""


def raise_alert(  # noqa: PLR0913 - the fixed signature of the interface
    *,
    key: str,
    kind: str,
    severity: Severity,
    title: Text,
    detail: str = "",
    url: str = "",
    site_id: int | None = None,
    category: str = "",
    actor: Actor | None = None,
) -> Alert:
    """Report a condition; while its key is open, the same report again only counts up and refreshes it.

    Locks: the alert. Records: alert.raised the first time, nothing for a repeat. Allowed: the app that owns the condition.
    """
    draft = AlertDraft(key, kind, severity, title, detail, url, site_id, category)
    raise_alerts([draft], actor=actor)
    return Alert.objects.get(key=key, state__in=[Alert.State.FIRING, Alert.State.ACKNOWLEDGED])


@transaction.atomic
def raise_alerts(drafts: Sequence[AlertDraft], *, actor: Actor | None = None) -> int:
    """Report many conditions in one statement; a key named twice counts once. Returns how many were not open before.

    Locks: the alerts, by key. Records: alert.raised for each new one up to 20, one event for all beyond.
    """
    by_key = {draft.key: draft for draft in drafts}
    if not by_key:
        return 0
    rows = []
    for _, draft in sorted(by_key.items()):
        english, chinese = both(draft.title)
        rows.append(
            [
                draft.key[:200], draft.kind, draft.severity, draft.category, english, chinese,
                str(draft.detail), draft.url[:300], draft.site_id,
            ]
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO alerts_alert (key, kind, severity, category, title, title_zh, detail, url, site_id, state,"
            " count, resolve_reason)"
            " SELECT key, kind, severity, category, title, title_zh, detail, url, site_id, 'firing', 1, ''"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::text[], %s::bigint[])"
            " AS new(key, kind, severity, category, title, title_zh, detail, url, site_id)"
            " ON CONFLICT (key) WHERE NOT (state = 'resolved') DO UPDATE SET count = alerts_alert.count + 1,"
            " last_at = now(), severity = EXCLUDED.severity, title = EXCLUDED.title, title_zh = EXCLUDED.title_zh,"
            " detail = EXCLUDED.detail, url = EXCLUDED.url, category = EXCLUDED.category"
            " RETURNING id, key, (xmax = 0) AS is_new",
            [list(column) for column in zip(*rows, strict=True)],
        )
        new_keys = [key for _id, key, is_new in cursor.fetchall() if is_new]
    _record_raised([by_key[key] for key in new_keys if key in by_key], actor or actors.system("alerts"))
    return len(new_keys)


def _record_raised(drafts: Sequence[AlertDraft], actor: Actor) -> None:
    if len(drafts) > 20:
        keys = sorted(draft.key for draft in drafts)
        record(
            actor=actor,
            kind="alert.raised",
            subject="alerts:many",
            after={"count": len(keys), "keys": keys[:100]},
            site_ids=sorted({draft.site_id for draft in drafts if draft.site_id}),
        )
    else:
        for draft in drafts:
            record(
                actor=actor,
                kind="alert.raised",
                subject=f"alert:{draft.key[:100]}",
                after={"kind": draft.kind, "severity": draft.severity, "title": both(draft.title)[0]},
                site_ids=[draft.site_id] if draft.site_id else [],
            )
    if any(grade_of(draft.severity, draft.category) for draft in drafts):
        wake(TICK)


def resolve_alert(key: str, reason: str = "", *, actor: Actor | None = None) -> bool:
    """The condition is over; False when no alert was open under `key`.

    Locks: the alert. Records: alert.resolved. Allowed: the app that owns the condition.
    """
    return bool(_resolve("key = %s", [key[:200]], reason, actor))


def resolve_alerts_except(prefix: str, keys: Collection[str], *, actor: Actor | None = None) -> int:
    """Resolve every open alert whose key begins with `prefix` and is not among `keys`; returns how many.

    Locks: the alerts. Records: one alert.resolved for all.
    """
    return len(
        _resolve(
            "starts_with(key, %s) AND NOT (key = ANY(%s::text[]))",
            [prefix, [key[:200] for key in keys]],
            "",
            actor,
        )
    )


@transaction.atomic
def _resolve(condition: str, params: list[Any], reason: str, actor: Actor | None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE alerts_alert SET state = 'resolved', resolved_at = now(), resolve_reason = %s"
            f" WHERE NOT (state = 'resolved') AND {condition} RETURNING key, site_id",
            [reason[:300], *params],
        )
        rows = cursor.fetchall()
    keys = sorted(key for key, _site_id in rows)
    if keys:
        subject = f"alert:{keys[0][:100]}" if len(keys) == 1 else "alerts:many"
        record(
            actor=actor or actors.system("alerts"),
            kind="alert.resolved",
            subject=subject,
            reason=reason,
            after={"count": len(keys), "keys": keys[:100]},
            site_ids=sorted({site_id for _key, site_id in rows if site_id}),
        )
    return keys


@transaction.atomic
def acknowledge_alert(*, actor: Actor, alert_id: int) -> Alert:
    """A person has seen it.

    Raises Faults 404 `unknown_alert`, 409 `wrong_state`.
    Locks: the alert. Records: alert.acknowledged. Allowed: alerts.handle, checked at the edge.
    """
    changed = Alert.objects.filter(pk=alert_id, state=Alert.State.FIRING).update(
        state=Alert.State.ACKNOWLEDGED, acknowledged_at=Now(), acknowledged_by_id=actor.id
    )
    alert = Alert.objects.filter(pk=alert_id).first()
    if alert is None:
        raise refuse("unknown_alert", "There is no such alert.", status=404)
    if not changed:
        raise refuse("wrong_state", f"The alert is {alert.state}.", status=409)
    record(
        actor=actor,
        kind="alert.acknowledged",
        subject=f"alert:{alert.key[:100]}",
        after={"id": alert_id},
        site_ids=[alert.site_id] if alert.site_id else [],
    )
    return alert
