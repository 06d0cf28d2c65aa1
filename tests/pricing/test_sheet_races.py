"""Two people, or two clicks, take the same sheet at once."""

from lib.faults import Faults
from pricing.actions.sheets import SheetFile, preview_sheet, take_sheet
from pricing.models import PriceChange
from tests.approvals.test_races import together
from tests.pricing.builders import a_house, a_product


def test_of_two_takers_at_once_one_wins(cloned_db: str) -> None:
    made = a_house()
    a_product("A")
    file = SheetFile("may.csv", b"sku,BASE\nA,4.10\n", ".")
    sheet = preview_sheet(actor=made.clerk, file=file)

    def take() -> object:
        return take_sheet(actor=made.clerk, sheet_id=sheet.pk, draft_id=None, only_good=True)

    results = together(take, take)
    refused = [one for one in results if isinstance(one, Faults)]
    assert [one.faults[0].code for one in refused] == ["wrong_state"]
    assert PriceChange.objects.count() == 1
