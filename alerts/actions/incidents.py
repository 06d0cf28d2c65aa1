"""Opening and working incidents."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.queries import users_by_ids
from alerts.models import Alert, Incident, IncidentEntry, IncidentNotice, IncidentStep, Playbook
from alerts.rules import category_of, clocks_of, dedup_key, grade_of
from alerts.texts import Text, both
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse

MANAGEMENT_ROLES = ("admin", "price_manager", "stock_manager", "finance")


@transaction.atomic
def open_incident(  # noqa: PLR0913
    *,
    actor: Actor,
    category: str,
    grade: str,
    title: Text,
    key: str,
    detail: str = "",
    url: str = "",
    site_id: int | None = None,
) -> tuple[Incident, bool]:
    """The open incident under `key`, opened now when there is none; its deadlines come from the database's clock.

    Returns (incident, whether it was opened now).
    Locks: the open incident (a unique index decides races). Records: incident.opened. Allowed: the caller has checked.
    """
    playbook = Playbook.objects.get(category=category, is_active=True)
    english, chinese = both(title)
    now = database_now()
    clocks = clocks_of(grade, now, now, playbook.respond_minutes)
    try:
        with transaction.atomic():
            incident = Incident.objects.create(
                category=category,
                grade=grade,
                title=english,
                title_zh=chinese,
                detail=detail,
                url=url,
                site_id=site_id,
                dedup_key=key,
                playbook=playbook,
                opened_at=now,
                graded_at=now,
                respond_due_at=clocks.respond_due_at,
                inform_due_at=clocks.inform_due_at,
            )
    except IntegrityError:
        return _locked_open(key), False
    IncidentStep.objects.bulk_create(
        IncidentStep(
            incident=incident,
            number=number,
            code=step["code"],
            title=step["title"],
            title_zh=step.get("title_zh", ""),
            roles=step.get("roles", []),
            due_at=now + timedelta(minutes=step["minutes"]),
        )
        for number, step in enumerate(playbook.steps, start=1)
    )
    _entry(incident, actor, "opened", data={"grade": grade, "playbook": playbook.version})
    record(
        actor=actor,
        kind="incident.opened",
        subject=f"incident:{incident.pk}",
        after={"category": category, "grade": grade, "title": english, "key": key},
        site_ids=_sites_of(incident),
    )
    return incident, True


def _locked_open(key: str) -> Incident:
    """Locked, so that it does not close while something joins it."""
    return Incident.objects.select_for_update().exclude(state=Incident.State.CLOSED).get(dedup_key=key)


@transaction.atomic
def open_incidents_for_alerts(*, actor: Actor) -> int:
    """Give every firing alert that asks for it its incident, opening one per group; returns how many were opened.

    Locks: the alerts (those another worker holds are left to it). Records: incident.opened for each new one.
    """
    alerts = (
        Alert.objects.select_for_update(skip_locked=True)
        .filter(Q(severity="major") | (Q(severity="warning") & ~Q(category="")))
        .filter(state=Alert.State.FIRING, incident=None)
        .order_by("id")[:5000]
    )
    groups: dict[str, list[Alert]] = {}
    for alert in alerts:
        category = category_of(alert.kind, alert.category)
        groups.setdefault(dedup_key(category, alert.kind, alert.site_id), []).append(alert)
    opened = 0
    for key, group in sorted(groups.items()):
        opened += _incident_for(actor, key, group)
    return opened


def _incident_for(actor: Actor, key: str, group: list[Alert]) -> bool:
    worst = next((alert for alert in group if alert.severity == "major"), group[0])
    grade = grade_of(worst.severity, worst.category) or "ordinary"
    incident, is_new = open_incident(
        actor=actor,
        category=category_of(worst.kind, worst.category),
        grade=grade,
        title=worst.title,
        key=key,
        detail=worst.detail,
        url=worst.url,
        site_id=worst.site_id,
    )
    if is_new and worst.title_zh:
        Incident.objects.filter(pk=incident.pk).update(title_zh=worst.title_zh)
    if grade == "major" and incident.grade != "major":
        regrade_incident(actor=actor, incident_id=incident.pk, grade="major", reason=worst.title)
    Alert.objects.filter(pk__in=[alert.pk for alert in group]).update(incident=incident)
    return is_new


@transaction.atomic
def record_breaches(*, actor: Actor, at: datetime) -> int:
    """Write down every clock of an open incident that is over at `at`, once each; returns how many.

    Locks: the incidents (those another worker holds are left to it). Records: incident.respond_breached, inform_breached.
    """
    found = 0
    rows = Incident.objects.select_for_update(skip_locked=True, of=("self",)).exclude(
        state=Incident.State.CLOSED
    )
    for incident in rows.filter(respond_due_at__lte=at, responded_at=None, respond_breached_at=None):
        Incident.objects.filter(pk=incident.pk).update(respond_breached_at=at)
        _breach(incident, actor, "respond")
        found += 1
    for incident in rows.filter(inform_due_at__lte=at, informed_at=None, inform_breached_at=None):
        Incident.objects.filter(pk=incident.pk).update(inform_breached_at=at)
        _breach(incident, actor, "inform")
        found += 1
    return found


def _breach(incident: Incident, actor: Actor, clock: str) -> None:
    _entry(incident, actor, f"{clock}_breached")
    kind, subject = f"incident.{clock}_breached", f"incident:{incident.pk}"
    record(actor=actor, kind=kind, subject=subject, site_ids=_sites_of(incident))


@transaction.atomic
def take_incident(*, actor: Actor, incident_id: int) -> Incident:
    """Become the owner; the first taking stops the respond clock, and never the one to inform.

    Locks: the incident. Records: incident.taken. Allowed: incidents.work, checked at the edge.
    """
    incident = _locked(incident_id)
    before = incident.owner_id
    incident.owner_id = actor.id
    incident.state = Incident.State.WORKING
    first = incident.responded_at is None
    if first:
        incident.responded_at = database_now()
    incident.save(update_fields=["owner", "state", "responded_at"])
    IncidentStep.objects.filter(incident=incident, code="take", done_at=None).update(
        done_at=Now(), done_by_id=actor.id
    )
    _entry(incident, actor, "taken", data={"before": before})
    record(
        actor=actor,
        kind="incident.taken",
        subject=f"incident:{incident_id}",
        before={"owner": before},
        after={"owner": actor.id},
        site_ids=_sites_of(incident),
    )
    return incident


@transaction.atomic
def record_step(*, actor: Actor, incident_id: int, number: int, note: str = "") -> IncidentStep:
    """Tick a step of the playbook off.

    Raises Faults 404 `unknown_step`, 409 `step_done`, `incident_closed`.
    Locks: the incident. Records: incident.step_done. Allowed: incidents.work, checked at the edge.
    """
    incident = _locked(incident_id)
    changed = IncidentStep.objects.filter(incident=incident, number=number, done_at=None).update(
        done_at=Now(), done_by_id=actor.id, note=note
    )
    step = IncidentStep.objects.filter(incident=incident, number=number).first()
    if step is None:
        raise refuse("unknown_step", "The playbook has no such step.", status=404)
    if not changed:
        raise refuse("step_done", "This step is done already.", status=409)
    _entry(
        incident, actor, "step_done", note, {"number": number, "title": step.title, "title_zh": step.title_zh}
    )
    record(
        actor=actor,
        kind="incident.step_done",
        subject=f"incident:{incident_id}",
        reason=note,
        after={"step": number, "code": step.code},
        site_ids=_sites_of(incident),
    )
    return step


@transaction.atomic
def tell(*, actor: Actor, incident_id: int, user_id: int, channel: str = "app") -> IncidentNotice:
    """Write down that a person was told; being told again changes nothing.

    Raises Faults 422 `unknown_user`, 409 `incident_closed`.
    Locks: the incident. Records: incident.told. Allowed: incidents.work, checked at the edge.
    """
    incident = _locked(incident_id)
    if user_id not in users_by_ids([user_id]):
        raise refuse("unknown_user", "There is no such person.", pointer="/user")
    notice, is_new = IncidentNotice.objects.get_or_create(
        incident=incident, user_id=user_id, defaults={"channel": channel}
    )
    if is_new:
        _entry(incident, actor, "told", data={"user": user_id, "name": str(notice.user), "channel": channel})
        record(
            actor=actor,
            kind="incident.told",
            subject=f"incident:{incident_id}",
            after={"user": user_id},
            site_ids=_sites_of(incident),
        )
    return notice


@transaction.atomic
def confirm_told(*, actor: Actor, incident_id: int, user_id: int) -> IncidentNotice:
    """The person confirmed; the first confirmation by core management stops the clock to inform.

    Core management: roles admin, price_manager, stock_manager, finance. Recorded by the person or by the duty officer.
    Raises Faults 404 `not_told`, 409 `confirmed_already`, 403 `not_allowed`.
    Locks: the incident. Records: incident.informed. Allowed: the person told, or incidents.work.
    """
    if actor.id != user_id and not actor.may("incidents.work"):
        raise refuse("not_allowed", "Only the person told or the duty officer confirms.", status=403)
    incident = _locked(incident_id)
    notice = IncidentNotice.objects.select_related("user").filter(incident=incident, user_id=user_id).first()
    if notice is None:
        raise refuse("not_told", "This person has not been told yet.", status=404)
    if notice.confirmed_at is not None:
        raise refuse("confirmed_already", "This person has confirmed already.", status=409)
    IncidentNotice.objects.filter(pk=notice.pk).update(confirmed_at=Now())
    stops = notice.user.role in MANAGEMENT_ROLES and incident.informed_at is None
    if stops:
        Incident.objects.filter(pk=incident.pk).update(informed_at=Now())
    _entry(incident, actor, "confirmed", data={"user": user_id, "name": str(notice.user), "stops": stops})
    record(
        actor=actor,
        kind="incident.informed",
        subject=f"incident:{incident_id}",
        after={"user": user_id, "stops_clock": stops},
        site_ids=_sites_of(incident),
    )
    return IncidentNotice.objects.get(pk=notice.pk)


@transaction.atomic
def regrade_incident(*, actor: Actor, incident_id: int, grade: str, reason: str) -> Incident:
    """Make an incident major or ordinary; becoming major starts the clock to inform now, both stamps are kept.

    Raises Faults 409 `unchanged`.
    Locks: the incident. Records: incident.regraded. Allowed: incidents.work, checked at the edge.
    """
    incident = _locked(incident_id)
    if incident.grade == grade:
        raise refuse("unchanged", "The incident has this grade already.", status=409)
    before = incident.grade
    now = database_now()
    clocks = clocks_of(grade, incident.opened_at, now, incident.playbook.respond_minutes)
    incident.grade = grade
    incident.graded_at = now
    incident.generation += 1
    incident.inform_due_at = clocks.inform_due_at
    incident.save(update_fields=["grade", "graded_at", "generation", "inform_due_at"])
    _entry(incident, actor, "regraded", reason, {"before": before, "after": grade})
    record(
        actor=actor,
        kind="incident.regraded",
        subject=f"incident:{incident_id}",
        reason=reason,
        before={"grade": before},
        after={"grade": grade},
        site_ids=_sites_of(incident),
    )
    return incident


@transaction.atomic
def write_note(*, actor: Actor, incident_id: int, text: str) -> IncidentEntry:
    """Add a line to the timeline.

    Raises Faults 422 `empty_note`.
    Locks: the incident. Records: incident.noted. Allowed: incidents.work, checked at the edge.
    """
    if not text.strip():
        raise refuse("empty_note", "Write something.", pointer="/text")
    incident = _locked(incident_id)
    entry = _entry(incident, actor, "note", text.strip())
    record(
        actor=actor,
        kind="incident.noted",
        subject=f"incident:{incident_id}",
        reason=text.strip(),
        site_ids=_sites_of(incident),
    )
    return entry


@transaction.atomic
def close_incident(*, actor: Actor, incident_id: int, reason: str) -> Incident:
    """Close an incident that has an owner and a reason; a major one only once core management has confirmed.

    Its alerts are resolved with it; a condition that lasts raises its alert, and so an incident, again.
    Raises Faults 422 `reason_required`, 409 `not_taken`, `not_informed`, `incident_closed`.
    Locks: the incident. Records: incident.closed. Allowed: incidents.work, checked at the edge.
    """
    incident = _locked(incident_id)
    if not reason.strip():
        raise refuse("reason_required", "Say how it ended.", pointer="/reason")
    if incident.owner_id is None:
        raise refuse("not_taken", "Somebody must take it before it is closed.", status=409)
    if incident.grade == Incident.Grade.MAJOR and incident.informed_at is None:
        raise refuse("not_informed", "Core management has not confirmed yet.", status=409)
    incident.state = Incident.State.CLOSED
    incident.closed_at = database_now()
    incident.close_reason = reason.strip()
    incident.save(update_fields=["state", "closed_at", "close_reason"])
    Alert.objects.filter(incident=incident).exclude(state=Alert.State.RESOLVED).update(
        state=Alert.State.RESOLVED, resolved_at=Now(), resolve_reason=reason.strip()[:300]
    )
    _entry(incident, actor, "closed", reason.strip())
    record(
        actor=actor,
        kind="incident.closed",
        subject=f"incident:{incident_id}",
        reason=reason.strip(),
        before={"state": "working"},
        after={"state": "closed"},
        site_ids=_sites_of(incident),
    )
    return incident


def database_now() -> datetime:
    """The database's clock at this statement: the moment after any lock that was waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _sites_of(incident: Incident) -> list[int]:
    """For the trail: who does not see the incident's site does not read of it there."""
    return [incident.site_id] if incident.site_id else []


def _locked(incident_id: int) -> Incident:
    incident = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("playbook")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        raise refuse("unknown_incident", "There is no such incident.", status=404)
    if incident.state == Incident.State.CLOSED:
        raise refuse("incident_closed", "The incident is closed.", status=409)
    return incident


def _entry(
    incident: Incident, actor: Actor, kind: str, text: str = "", data: dict[str, object] | None = None
) -> IncidentEntry:
    return IncidentEntry.objects.create(
        incident=incident,
        kind=kind,
        actor_id=(actor.id or 0) if actor.kind == "user" else 0,
        actor_name=actor.name,
        text=text,
        data=data or {},
    )
