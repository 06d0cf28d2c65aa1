"""Every sentence a person can read exists in Simplified Chinese."""

import pytest

from tests.whole_tree.test_order import APPS
from tools import translations


@pytest.mark.parametrize("app", [app for app in APPS if app != "lib"])
def test_nothing_is_left_in_english(app: str) -> None:
    assert translations.missing(app) == []
