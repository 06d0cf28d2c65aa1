"""Verifications of the last four weeks, simulated: three a day at each site, most of them signed, today's to be worked.

What was compared is counted from what the demo holds; how much of it differed is made up, by a hash, so that every load
looks alike. From the first slot after the load on they are real.
"""

from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from accounts.models import User
from audit.actions import record
from demo.rules import number_sql
from lib.actors import Actor

DAYS = 28

_RUNS = """
CREATE TEMPORARY TABLE demo_runs ON COMMIT DROP AS
SELECT s.id AS site_id, s.code, s.kind AS site_kind, s.currency, w.kind, slot,
       row_number() OVER (PARTITION BY s.id ORDER BY slot DESC) AS age
  FROM catalog_site s
 CROSS JOIN generate_series(0, {days}) AS d (back)
 CROSS JOIN (VALUES ('morning', time '06:00'), ('midday', time '14:00'), ('evening', time '22:00')) AS w (kind, wall)
 CROSS JOIN LATERAL (SELECT ((%(now)s::timestamptz AT TIME ZONE s.timezone)::date - d.back + w.wall)
                            AT TIME ZONE s.timezone AS slot) t
 WHERE slot < %(now)s::timestamptz - interval '10 minutes'
"""

# Lines of each check: what there is to compare; differing: a hash of run and check against what the check is like.
_CHECKS = """
CREATE TEMPORARY TABLE demo_checks ON COMMIT DROP AS
SELECT r.site_id, r.slot, r.age, c.place, c.name, c.lines, c.lines > 0 AS has_data,
       CASE WHEN c.lines = 0 THEN 0 ELSE least(c.lines, c.least + {luck}) END::int AS differing, c.settled
  FROM demo_runs r
  JOIN (SELECT b.site_id, count(*)::int AS goods,
               count(*) FILTER (WHERE b.pair_on_hand > 0 AND u.product_id IS NULL)::int AS without_cost
          FROM inventory_balance b LEFT JOIN (SELECT DISTINCT product_id FROM catalog_unitcost) u USING (product_id)
         WHERE b.lot = '' AND b.state = 'available' AND b.owner_id = 0 GROUP BY 1) b USING (site_id)
  LEFT JOIN (SELECT site_id, greatest(4, (count(*) / 365)::int) AS sold FROM sales_saleline GROUP BY 1) v
       USING (site_id)
 CROSS JOIN LATERAL (VALUES
       (1, 'inventory.snapshot', CASE WHEN r.site_kind = 'warehouse' THEN b.goods ELSE 0 END, 4, 13, 0.6),
       (2, 'feeds.sales', coalesce(v.sold, 0), 0, 1, 0),
       (3, 'feeds.prices', CASE WHEN r.site_kind = 'warehouse' THEN 0 ELSE least(b.goods, 400) END, 0, 3, 0.45),
       (4, 'feeds.documents', CASE WHEN r.site_kind = 'warehouse' THEN 60 ELSE 0 END, 0, 2, 0.5),
       (5, 'inventory.balances', b.goods, 0, 1, 0),
       (6, 'catalog.costs', b.goods, b.without_cost, 1, 0)) AS c (place, name, lines, least, spread, settled)
"""

_KEEP_RUNS = """
INSERT INTO patrol_verificationrun (site_id, slot, kind, state, since, started_at, finished_at, complete_to, lines, differing,
    explained, tolerated, sign_due_at, signed_at, signed_by_id, comment)
SELECT r.site_id, r.slot, r.kind, CASE WHEN r.age > 1 THEN 'signed' ELSE 'to_sign' END, r.slot - interval '8 hours', r.slot,
       r.slot + interval '1 minute', r.slot, t.lines, t.differing, t.explained, 0,
       greatest(r.slot, %(now)s::timestamptz - interval '1 hour') + interval '4 hours',
       CASE WHEN r.age > 1 THEN r.slot + interval '70 minutes' END, CASE WHEN r.age > 1 THEN %(signer)s END,
       CASE WHEN r.age > 1 AND t.differing > t.explained THEN 'simulated: seen, cases are being worked' ELSE '' END
  FROM demo_runs r
  JOIN (SELECT site_id, slot, sum(lines) AS lines, sum(differing) AS differing,
               sum(round(differing * settled)) AS explained FROM demo_checks GROUP BY 1, 2) t USING (site_id, slot)
ORDER BY r.slot, r.site_id
"""

_KEEP_CHECKS = """
INSERT INTO patrol_verificationcheck (run_id, name, outcome, lines, differing, explained, tolerated, complete_to, value,
    currency, duration_ms, error)
SELECT v.id, c.name, CASE WHEN NOT c.has_data THEN 'no_data' WHEN c.differing > 0 THEN 'differs' ELSE 'clear' END,
       c.lines, c.differing, round(c.differing * c.settled), 0, CASE WHEN c.has_data THEN c.slot END, NULL, '',
       20 + {luck}, ''
  FROM demo_checks c JOIN patrol_verificationrun v USING (site_id, slot)
 ORDER BY v.id, c.place
"""

# Which product differs: one of the site's forty by the hash, so that some do again and again.
_LINES = """
CREATE TEMPORARY TABLE demo_lines ON COMMIT DROP AS
SELECT v.id AS run_id, k.id AS check_id, c.site_id, c.name, c.age, c.slot, g.n, p.sku,
       g.n <= round(c.differing * c.settled) AS is_settled,
       CASE c.name WHEN 'feeds.prices' THEN CASE WHEN g.n <= round(c.differing * c.settled) THEN 'timing' ELSE 'price' END
            WHEN 'catalog.costs' THEN 'missing'
            WHEN 'feeds.documents' THEN CASE WHEN g.n <= round(c.differing * c.settled) THEN 'timing' ELSE 'quantity' END
            ELSE CASE WHEN g.n <= round(c.differing * c.settled) THEN 'in_transit' ELSE 'quantity' END END AS class_code,
       c.differing - round(c.differing * c.settled) AS unexplained, 6 + {figure} AS ours, {gap} + 1 AS gap
  FROM demo_checks c
  JOIN patrol_verificationrun v USING (site_id, slot)
  JOIN patrol_verificationcheck k ON k.run_id = v.id AND k.name = c.name
 CROSS JOIN LATERAL generate_series(1, least(c.differing, 20)) AS g (n)
  JOIN (SELECT site_id, product_id, row_number() OVER (PARTITION BY site_id ORDER BY product_id) AS place
          FROM inventory_balance WHERE lot = '' AND on_hand > 0) b
       ON b.site_id = c.site_id AND b.place = (g.n * 7 + {pick}) %% 40 + 1
  JOIN catalog_product p ON p.id = b.product_id
 WHERE c.age <= 42
"""

_TOLD = """
CREATE TEMPORARY TABLE demo_told ON COMMIT DROP AS
SELECT *, CASE WHEN name IN ('inventory.snapshot', 'catalog.costs') THEN 'together' ELSE key END AS case_key
  FROM (
SELECT DISTINCT ON (check_id, sku) l.*, CASE WHEN is_settled THEN 'explained' ELSE 'case' END AS state,
       CASE name WHEN 'inventory.snapshot' THEN 'stock:' || sku || ':' WHEN 'catalog.costs' THEN 'cost:' || sku
            WHEN 'feeds.prices' THEN 'price:' || sku WHEN 'feeds.documents' THEN 'receipt:GR-' || site_id || ':' || sku
            ELSE 'till:' || sku END AS key,
       sku || ': simulated difference' AS title,
       CASE name WHEN 'inventory.snapshot' THEN 'snapshot' WHEN 'catalog.costs' THEN 'cost' WHEN 'feeds.prices' THEN 'shop'
            WHEN 'feeds.documents' THEN 'receipt' ELSE 'till' END AS source,
       CASE WHEN name = 'catalog.costs' THEN '' ELSE (l.ours)::text END AS our_text,
       CASE WHEN name = 'catalog.costs' THEN '' ELSE (l.ours - l.gap)::text END AS their_text,
       '/stock/products/' || sku || '/' AS url
  FROM demo_lines l ORDER BY check_id, sku, n) t
"""

# What a reconciliation works, or has one cause, is one case of all its differences.
_CASES = """
INSERT INTO patrol_verificationcase (site_id, check_name, key, class_code, title, sku, source, ours, theirs, url, state,
    owner_id, due_at, opened_at, first_run_id, last_run_id, times_seen, how, note, settled_at, settled_by_id)
SELECT DISTINCT ON (site_id, name, case_key) site_id, name, case_key,
       CASE WHEN case_key = 'together' THEN 'many' ELSE class_code END, title,
       CASE WHEN case_key = 'together' THEN '' ELSE sku END, source,
       CASE WHEN case_key = 'together' THEN unexplained::text ELSE our_text END,
       CASE WHEN case_key = 'together' THEN '' ELSE their_text END,
       CASE WHEN case_key = 'together' THEN '/watch/verifications/' || run_id || '/' ELSE url END,
       CASE WHEN age <= 2 THEN 'open' ELSE 'settled' END, CASE WHEN age > 1 THEN %(owner)s END,
       %(now)s::timestamptz + interval '1 hour' * (4 + age * 6), slot + interval '1 minute', run_id, run_id, 1,
       CASE WHEN age > 2 THEN 'person' ELSE '' END,
       CASE WHEN age > 2 THEN 'simulated: looked into and put right' ELSE '' END,
       CASE WHEN age > 2 THEN slot + interval '5 hours' END, CASE WHEN age > 2 THEN %(owner)s END
  FROM demo_told WHERE state = 'case' AND age <= 6 ORDER BY site_id, name, case_key, age
"""

_KEEP_LINES = """
INSERT INTO patrol_verificationdifference (run_id, check_run_id, key, class_code, title, sku, source, ours, theirs,
    explanation, url, state, case_id)
SELECT t.run_id, t.check_id, t.key, t.class_code, t.title, t.sku, t.source, t.our_text, t.their_text,
       jsonb_build_object('source', t.source, 'simulated', true), t.url, t.state, c.id
  FROM demo_told t
  LEFT JOIN patrol_verificationcase c ON t.state = 'case' AND t.age <= 6 AND c.site_id = t.site_id
       AND c.check_name = t.name AND c.key = t.case_key
 ORDER BY t.run_id, t.check_id, t.key
"""

# What people look at again: of runs to sign still to do, of the one before done.
_SAMPLE = """
INSERT INTO patrol_verificationsample (run_id, check_name, number, question, is_blind, title, sku, url, expected, answer,
    found, compared_with, note, answered_at, answered_by_id)
SELECT v.id, q.check_name, row_number() OVER (PARTITION BY v.id ORDER BY q.question, b.sku), q.question, true, b.name,
       b.sku, q.url || b.sku || '/', jsonb_build_object('value', q.value, 'product', b.product_id, 'currency', r.currency),
       CASE WHEN r.age > 1 THEN 'ok' ELSE '' END, CASE WHEN r.age > 1 THEN q.value ELSE '' END,
       CASE WHEN r.age > 1 THEN q.value ELSE '' END, '', CASE WHEN r.age > 1 THEN r.slot + interval '50 minutes' END,
       CASE WHEN r.age > 1 THEN %(counter)s END
  FROM demo_runs r
  JOIN patrol_verificationrun v USING (site_id, slot)
  JOIN LATERAL (
    SELECT b.product_id, p.sku, p.name, trim_scale(b.pair_on_hand)::text AS on_hand, t.amount
      FROM (SELECT product_id, pair_on_hand FROM inventory_balance
             WHERE site_id = r.site_id AND lot = '' AND state = 'available' AND owner_id = 0 AND pair_on_hand > 0
             ORDER BY md5(product_id || r.slot::text) LIMIT 3) b
      JOIN catalog_product p ON p.id = b.product_id
      LEFT JOIN LATERAL (SELECT trim_scale(f.lowest_price)::text AS amount FROM sales_dailyfact f
                          WHERE f.product_id = b.product_id AND f.site_id = r.site_id AND f.lowest_price IS NOT NULL
                          ORDER BY f."on" DESC LIMIT 1) t ON true) b ON true
  JOIN (VALUES ('count', 'inventory.snapshot', '/stock/products/'), ('price', 'feeds.prices', '/prices/products/'))
       AS w (question, check_name, url) ON w.question = 'count' OR r.site_kind <> 'warehouse' AND b.amount IS NOT NULL
 CROSS JOIN LATERAL (SELECT w.question, w.check_name, w.url,
                            CASE WHEN w.question = 'count' THEN b.on_hand ELSE b.amount END AS value) q
 WHERE r.age <= 2
"""


def load_verifications(users: dict[str, User], actor: Actor, cursor: CursorWrapper, now: datetime) -> int:
    """The runs with their checks, differences, cases and samples; how many runs."""
    run, line = "r.site_id || r.slot::text || c.name", "c.site_id || c.slot::text || c.name"
    values: dict[str, Any] = {
        "now": now,
        "signer": users["manager.stock"].pk,
        "owner": users["clerk.stock"].pk,
        "counter": users["clerk.stock"].pk,
    }
    steps = [
        ("demo_runs", _RUNS.format(days=DAYS), values),
        ("demo_checks", _CHECKS.format(luck=number_sql(run, 97) + " * c.spread / 97"), None),
        ("patrol_verificationrun", _KEEP_RUNS, values),
        ("patrol_verificationcheck", _KEEP_CHECKS.format(luck=number_sql(line, 400)), None),
        ("demo_lines", _lines_sql(line), None),
        ("demo_told", _TOLD, None),
        ("patrol_verificationcase", _CASES, values),
        ("patrol_verificationdifference", _KEEP_LINES, None),
        ("patrol_verificationsample", _SAMPLE, values),
    ]
    for table, statement, given in steps:
        cursor.execute(statement, given)
        cursor.execute(
            f"ANALYZE {table}"
        )  # the next statement joins it, and nothing else would tell its size in time
    cursor.execute("SELECT count(*) FROM demo_runs")
    runs = int(cursor.fetchone()[0])
    record(
        actor=actor,
        kind="verification.finished",
        subject="demo:verifications",
        reason="demo: simulated history",
        after={"runs": runs},
    )
    return runs


def _lines_sql(line: str) -> str:
    made = _LINES.format(
        figure=number_sql(line + " || g.n", 40),
        gap=number_sql("'gap' || " + line + " || g.n", 5),
        pick=number_sql(line, 11),
    )
    return made.replace("%%", "%")
