"""What is typed into a cell is read alike by the server and by the browser: one table for both."""

import json
import shutil
import subprocess

import pytest

from config.environment import BASE_DIR
from pricing.rules.typed import Typed, read_typed

TABLE = [
    ("13.25", 2, "13.25", ""),
    ("13", 2, "13.00", ""),
    ("£13.25", 2, "13.25", ""),
    ("13,25 €", 2, "13.25", ""),
    ("1,234.50", 2, "1234.50", ""),
    ("1.234,50", 2, "1234.50", ""),
    ("1 234,5", 2, "1234.50", ""),
    ("1.234.567,5", 2, "1234567.50", ""),
    ("1'234.50", 2, "1234.50", ""),
    ("１２．５０", 2, "12.50", ""),
    ("¥128", 0, "128", ""),
    ("0.990", 2, "0.99", ""),
    (".5", 2, "0.50", ""),
    ("007", 2, "7.00", ""),
    ("", 2, "", "empty"),
    ("  ", 2, "", "empty"),
    ("4.9O", 2, "", "letter"),
    ("l2.50", 2, "", "letter"),
    ("n/a", 2, "", "not_amount"),
    ("#N/A", 2, "", "not_amount"),
    ("12-50", 2, "", "not_amount"),
    ("1e3", 2, "", "not_amount"),
    ("1,23,456", 2, "", "not_amount"),
    ("1,234", 2, "", "ambiguous"),
    ("-3", 2, "", "negative"),
    ("−3.00", 2, "", "negative"),
    ("12.345", 2, "", "decimals"),
    ("128.5", 0, "", "decimals"),
    ("123456789012345", 2, "", "too_large"),
]


@pytest.mark.parametrize(("text", "places", "amount", "code"), TABLE)
def test_server_reads(text: str, places: int, amount: str, code: str) -> None:
    assert read_typed(text, places) == Typed(amount, code)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_browser_reads_the_same() -> None:
    module = BASE_DIR / "static/js/price-grid/amount.js"
    program = (
        f"import {{ parseAmount }} from {json.dumps(module.as_uri())};"
        f"const table = {json.dumps([[text, places] for text, places, _amount, _code in TABLE])};"
        "console.log(JSON.stringify(table.map(([text, places]) => parseAmount(text, places))));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", program], capture_output=True, text=True, check=True
    )
    read = [(one.get("amount", ""), one.get("code", "")) for one in json.loads(done.stdout)]
    assert read == [(amount, code) for _text, _places, amount, code in TABLE]
