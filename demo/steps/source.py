"""The source file in temporary tables: raw lines, documents with site and time, lines of goods."""

import gzip
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db.backends.utils import CursorWrapper

from demo.retailer import SITES
from demo.rules import PRODUCT_CODE, SOURCE_ROWS, number_sql, shift_weeks

DATA = Path(__file__).resolve().parent.parent / "data"
BROKEN = "damage|thrown|smash|wet|rust|crush|unsaleable|broken|mould|faulty"
BARE_INVOICE = "ltrim(invoice, 'C')"
OWN_OR_ORIGIN = "coalesce(min(origin), ltrim(invoice, 'C'))"
SALES_FILE = DATA / "online_retail.csv.gz"
RATES_FILE = DATA / "ecb_eur_rates_1999_2026.csv.gz"


_ORIGINS = """
CREATE TEMPORARY TABLE demo_origins ON COMMIT DROP AS
SELECT DISTINCT ON (invoice) invoice, origin FROM (
    SELECT c.invoice, s.invoice AS origin, count(*) AS lines, max(s.at) AS at
      FROM demo_goods c
      JOIN demo_goods s ON s.sku = c.sku AND s.price = c.price AND s.quantity >= -c.quantity AND s.at <= c.at
     WHERE c.invoice LIKE 'C%' AND s.quantity > 0
     GROUP BY c.invoice, s.invoice) o
 ORDER BY invoice, lines DESC, at DESC, origin
"""


@dataclass(frozen=True)
class Plan:
    """How to load: by how many weeks all dates move, and for tests about how many source lines (None = all)."""

    weeks: int
    sample: int | None = None

    @property
    def shift(self) -> timedelta:
        return timedelta(weeks=self.weeks)

    @classmethod
    def of(cls, now: datetime, sample: int | None = None) -> "Plan":
        """now: naive UK wall time."""
        return cls(shift_weeks(now), sample)


@dataclass(frozen=True)
class Parsed:
    """What the file held: all rows, and those of goods (rows of postage, fees and the like are left out of stock)."""

    rows: int
    goods: int

    @property
    def left_out(self) -> int:
        return self.rows - self.goods


def read_source(cursor: CursorWrapper, plan: Plan) -> Parsed:
    """COPY the file into `demo_raw` and keep the goods in `demo_goods`. A sample keeps whole invoices.

    demo_raw:   n, invoice, code, name, quantity, at (UK wall time), price (GBP).
    demo_goods: the same for product codes, with code in capitals as `sku`.
    """
    cursor.execute(
        "CREATE TEMPORARY TABLE demo_raw (n bigint GENERATED ALWAYS AS IDENTITY, invoice text, code text, name text,"
        " quantity int, at timestamp, price numeric, country text) ON COMMIT DROP"
    )
    with gzip.open(SALES_FILE, "rb") as file:
        cursor.copy_expert(
            "COPY demo_raw (invoice, code, name, quantity, at, price, country) FROM STDIN (FORMAT csv, HEADER)",
            file,
        )
    if plan.sample is not None:
        share = min(100_000, plan.sample * 100_000 // SOURCE_ROWS + 1)
        cursor.execute(f"DELETE FROM demo_raw WHERE {number_sql(BARE_INVOICE, 100_000)} >= {share}")
    cursor.execute(
        "CREATE TEMPORARY TABLE demo_goods ON COMMIT DROP AS SELECT n, invoice, upper(code) AS sku, name, quantity, at,"
        f" price FROM demo_raw WHERE code ~ '{PRODUCT_CODE}'"
    )
    goods = cursor.rowcount
    cursor.execute("ANALYZE demo_goods")
    cursor.execute("SELECT count(*) FROM demo_raw")
    return Parsed(cursor.fetchone()[0], goods)


def stage_documents(cursor: CursorWrapper, plan: Plan) -> None:
    """`demo_documents`: one row per invoice, with its site, channel, kind of movement and instant.

    The site follows from a hash of the invoice's number; a cancellation goes by the number of the sale it most likely
    takes back (most of its goods at the same price, then the latest), else by its own. The source's wall time becomes
    the site's own. kind: sale; return (cancellation); adjustment or scrap (a write-off at price 0,
    by its remark).
    """
    cursor.execute(
        "CREATE TEMPORARY TABLE demo_shares (low int, high int, site_id bigint, channel_id bigint, timezone text,"
        " currency text) ON COMMIT DROP"
    )
    low = 0
    for seed in SITES:
        cursor.execute(
            "INSERT INTO demo_shares SELECT %s, %s, id, channel_id, timezone, currency FROM catalog_site WHERE code = %s",
            [low, low + seed.share, seed.code],
        )
        low += seed.share
    cursor.execute(_ORIGINS)
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE demo_documents ON COMMIT DROP AS
        SELECT d.invoice, s.site_id, s.channel_id, s.currency,
               CASE WHEN d.invoice LIKE 'C%' THEN 'return'
                    WHEN d.quantity > 0 THEN 'sale'
                    WHEN d.name ~* '{BROKEN}' THEN 'scrap'
                    ELSE 'adjustment' END AS kind,
               (d.at + interval '{plan.weeks} weeks') AT TIME ZONE s.timezone AS occurred_at,
               (d.at + interval '{plan.weeks} weeks')::date AS local_on
          FROM (SELECT invoice, {number_sql(OWN_OR_ORIGIN, 100)} AS bucket, min(at) AS at, max(quantity) AS quantity,
                       min(name) AS name
                  FROM demo_goods LEFT JOIN demo_origins USING (invoice) GROUP BY invoice) d
          JOIN demo_shares s ON d.bucket >= s.low AND d.bucket < s.high
        """
    )
    cursor.execute("ANALYZE demo_documents")
