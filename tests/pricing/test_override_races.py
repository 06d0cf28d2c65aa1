"""Two people answer the same question about an override, or move the same parent, at once."""

from decimal import Decimal

from lib import actors, clock
from lib.faults import Faults
from pricing.actions.applying import apply_due
from pricing.actions.overrides import answer_overrides
from pricing.actions.price_changes import submit_change
from pricing.models import OverrideQuestion, Price, PriceChange
from tests.approvals.test_races import together
from tests.pricing.builders import a_draft, a_house, a_list, a_product, priced, submitted


def test_two_who_answer_at_once_make_one_draft(cloned_db: str) -> None:
    house = a_house()
    a_product("A")
    a_list("GB", kind="region", region=house.london.region, parent=house.base, override_policy="ask")
    priced(house.clerk, ("BASE", "A", "10.00"))
    priced(house.clerk, ("GB", "A", "9.60"))
    submitted(house.clerk, ("BASE", "A", "10.40"))
    apply_due(actor=actors.job("tests"))
    question = OverrideQuestion.objects.get()
    results = together(
        *(
            lambda one=one: answer_overrides(actor=one, question_ids=[question.pk], answer="move")
            for one in (house.clerk, house.manager)
        )
    )
    refused = [one.faults[0].code for one in results if isinstance(one, Faults)]
    assert refused == ["already_answered"]
    question.refresh_from_db()
    assert PriceChange.objects.filter(line_count=1, state="draft").count() == 1 and question.answer == "move"


def test_of_two_who_move_a_parent_at_once_the_follower_follows_the_one_that_was_first(cloned_db: str) -> None:
    """The second is refused if its followers were worked out from a price that is no more, else it waits for a person
    with followers of the price that is."""
    house = a_house()
    a_product("A")
    a_list("GB", kind="region", region=house.london.region, parent=house.base, override_policy="follow")
    priced(house.clerk, ("BASE", "A", "10.00"))
    priced(house.clerk, ("GB", "A", "9.60"))
    drafts = {text: a_draft(house.clerk, ("BASE", "A", text)).pk for text in ("10.40", "10.20")}
    results = together(
        *(lambda pk=pk: submit_change(actor=house.clerk, change_id=pk) for pk in drafts.values())
    )
    refused = [one.faults[0].code for one in results if isinstance(one, Faults)]
    approved = PriceChange.objects.filter(pk__in=drafts.values(), state="approved")
    parent, own = (
        Price.objects.get(price_list__code=code, known__endswith=None, valid__contains=clock.now()).amount
        for code in ("BASE", "GB")
    )
    assert own == (Decimal("9.60") * parent / 10).quantize(Decimal("0.01"))
    assert approved.count() == 1 and not [one for one in results if type(one) not in (PriceChange, Faults)]
    pending = PriceChange.objects.filter(pk__in=drafts.values(), state="pending").first()
    assert refused == ([] if pending else ["base_moved"])
    if pending is not None:
        asked, follows = pending.lines.order_by("position").values_list("amount", flat=True)
        assert follows == (own * asked / parent).quantize(Decimal("0.01"))
