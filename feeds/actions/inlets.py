"""Files that come in by themselves: folders are looked into, addresses are asked; each file is taken in once."""

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from audit.actions import record
from feeds.actions.accepting import MAX_FILE_BYTES, receive_file
from feeds.feed_access import visible_feeds, visible_inlets
from feeds.models import Delivery, Feed, Inlet, InletFile
from lib import clock, outbound
from lib.actors import Actor
from lib.failpoints import failpoint
from lib.faults import Fault, Faults, refuse

RIGHT = "feeds.manage"
LEASE_S = 600
FILES_AT_A_TIME = 50
#: Bytes of a name that leave room for a number before it.
LONGEST_NAME = 230
QUIET = timedelta(seconds=10)
LEAST_INTERVAL_S, MOST_INTERVAL_S = 60, 86_400
MAX_PULL_BYTES = 64 * 1024 * 1024
ALERT_AFTER = 3
TAKEN, REFUSED = "taken", "refused"
#: Names that writers give to what is not finished yet.
_UNFINISHED = re.compile(r"\A[.~]|\.(part|partial|filepart|tmp|temp|crdownload|swp)\Z", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\Z")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}\Z")


@dataclass(frozen=True)
class InletDraft:
    """An inlet as asked for; header_value "" keeps the secret that is there."""

    name: str
    feed: str
    kind: str
    url: str = ""
    header_name: str = ""
    header_value: str = ""
    interval_s: int = 300
    is_active: bool = True


@transaction.atomic
def save_inlet(*, actor: Actor, draft: InletDraft) -> Inlet:
    """Make an inlet, or change the one of this name.

    Raises Faults 403; 404 `unknown_inlet` (its feed is outside the scope); 422 `invalid_name`, `unknown_feed`,
    `invalid_kind`, `invalid_interval`, `invalid_header`, and the codes of `lib.outbound` for an address that may not be
    asked.
    Locks: the inlet. Records: inlet.saved, never the secret. Allowed: feeds.manage.
    """
    if not actor.may(RIGHT):
        raise refuse("not_allowed", "Your role does not manage feeds.", status=403)
    feed = visible_feeds(actor).filter(name=draft.feed).first()
    faults = list(_faults_of(draft, feed))
    if faults or feed is None:
        raise Faults(faults)
    old = Inlet.objects.select_for_update().filter(name=draft.name).first()
    if old is not None and not visible_inlets(actor).filter(pk=old.pk).exists():
        raise refuse("unknown_inlet", f"There is no inlet {draft.name!r}.", status=404)
    values = {
        "feed": feed,
        "kind": draft.kind,
        "url": draft.url if draft.kind == Inlet.Kind.PULL else "",
        "header_name": draft.header_name,
        "interval_s": draft.interval_s,
        "is_active": draft.is_active,
        "next_at": Now(),
        "failures": 0,
        "error": "",
    }
    if draft.header_value or not draft.header_name:
        values["header_value"] = draft.header_value
    if old is None or (old.url, old.feed_id) != (values["url"], feed.pk):
        values["etag"] = ""
    made, _is_new = Inlet.objects.update_or_create(name=draft.name, defaults=values)
    if draft.kind == Inlet.Kind.FOLDER:
        folder_of(made).mkdir(parents=True, exist_ok=True)
    resolve_alert(key=_alert_key(made), actor=actor)
    record(
        actor=actor,
        kind="inlet.saved",
        subject=f"inlet:{made.pk}",
        before=_told(old) if old else {},
        after=_told(Inlet.objects.get(pk=made.pk)),
    )
    return Inlet.objects.select_related("feed").get(pk=made.pk)


def _alert_key(inlet: Inlet) -> str:
    return f"inlet:{inlet.name}"


def _told(one: Inlet) -> dict[str, object]:
    return {
        "name": one.name, "feed": one.feed.name, "kind": one.kind, "url": one.url, "header": one.header_name,
        "interval_s": one.interval_s, "is_active": one.is_active,
    }  # fmt: skip


def _faults_of(draft: InletDraft, feed: Feed | None) -> Sequence[Fault]:
    faults = []
    if not _NAME.match(draft.name):
        faults.append(Fault("/name", "invalid_name", "A name has 1 to 60 lower-case letters, digits and -."))
    if feed is None:
        faults.append(Fault("/feed", "unknown_feed", f"There is no feed {draft.feed[:60]!r}."))
    if draft.kind not in Inlet.Kind.values:
        faults.append(Fault("/kind", "invalid_kind", "Say folder or pull."))
    if not LEAST_INTERVAL_S <= draft.interval_s <= MOST_INTERVAL_S:
        detail = f"Every {LEAST_INTERVAL_S} to {MOST_INTERVAL_S} seconds."
        faults.append(Fault("/interval_s", "invalid_interval", detail))
    if draft.header_name and not _HEADER.match(draft.header_name):
        faults.append(Fault("/header_name", "invalid_header", "A header's name has letters, digits and -."))
    if any(ord(mark) < 32 or ord(mark) > 126 for mark in draft.header_value) or len(draft.header_value) > 500:
        detail = "A header's value has up to 500 printable characters."
        faults.append(Fault("/header_value", "invalid_header", detail))
    if draft.kind == Inlet.Kind.PULL:
        try:
            outbound.checked_url(draft.url[:500], settings.OUTBOUND_ALLOW_PRIVATE)
        except outbound.OutboundError as error:
            faults.append(Fault("/url", error.code, error.detail))
    return faults


def folder_of(inlet: Inlet) -> Path:
    """The folder that is watched: its name is the inlet's, which has no separators."""
    return Path(settings.DATA_DIR) / "inbox" / inlet.name


def claim_inlets(limit: int = 10) -> list[int]:
    """Take the inlets that are due, each for ten minutes; not those of a feed or a source that is switched off.

    Locks: the rows for the statement. Records: nothing. Allowed: the loop.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE feeds_inlet SET lease_until = clock_timestamp() + %s * interval '1 second' WHERE id IN ("
            "SELECT i.id FROM feeds_inlet i JOIN feeds_feed f ON f.id = i.feed_id LEFT JOIN feeds_source s ON s.id = f.source_id"
            " WHERE i.is_active AND f.is_active AND coalesce(s.is_active, true) AND i.next_at <= clock_timestamp()"
            " AND (i.lease_until IS NULL OR i.lease_until < clock_timestamp())"
            " ORDER BY i.next_at FOR UPDATE OF i SKIP LOCKED LIMIT %s) RETURNING id",
            [LEASE_S, limit],
        )
        return sorted(row[0] for row in cursor.fetchall())


def look_in(*, actor: Actor, inlet_id: int) -> int:
    """Take in what a claimed inlet holds; how many files. What goes wrong is kept, told after three times, tried again.

    Network and disk outside any transaction. Locks: the inlet, briefly. Records: delivery.received for each file.
    Allowed: the loop, or feeds.push by hand.
    """
    inlet = Inlet.objects.select_related("feed").get(pk=inlet_id)
    try:
        taken = _pull(actor, inlet) if inlet.kind == Inlet.Kind.PULL else _folder(actor, inlet)
    except (outbound.OutboundError, OSError, Faults) as error:
        _failed(actor, inlet, str(error)[:500])
        return 0
    values = {"looked_at": Now(), "failures": 0, "error": "", "lease_until": None, "next_at": _later(inlet)}
    Inlet.objects.filter(pk=inlet.pk).update(**values, **({"took_at": Now()} if taken else {}))
    if inlet.failures >= ALERT_AFTER:
        resolve_alert(key=_alert_key(inlet), actor=actor)
    return taken


def _later(inlet: Inlet, times: int = 1) -> object:
    seconds = min(inlet.interval_s * times, MOST_INTERVAL_S) if inlet.kind == Inlet.Kind.PULL else 15
    return Now() + Value(timedelta(seconds=seconds))


def _failed(actor: Actor, inlet: Inlet, error: str) -> None:
    times = min(2**inlet.failures, 16)
    Inlet.objects.filter(pk=inlet.pk).update(
        looked_at=Now(),
        failures=F("failures") + 1,
        error=error,
        lease_until=None,
        next_at=_later(inlet, times),
    )
    if inlet.failures + 1 >= ALERT_AFTER:
        raise_alert(
            key=_alert_key(inlet),
            kind="inlet_failed",
            severity="warning",
            title=format_lazy(_("Files of {inlet} cannot be fetched"), inlet=inlet.name),
            detail=error,
            url="/feeds/inlets/",
            category="feed_trouble",
            actor=actor,
        )


def _folder(actor: Actor, inlet: Inlet) -> int:
    """Finished files, oldest first; each is moved to taken/ or refused/ once it is a delivery or cannot be one."""
    folder = folder_of(inlet)
    folder.mkdir(parents=True, exist_ok=True)
    young = clock.now() - QUIET
    found = sorted(
        (facts.st_mtime_ns, path)
        for path in folder.iterdir()
        if not _UNFINISHED.search(path.name) and stat.S_ISREG((facts := path.lstat()).st_mode)
        and datetime.fromtimestamp(facts.st_mtime, tz=young.tzinfo) <= young
    )  # fmt: skip
    taken, unread = 0, ""
    for generation, path in found[:FILES_AT_A_TIME]:
        try:
            body = _bytes_of(path)
        except OSError as error:
            unread = f"{path.name[:200]}: {error.strerror}"
            continue
        # A name whose bytes are no text is kept with question marks.
        kept = _take(actor, inlet, path.name.encode("utf-8", "replace").decode(), body, generation)
        _move_away(path, TAKEN if kept.delivery_id else REFUSED, kept.pk)
        taken += 1
    if unread:  # told with the inlet's failures; what could be read is in
        raise OSError(unread)
    return taken


def _bytes_of(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _move_away(path: Path, where: str, number: int) -> None:
    target = path.parent / where
    target.mkdir(exist_ok=True)
    name = os.fsdecode(os.fsencode(path.name)[-LONGEST_NAME:])
    path.replace(target / f"{number}-{name}")


def _pull(actor: Actor, inlet: Inlet) -> int:
    headers = {inlet.header_name: inlet.header_value} if inlet.header_name else {}
    if inlet.etag:
        headers["If-None-Match"] = inlet.etag
    bounds = outbound.Bounds(
        total_s=120, max_bytes=MAX_PULL_BYTES, allow_private=settings.OUTBOUND_ALLOW_PRIVATE
    )
    answer = outbound.send(outbound.Request("GET", inlet.url, headers), bounds)
    if answer.status == 304:
        return 0
    if answer.status != 200:
        raise refuse("http_status", f"The answer was {answer.status}.")
    name = Path(inlet.url.partition("?")[0]).name[:200] or inlet.name
    newest = InletFile.objects.filter(inlet=inlet).order_by("-id").first()
    is_new = newest is None or newest.sha256 != hashlib.sha256(answer.body).hexdigest()
    if is_new:
        _take(actor, inlet, name, answer.body, newest.pk if newest else 0)
    Inlet.objects.filter(pk=inlet.pk).update(etag=answer.headers.get("etag", "")[:200])
    return int(is_new)


def _take(actor: Actor, inlet: Inlet, name: str, body: bytes, generation: int) -> InletFile:
    """The file as a delivery, once: found again after a kill it is what it was. Refused at the door it is told."""
    digest = hashlib.sha256(body).hexdigest()
    place = {"inlet": inlet, "name": name[:200], "sha256": digest, "generation": generation}
    known = InletFile.objects.filter(**place).first()
    if known is not None:
        return known
    failpoint("inlet.found")
    with transaction.atomic():
        try:
            with transaction.atomic():
                delivery = receive_file(
                    actor=actor, feed=inlet.feed, filename=name, body=body, way=Delivery.Way(inlet.kind)
                )
        except Faults as faults:
            return _refused(actor, InletFile.objects.create(**place, error_code=faults.faults[0].code[:60]))
        made = InletFile.objects.create(**place, delivery=delivery)
    failpoint("inlet.taken")
    return made


def _refused(actor: Actor, made: InletFile) -> InletFile:
    raise_alert(
        key=f"inlet_file:{made.pk}",
        kind="inlet_failed",
        severity="warning",
        title=format_lazy(
            _("File {name} of {inlet} was refused: {code}"),
            name=made.name[:80],
            inlet=made.inlet.name,
            code=made.error_code,
        ),
        url="/feeds/inlets/",
        category="feed_trouble",
        actor=actor,
    )
    return made
