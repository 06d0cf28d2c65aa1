"""Two people answer the same question about an override at once."""

from lib import actors
from lib.faults import Faults
from pricing.actions.applying import apply_due
from pricing.actions.overrides import answer_overrides
from pricing.models import OverrideQuestion, PriceChange
from tests.approvals.test_races import together
from tests.pricing.builders import a_house, a_list, a_product, priced, submitted


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
