"""What becomes of overrides when their parent's price moves: lines that follow, questions, answers."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext_lazy

from alerts.actions import raise_alert, resolve_alert
from audit.actions import record
from catalog.actions.upserts import stage
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions.drafting import ChangeDraft, create_change
from pricing.actions.lines import LineDraft, ReadLine, write_lines
from pricing.models import OverrideQuestion, PriceChange, PriceChangeLine
from pricing.queries.overrides import moved_by_draft, moved_by_placed, override_questions
from pricing.rules.overrides import FOLLOW, Moved, moved_amount

Answer = OverrideQuestion.Answer
ANSWERS = ("keep", "move", "drop")
STAGE = {
    "price_list_id": "bigint",
    "product_id": "bigint",
    "min_quantity": "numeric(18,6)",
    "currency": "varchar(3)",
    "own_amount": "numeric(20,6)",
    "parent_from": "numeric(20,6)",
    "parent_to": "numeric(20,6)",
    "moved_amount": "numeric(20,6)",
}
URL = "/prices/overrides/"
NONE_NAMED = gettext_noop("Tick at least one price.")
ANSWERED = gettext_noop("Someone has answered meanwhile.")


def add_followers(change: PriceChange, now: datetime) -> None:
    """Give a draft the lines of overrides that follow what it moves, marked as such: they are approved with the rest.

    A roll-back needs none: the lines it undoes are there. The caller holds the change's lock.
    """
    if change.rolls_back_id is not None:
        return
    change.lines.filter(origin=PriceChangeLine.Origin.FOLLOW).delete()
    moved = moved_by_draft(change, now, (FOLLOW,))
    if moved:
        lines = [
            ReadLine(index, one.price_list, one.product_id, one.min_quantity, one.moved_amount)
            for index, one in enumerate(moved)
        ]
        before = change.lines.order_by("-id").values_list("id", flat=True).first() or 0
        write_lines(change, lines, now)
        change.lines.filter(pk__gt=before).update(origin=PriceChangeLine.Origin.FOLLOW)
    change.line_count = change.lines.count()
    PriceChange.objects.filter(pk=change.pk).update(line_count=change.line_count)


def refuse_outrun(change: PriceChange, now: datetime) -> None:
    """Raise Faults 409 `base_moved` if a parent's price moved while the lines that follow it were written."""
    followed = change.lines.filter(origin=PriceChangeLine.Origin.FOLLOW)
    stored = {
        (list_id, product_id, minimum): amount
        for list_id, product_id, minimum, amount in followed.values_list(
            "price_list_id", "product_id", "min_quantity", "amount"
        )
    }
    if not stored:
        return
    fresh = {
        (one.price_list.id, one.product_id, one.min_quantity): one.moved_amount
        for one in moved_by_draft(change, now, (FOLLOW,))
    }
    if fresh != stored:
        raise refuse("base_moved", "A parent's price moved meanwhile; submit it again.", status=409)


def ask_about(change: PriceChange) -> int:
    """Questions about the overrides that a placed change has moved away from; how many are open because of it.

    Questions about prices that the change sets itself are overtaken. Called when it is announced.
    """
    _overtake(change)
    moved = _since_asked(moved_by_placed(change))
    if moved:
        stage(
            "pricing_stage_questions",
            STAGE,
            (
                (
                    one.price_list.id, one.product_id, one.min_quantity, one.price_list.currency, one.own_amount,
                    one.parent_from, one.parent_to, one.moved_amount,
                )
                for one in moved
            ),
        )  # fmt: skip
        names = ", ".join(STAGE)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO pricing_overridequestion ({names}, change_id, answer, answered_by_name)"
                f" SELECT {names}, %s, '', '' FROM pg_temp.pricing_stage_questions"
                " ON CONFLICT (price_list_id, product_id, min_quantity) WHERE answer = '' DO UPDATE SET"
                " own_amount = EXCLUDED.own_amount, parent_to = EXCLUDED.parent_to, change_id = EXCLUDED.change_id,"
                " moved_amount = EXCLUDED.moved_amount, asked_at = now()",
                [change.pk],
            )
    tell_lists({one.price_list.code for one in moved})
    return len(moved)


def _since_asked(moved: list[Moved]) -> list[Moved]:
    """Where a question is open already, the parent's way counts from where that began; 1 query."""
    if not moved:
        return []
    asked = {
        (list_id, product_id, minimum): parent_from
        for list_id, product_id, minimum, parent_from in OverrideQuestion.objects.filter(
            answer=Answer.OPEN, product_id__in={one.product_id for one in moved}
        ).values_list("price_list_id", "product_id", "min_quantity", "parent_from")
    }
    found = []
    for one in moved:
        start = asked.get((one.price_list.id, one.product_id, one.min_quantity), one.parent_from)
        amount = moved_amount(one.own_amount, start, one.parent_to, one.price_list)
        found.append(one._replace(parent_from=start, moved_amount=amount))
    return found


def _overtake(change: PriceChange) -> None:
    """Close open questions about prices that this change sets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pricing_overridequestion q SET answer = 'past', answered_at = now(), answered_by_name = %s"
            " FROM pricing_pricechangeline l, pricing_pricelist pl WHERE l.change_id = %s AND q.answer = ''"
            " AND q.price_list_id = l.price_list_id AND q.product_id = l.product_id"
            " AND q.min_quantity = l.min_quantity AND pl.id = q.price_list_id RETURNING pl.code",
            [change.reference, change.pk],
        )
        codes = {code for (code,) in cursor.fetchall()}
    tell_lists(codes)


def tell_lists(codes: set[str]) -> None:
    """One alert for each list with open questions; those of lists without any are resolved."""
    if not codes:
        return
    waiting = override_questions(answer="").filter(price_list__code__in=codes).order_by()
    counts = dict(waiting.values_list("price_list__code").annotate(count=Count("pk")))
    for code in sorted(codes):
        key = f"override_question:{code}"
        if code not in counts:
            resolve_alert(key, "answered")
            continue
        raise_alert(
            key=key,
            kind="override_question",
            severity="warning",
            title=ngettext_lazy(
                "%(count)d own price of %(list)s: keep it, or move it with its parent?",
                "%(count)d own prices of %(list)s: keep them, or move them with their parent?",
                counts[code],
            )
            % {"count": counts[code], "list": code},
            url=f"{URL}?price_list={code}",
        )


@transaction.atomic
def answer_overrides(*, actor: Actor, question_ids: Sequence[int], answer: str) -> PriceChange | None:
    """Keep overrides as they are, or make a draft that moves them with their parent or drops them; that draft.

    answer: keep, move, drop (derived again). The draft ends when the change that moved the parent does, if that is one.
    Raises Faults 422 unknown_answer, no_questions, unknown_question; 403 outside_scope; 409 already_answered.
    Locks: the questions, by id. Records: override.answered. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    if answer not in ANSWERS:
        raise refuse("unknown_answer", f"One of {', '.join(ANSWERS)}.", pointer="/answer")
    found = list(
        OverrideQuestion.objects.select_for_update(of=("self",))
        .filter(pk__in=question_ids)
        .select_related("price_list", "product", "change")
        .order_by("pk")
    )
    _refuse_answers(actor, found, question_ids)
    change = None if answer == Answer.KEEP else _draft(actor, found, answer)
    OverrideQuestion.objects.filter(pk__in=[one.pk for one in found]).update(
        answer=answer, answered_at=Now(), answered_by_name=actor.name, answer_change=change
    )
    codes = {one.price_list.code for one in found}
    record(
        actor=actor,
        kind="override.answered",
        subject=f"override_question:{found[0].pk if len(found) == 1 else 'list'}",
        before={"open": len(found)},
        after={
            "answer": answer,
            "change": change and change.reference,
            "rows": [[one.price_list.code, one.product.sku, one.own_amount] for one in found[:100]],
        },
    )
    tell_lists(codes)
    return change


def _refuse_answers(actor: Actor, found: Sequence[OverrideQuestion], asked: Sequence[int]) -> None:
    if not asked:
        raise refuse("no_questions", NONE_NAMED, pointer="/ids")
    unknown = sorted(set(asked) - {one.pk for one in found})
    if unknown:
        raise Faults(
            [Fault("/ids", "unknown_question", f"There is no question {pk}.") for pk in unknown[:100]]
        )
    mine = access.editable_lists(actor)
    outside = sorted({one.price_list.code for one in found} - mine.keys())
    if outside:
        raise refuse("outside_scope", f"{', '.join(outside)} lies outside your scope.", status=403)
    done = [one for one in found if one.answer]
    if done:
        raise refuse("already_answered", ANSWERED, status=409)


def _draft(actor: Actor, found: Sequence[OverrideQuestion], answer: str) -> PriceChange:
    ends = {one.change.effective_until for one in found}
    until = ends.pop() if len(ends) == 1 else None
    if until is not None and until <= clock.now():
        until = None
    moves = answer == Answer.MOVE
    causes = sorted({one.change.reference for one in found})
    draft = ChangeDraft(
        title=_("Own prices follow their parent") if moves else _("Own prices dropped"),
        reason=", ".join(causes[:20]),
        reason_code="regular",
        effective_until=until.isoformat() if until else None,
        lines=[
            LineDraft(
                one.price_list.code,
                one.product.sku,
                f"{one.moved_amount.normalize():f}" if moves else None,
                f"{one.min_quantity.normalize():f}",
            )
            for one in found
        ],
    )
    return create_change(actor=actor, draft=draft)
