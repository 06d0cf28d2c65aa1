"""What waits for a person, what happened since yesterday and what comes later today."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.models import Incident
from alerts.texts import shown
from approvals import access as approval_access
from approvals.models import ApprovalRequest
from audit.models import Event
from catalog.models import Site
from inventory.models import Count, Reconciliation
from inventory.queries.counts import counts_waiting_for
from jobs.models import JobRun
from lib.actors import Actor
from patrol.models import Round
from patrol.queries.verifications import WaitingRuns, waiting_runs
from pricing.models import PriceChange

LIMIT = 50


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: what, by when, since when, from whom, and where to go."""

    kind: str
    icon: str
    title: str
    detail: str
    who: str
    url: str
    since: datetime | None
    due_at: datetime | None


@dataclass(frozen=True)
class Happened:
    """One line of what happened: a sentence and its address."""

    icon: str
    word: str
    text: str
    url: str
    at: datetime


@dataclass(frozen=True)
class Later:
    """What is planned for later today."""

    at: datetime
    word: str
    text: str
    url: str


ICONS = {"price_change": "tag", "stock_adjustment": "package"}


def waiting_for(actor: Actor, sites: QuerySet[Site]) -> list[Waiting]:
    """What `actor` can act on now, nearest deadline first; at most 10 queries."""
    found = [_request_row(request) for request in approval_access.waiting_for(actor, LIMIT)]
    if actor.may("incidents.work"):
        found += [_incident_row(incident) for incident in _open_incidents(sites)]
    if actor.may("rounds.sign"):
        found += [_round_row(round_) for round_ in _unsigned_rounds()]
    if actor.may("reconciliations.decide"):
        found += [_reconciliation_row(one) for one in _open_reconciliations(sites)]
    found += _verification_rows(actor, sites)
    found += [_count_row(one) for one in counts_waiting_for(actor, sites, LIMIT)]
    return sorted(found, key=lambda row: (row.due_at is None, row.due_at, row.title))[:LIMIT]


def prepared_by_me(actor: Actor) -> list[Waiting]:
    """What `actor` prepared and still waits for somebody else, nearest deadline first; one query."""
    rows = ApprovalRequest.objects.filter(
        prepared_by_id=actor.id or -1, state=ApprovalRequest.State.PENDING
    ).order_by("due_at", "id")
    return [_request_row(request) for request in rows[:LIMIT]]


def _request_row(request: ApprovalRequest) -> Waiting:
    return Waiting(
        kind="approval",
        icon=ICONS.get(request.kind, "checks"),
        title=_("Approve: %(title)s") % {"title": request.title},
        detail=shown(request.summary, request.summary_zh),
        who=request.prepared_by_name,
        url=request.url or f"/approvals/{request.pk}/",
        since=request.requested_at,
        due_at=request.due_at,
    )


def _open_incidents(sites: QuerySet[Site]) -> list[Incident]:
    rows = Incident.objects.select_related("owner").exclude(state=Incident.State.CLOSED)
    return list(rows.filter(site__in=sites) | rows.filter(site__isnull=True))[:LIMIT]


def _incident_row(incident: Incident) -> Waiting:
    is_answered = incident.responded_at is not None
    return Waiting(
        kind="incident",
        icon="radar-2",
        title=f"{incident.reference} · {incident.shown_title}",
        detail=_("Work the playbook") if is_answered else _("Nobody has taken it yet"),
        who=str(incident.owner) if incident.owner else "",
        url=f"/watch/incidents/{incident.pk}/",
        since=incident.opened_at,
        due_at=incident.inform_due_at
        if is_answered and not incident.informed_at
        else None
        if is_answered
        else incident.respond_due_at,
    )


def _unsigned_rounds() -> list[Round]:
    return list(Round.objects.filter(state=Round.State.TO_SIGN).order_by("sign_due_at")[:LIMIT])


def _round_row(round_: Round) -> Waiting:
    return Waiting(
        kind="round",
        icon="eye-check",
        title=_("Sign the patrol round of %(time)s UTC") % {"time": f"{round_.slot:%H:%M}"},
        detail="",
        who="",
        url=f"/watch/rounds/{round_.pk}/",
        since=round_.slot,
        due_at=round_.sign_due_at,
    )


def _verification_rows(actor: Actor, sites: QuerySet[Site]) -> list[Waiting]:
    """Verifications whose sample is to be looked at, and those that are ready to be signed: a row for each kind."""
    rows = []
    if actor.may("verifications.recheck") and (left := waiting_runs(sites, is_ready=False)):
        words = ngettext(
            "Look again at %(count)d line of a verification",
            "Look again at %(count)d lines of verifications",
            left.lines,
        )
        rows.append(_verification_row("eye-check", words % {"count": left.lines}, left))
    if actor.may("verifications.sign") and (ready := waiting_runs(sites, is_ready=True)):
        words = ngettext("Sign %(count)d verification", "Sign %(count)d verifications", ready.runs)
        rows.append(_verification_row("clipboard-check", words % {"count": ready.runs}, ready))
    return rows


def _verification_row(icon: str, title: str, found: WaitingRuns) -> Waiting:
    return Waiting(
        kind="verification",
        icon=icon,
        title=title,
        detail="",
        who="",
        url=f"/watch/verifications/{found.first_id}/" if found.runs == 1 else "/watch/verifications/",
        since=found.since,
        due_at=found.due_at,
    )


def _open_reconciliations(sites: QuerySet[Site]) -> list[Reconciliation]:
    return list(
        Reconciliation.objects.select_related("site")
        .filter(state=Reconciliation.State.OPEN, site__in=sites)
        .order_by("due_at")[:LIMIT]
    )


def _reconciliation_row(one: Reconciliation) -> Waiting:
    return Waiting(
        kind="reconciliation",
        icon="scale",
        title=_("Work the differences of %(site)s") % {"site": one.site.name},
        detail=_("%(differing)d of %(lines)d lines differ")
        % {"differing": one.differing, "lines": one.matched + one.differing},
        who="",
        url=f"/stock/reconciliations/{one.pk}/",
        since=one.taken_at,
        due_at=one.due_at,
    )


COUNT_TITLES = {
    Count.State.RECOUNT: gettext_lazy("Count again at %(site)s"),
    Count.State.REVIEW: gettext_lazy("Settle the differences counted at %(site)s"),
    Count.State.SIGNING: gettext_lazy("Sign the stocktake of %(site)s"),
}


def _count_row(one: Count) -> Waiting:
    return Waiting(
        kind="count",
        icon="clipboard-list",
        title=str(COUNT_TITLES[Count.State(one.state)]) % {"site": one.site.name},
        detail=str(one),
        who="",
        url=f"/stock/counts/{one.pk}/",
        since=one.submitted_at or one.created_at,
        due_at=None,
    )


#: Event kinds worth a line on Today: icon, word, address of the subject's id.
TELLING = {
    "price_change.applied": ("checks", gettext_lazy("Applied"), "/prices/changes/{}/"),
    "price_change.rolled_back": ("arrow-back-up", gettext_lazy("Rolled back"), "/prices/changes/{}/"),
    "price_change.rejected": ("x", gettext_lazy("Rejected"), "/prices/changes/{}/"),
    "reconciliation.closed": ("scale", gettext_lazy("Reconciled"), "/stock/reconciliations/{}/"),
    "incident.closed": ("radar-2", gettext_lazy("Incident closed"), "/watch/incidents/{}/"),
    "incident.opened": ("alert-circle", gettext_lazy("Incident opened"), "/watch/incidents/{}/"),
    "round.signed": ("eye-check", gettext_lazy("Round signed"), "/watch/rounds/{}/"),
}


def happened_since(since: datetime, site_ids: frozenset[int] | None, limit: int = 6) -> list[Happened]:
    """The newest telling events since `since` within `site_ids` (None: all sites); at most four queries."""
    events = Event.objects.filter(kind__in=TELLING, recorded_at__gte=since)
    if site_ids is not None:
        events = events.filter(site_ids__contained_by=list(site_ids))
    found = list(events.order_by("-recorded_at", "-id")[:limit])
    names = _names_of([event.subject for event in found])
    return [_happened(event, names) for event in found]


def _names_of(subjects: list[str]) -> dict[str, str]:
    """What the subjects ("price_change:7") are called."""
    ids: dict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        noun, _colon, number = subject.partition(":")
        ids[noun].append(int(number))
    names = {
        f"price_change:{one.pk}": str(one) for one in PriceChange.objects.filter(pk__in=ids["price_change"])
    }
    for incident in Incident.objects.filter(pk__in=ids["incident"]):
        names[f"incident:{incident.pk}"] = f"{incident.reference} {incident.shown_title}"
    for one in Reconciliation.objects.select_related("site").filter(pk__in=ids["reconciliation"]):
        names[f"reconciliation:{one.pk}"] = one.site.name
    for round_ in Round.objects.filter(pk__in=ids["round"]):
        names[f"round:{round_.pk}"] = f"{round_.slot:%H:%M} UTC"
    return names


def _happened(event: Event, names: dict[str, str]) -> Happened:
    icon, word, address = TELLING[event.kind]
    text = names.get(event.subject, event.subject)
    number = event.subject.partition(":")[2]
    return Happened(icon, str(word), text, address.format(number), event.recorded_at)


JOB_WORDS = {
    "patrol.round": (gettext_lazy("Patrol"), "/watch/"),
    "patrol.verify": (gettext_lazy("Verification"), "/watch/verifications/"),
}


def later_today(now: datetime, until: datetime, limit: int = 6) -> list[Later]:
    """Price changes that take effect and slots of the rounds from `now` to `until`; two queries."""
    changes = PriceChange.objects.filter(
        state=PriceChange.State.APPROVED, effective_from__gt=now, effective_from__lte=until
    ).order_by("effective_from")[:limit]
    found = [
        Later(change.effective_from, _("Prices"), change.title, f"/prices/changes/{change.pk}/")
        for change in changes
        if change.effective_from
    ]
    slots = (
        JobRun.objects.filter(
            job__name__in=JOB_WORDS, state=JobRun.State.PLANNED, slot__gt=now, slot__lte=until
        )
        .values_list("job__name", "slot")
        .distinct()
        .order_by("slot")[:limit]
    )
    for name, slot in slots:
        word, url = JOB_WORDS[name]
        found.append(Later(slot, str(word), "", url))
    return sorted(found, key=lambda row: row.at)[:limit]
