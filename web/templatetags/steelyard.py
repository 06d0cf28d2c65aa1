"""Component tags: `{% load steelyard %}`. docs/components.md shows each with its use.

Tags that stand in every cell of a table build their HTML here; the larger parts render templates/web/components/.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lib import clock
from lib.actors import Actor
from lib.money import Money
from web import deadlines, drawings, figures, people, states, times
from web.icons import icon_svg

register = template.Library()
COMPONENTS = "web/components/"


@register.simple_tag
def icon(name: str, size: int = 14, label: str = "") -> SafeString:
    """A Tabler outline icon of tools/icons.txt; 14 in text, 16 in buttons, 18 in the rail."""
    return icon_svg(name, size, label)


@register.simple_tag
def key(*names: str) -> SafeString:
    """Key caps: {% key "Ctrl" "Enter" %}. Enter and the arrows are drawn."""
    drawn = {"Enter": "↵", "Up": "↑", "Down": "↓", "Left": "←", "Right": "→"}
    return mark_safe("".join(format_html('<kbd class="kbd">{}</kbd>', drawn.get(n, n)) for n in names))


# -- figures ---------------------------------------------------------------------------------------------------------


def unknown(reason: str = "") -> SafeString:
    """A dash with its reason on hover; what is not known is never 0."""
    reason = reason or _("not known")
    return format_html(
        '<span class="unknown" title="{}" tabindex="0"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        reason,
        figures.DASH,
        reason,
    )


@register.simple_tag
def money(amount: Any, currency: str = "", reason: str = "", **form: bool) -> SafeString:
    """An amount with its currency; a Money may stand for both. None is a dash with `reason` on hover.

    form: bare=True without symbol, plus=True with a plus sign, whole=True without minor units.
    """
    if isinstance(amount, Money):
        amount, currency = amount.amount, amount.currency
    number = figures.decimal_of(amount)
    if number is None:
        return unknown(reason)
    return format_html('<span class="money">{}</span>', figures.money_text(number, currency, **form))


@register.simple_tag
def qty(
    value: Any, unit: str = "", places: int | None = None, plus: bool = False, reason: str = ""
) -> SafeString:
    """A quantity or count, grouped, true minus; zero in quiet grey; None is a dash."""
    number = figures.decimal_of(value)
    if number is None:
        return unknown(reason)
    text = figures.figure(number, places, plus=plus)
    text = f"{text}{figures.NBSP}{unit}" if unit else text
    return format_html('<span class="{}">{}</span>', "qty zero" if number == 0 else "qty", text)


@register.simple_tag
def percent(value: Any, places: int = 1, fraction: bool = False, reason: str = "") -> SafeString:
    """ "41.6 %"; `fraction`: the value is 0–1."""
    number = figures.decimal_of(value)
    if number is None:
        return unknown(reason)
    return mark_safe(figures.figure(number * 100 if fraction else number, places) + figures.NBSP + "%")


@register.simple_tag
def delta(value: Any, good: figures.Good = "", arrow: bool = True, **form: Any) -> SafeString:
    """A change: sign, value, arrow icon. good="up"/"down" when a direction is good, else grey; 0 has no sign.

    form: unit="%" and places=1, or currency="GBP" and perhaps whole=True.
    """
    number = figures.decimal_of(value)
    if number is None:
        return unknown()
    shown = figures.delta_of(number, good=good, **form)
    picture = {1: "arrow-up-right", -1: "arrow-down-right"}.get(shown.direction, "")
    return format_html(
        '<span class="delta{}">{}{}</span>',
        f" is-{shown.tone}" if shown.tone else "",
        icon_svg(picture) if picture and arrow else "",
        shown.text,
    )


# -- small parts -----------------------------------------------------------------------------------------------------


@register.simple_tag
def chip(state: Any = "", label: str = "", tone: str = "", icon: str = "", url: str = "") -> SafeString:
    """A state chip by code (web/states.py); label, tone and icon override or make a free chip."""
    word, own_tone, own_icon = states.state_row(str(state)) if state else ("", "grey", "")
    picture = icon or own_icon
    return format_html(
        '<{0} class="chip tone-{1}"{2}>{3}{4}</{5}>',
        "a" if url else "span",
        tone or own_tone,
        format_html(' href="{}"', url) if url else "",
        icon_svg(picture) if picture else "",
        label or word,
        "a" if url else "span",
    )


@register.simple_tag
def deadline(
    due_at: datetime | None,
    started_at: datetime | None = None,
    stopped_at: datetime | None = None,
    watch: bool = False,
    word: str = "",
) -> SafeString:
    """A deadline clock that ticks in the browser; see web/deadlines.py for its states. None: a dash."""
    if not due_at:
        return unknown(_("no deadline"))
    started_at, stopped_at = started_at or None, stopped_at or None
    shown = deadlines.clock_of(due_at, clock.now(), started_at=started_at, stopped_at=stopped_at, watch=watch)
    icons = {"over": "alert-circle", "stopped": "circle-check"}
    attributes = (
        ""
        if stopped_at
        else format_html(
            ' data-due="{}" data-since="{}"{}',
            due_at.isoformat(),
            started_at.isoformat() if started_at else "",
            mark_safe(" data-watch") if watch else "",
        )
    )
    return format_html(
        '<span class="deadline is-{}"{} title="{}">{}<span class="figure-time">{}</span>{}</span>',
        shown.state,
        attributes,
        times.full_text(due_at),
        icon_svg(icons[shown.state]) if shown.state in icons else _ring(shown.left_fraction),
        shown.text,
        format_html('<span class="word">{}</span>', word) if word else "",
    )


def _ring(left_fraction: float) -> SafeString:
    return format_html(
        '<svg class="ring" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="5.5"/>'
        '<circle class="ring-left" cx="7" cy="7" r="5.5" pathLength="100" stroke-dasharray="{} 100"/></svg>',
        round(left_fraction * 100),
    )


@register.simple_tag
def person(who: Any = None, kind: str = "", size: int = 20, name_only: bool = False) -> SafeString:
    """A person chip from a user, an Actor or a name; robot for policy, job or system; amber when nobody."""
    if who is None or who == "":
        return format_html(
            '<span class="person is-nobody">{}<span>{}</span></span>', icon_svg("user", 16), _("Nobody yet")
        )
    kind = kind or (who.kind if isinstance(who, Actor) else "user")
    name = who.name if isinstance(who, Actor) else str(who)
    if kind in people.NOT_PEOPLE:
        picture: SafeString = icon_svg(people.NOT_PEOPLE[kind], 16)
    else:
        picture = avatar(name, size)
    return format_html('<span class="person">{}<span>{}</span></span>', "" if name_only else picture, name)


@register.simple_tag
def avatar(name: Any, size: int = 20) -> SafeString:
    """Initials in a circle of 20, 28 or 36 px; the name must stand beside it."""
    extra = f" avatar-{size}" if size != 20 else ""
    return format_html(
        '<span class="avatar{}" aria-hidden="true">{}</span>', extra, people.initials_of(str(name))
    )


@register.simple_tag
def proof(state: str, seal: int | None = None, seconds: int | None = None, url: str = "") -> SafeString:
    """Proof badge: "proven" with its seal, "waiting" with seconds to the next seal, "broken" with its seal."""
    number = f"{seal:,}" if seal is not None else ""
    if state == "proven":
        text = _("Proven, seal %(seal)s") % {"seal": number} if number else _("Proven")
        return chip("", text, "green", "shield-check", url)
    if state == "broken":
        text = _("Broken at seal %(seal)s") % {"seal": number} if number else _("Broken")
        return chip("", text, "red", "shield-x", url)
    text = _("Sealed in %(seconds)s s") % {"seconds": seconds} if seconds is not None else _("Not sealed yet")
    return chip("", text, "grey", "hourglass", url)


@register.simple_tag
def local_time(
    at: datetime | date | None, form: str = "short", site_zone: str = "", reason: str = ""
) -> SafeString:
    """An instant in the reader's zone, the site's zone (or UTC) on hover.

    form: "time" 08:42, "seconds" 08:42:11, "date" 15 Oct 2026, "day" Thu 15 Oct, "short" (time today, else
    15 Oct 08:42), "full" Thursday 15 October 2026 08:42.
    """
    if not at:
        return unknown(reason)
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), times.date_text(at, form))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        times.hover_text(at, site_zone),
        times.text_of(at, form, clock.now()),
    )


# -- drawings --------------------------------------------------------------------------------------------------------


@register.inclusion_tag(COMPONENTS + "sparkline.html")
def sparkline(values: Sequence[Any], label: str = "") -> dict[str, Any]:
    """A 64 × 20 line of `values`, oldest first; gaps (None) are left out."""
    return {"spark": drawings.spark_of([float(v) for v in values or [] if v is not None]), "label": label}


@register.inclusion_tag(COMPONENTS + "bar.html")
def bar(
    value: Any, most: Any = 100, mark: Any = None, tone: str = "accent", label: str = "", cover: bool = False
) -> dict[str, Any]:
    """A bar from zero on a track; `mark` is a tick (safety stock, limit). tone: accent, total, good, bad, amber."""
    limit = float(most or 1)
    return {
        "percent": drawings.share_percent(float(value or 0), limit),
        "mark": None if mark is None else drawings.share_percent(float(mark), limit),
        "tone": tone,
        "label": label,
        "is_cover": cover,
    }


@register.inclusion_tag(COMPONENTS + "band.html")
def band(low: Any, high: Any, price: Any, competitor: Any = None) -> dict[str, Any]:
    """The price band: track from low to high, our price as a bar, the competitor as a ring."""
    span = float(high) - float(low) or 1.0

    def place(value: Any) -> float:
        return round(min(max((float(value) - float(low)) / span, 0), 1) * 52 + 2, 1)

    return {"price_x": place(price), "competitor_x": None if competitor is None else place(competitor)}


@register.inclusion_tag(COMPONENTS + "waterfall.html")
def waterfall(rows: Iterable[Mapping[str, Any]], start: Any = 0, earned: bool = False) -> dict[str, Any]:
    """Waterfall rows {label, amount, text, kind}; see web.drawings.steps_of. `text` is the amount as shown."""
    return {"steps": drawings.steps_of(rows, start=Decimal(str(start)), earned=earned)}


# -- larger parts ----------------------------------------------------------------------------------------------------


@register.inclusion_tag(COMPONENTS + "diff.html")
def diff_rows(
    before: Mapping[str, Any], after: Mapping[str, Any], labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A before/after table; unchanged fields below in grey, folded when more than five."""
    changed: list[dict[str, Any]] = []
    same: list[dict[str, Any]] = []
    for field in dict.fromkeys([*before, *after]):
        old, new = before.get(field), after.get(field)
        row = {"field": (labels or {}).get(field, field), "before": old, "after": new}
        (same if old == new else changed).append(row)
    return {"changed": changed, "same": same, "is_folded": len(same) > 5}


@register.inclusion_tag(COMPONENTS + "finding.html")
def finding(
    severity: str, what: str, why: str = "", evidence: str = "", way: str = "", way_url: str = ""
) -> dict[str, Any]:
    """A finding. severity: block, review, note or passed; evidence may be safe HTML; way: the small button's word."""
    icons = {"block": "ban", "review": "alert-triangle", "passed": "circle-check"}
    return {
        "severity": severity,
        "icon": icons.get(severity, "info-circle"),
        "what": what,
        "why": why,
        "evidence": evidence,
        "way": way,
        "way_url": way_url,
    }


@register.inclusion_tag(COMPONENTS + "empty.html")
def empty(
    icon: str, what: str, why: str = "", way: str = "", way_url: str = "", key: str = ""
) -> dict[str, Any]:
    """An empty state: what is so, why, one button with what to do next."""
    return {"icon": icon, "what": what, "why": why, "way": way, "way_url": way_url, "key": key}


@register.inclusion_tag(COMPONENTS + "progress.html")
def progress(name: str, done: int, total: int, note: str = "", stop_url: str = "") -> dict[str, Any]:
    """Long work: rows done and left, bar, that one may leave, Stop."""
    return {
        "name": name, "done": done, "total": total, "note": note, "stop_url": stop_url,
        "percent": drawings.share_percent(done, total or 1),
    }  # fmt: skip


@register.inclusion_tag(COMPONENTS + "field.html")
def field(bound: Any, hint: str = "", **attributes: Any) -> dict[str, Any]:
    """A form field with label, control, hint and errors. attributes go to the control: `data_key="r"` → data-key."""
    kind = bound.widget_type
    classes = {"select": "form-select", "checkbox": "form-check-input", "radioselect": ""}.get(
        kind, "form-control"
    )
    extra = {name.replace("_", "-"): value for name, value in attributes.items()}
    hint = hint or bound.help_text
    described = " ".join(
        f"{bound.id_for_label}_{part}" for part, text in (("hint", hint), ("error", bound.errors)) if text
    )
    if described:
        extra["aria-describedby"] = described
    if bound.errors:
        extra["aria-invalid"] = "true"
    own = bound.field.widget.attrs.get("class", "")
    control = bound.as_widget(attrs={**extra, "class": f"{classes} {own}".strip()})
    return {"field": bound, "control": control, "hint": hint, "is_check": kind == "checkbox"}


@register.inclusion_tag(COMPONENTS + "sort_head.html", takes_context=True)
def sort_head(
    context: dict[str, Any], field: str, label: str, classes: str = "", param: str = "sort"
) -> dict[str, Any]:
    """A sortable <th>: the link keeps the filters of the URL and turns the order round; `-field` is descending."""
    query: QueryDict = context["request"].GET.copy()
    now = query.get(param, context.get("sort", ""))
    query[param] = f"-{field}" if now == field else field
    query.pop("page", None)
    query.pop("cursor", None)
    order = {field: "ascending", f"-{field}": "descending"}.get(now, "")
    return {"label": label, "classes": classes, "href": "?" + query.urlencode(), "order": order}


@register.simple_tag(takes_context=True)
def url_with(context: dict[str, Any], **changes: Any) -> str:
    """This page's URL with query parameters changed; None or "" drops one; paging starts again."""
    query: QueryDict = context["request"].GET.copy()
    for name in ("page", "cursor"):
        query.pop(name, None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


@register.filter
def initials(name: Any) -> str:
    """Initials of a name."""
    return people.initials_of(str(name))


@register.simple_tag(takes_context=True)
def query_of(context: dict[str, Any], name: str, value: Any) -> str:
    """`url_with` for a parameter whose name is in a variable."""
    return url_with(context, **{name: value})


@register.simple_tag(takes_context=True)
def url_with_page(context: dict[str, Any], number: int) -> str:
    """This page's URL at page `number`, filters and order kept."""
    query: QueryDict = context["request"].GET.copy()
    query["page"] = str(number)
    return "?" + query.urlencode()


@register.simple_tag
def keys_of(names: str) -> SafeString:
    """Key caps of a spaced string: "Ctrl Z"."""
    return key(*names.split())
