"""Fragments of SQL that give, for many rows in one statement, what `catalog.queries` gives one by one."""

from catalog.rules.exchange import PIVOT, RATE_DECIMALS


def _newest(base: str, quote: str) -> str:
    return (
        'SELECT x.rate, x."on" FROM catalog_exchangerate x'
        f' WHERE x.base = {base} AND x.quote = {quote} AND x."on" <= p.asked_on ORDER BY x."on" DESC LIMIT 1'
    )


def _leg(currency: str) -> str:
    """1 EUR in `currency`: direct, else inverse."""
    pivot = f"'{PIVOT}'"
    return (
        f"SELECT coalesce(d.rate::numeric(60, 40), 1::numeric(60, 40) / i.rate) AS rate,"
        f' CASE WHEN d.rate IS NULL THEN i."on" ELSE d."on" END AS "on"'
        f" FROM (SELECT 1) one LEFT JOIN LATERAL ({_newest(pivot, currency)}) d ON true"
        f" LEFT JOIN LATERAL ({_newest(currency, pivot)}) i ON d.rate IS NULL"
    )


def rates_cte(pairs: str, name: str = "rates") -> str:
    """A CTE `name`(base, quote, asked_on, rate, rate_on) for each row of `pairs` (base, quote, asked_on: date).

    The rate that `catalog.queries.exchange_rate` gives, to 18 decimals: 1 for equal currencies, direct, else inverse,
    else through EUR; null when none leads there. Staleness is the caller's: `asked_on - rate_on > limit`.
    Equal currencies have rate_on = asked_on. Write it after WITH; `pairs` is a SELECT with distinct rows.
    """
    return f"""{name} AS (
    SELECT p.base, p.quote, p.asked_on,
           CASE WHEN p.base = p.quote THEN 1::numeric
                WHEN d.rate IS NOT NULL THEN d.rate
                WHEN i.rate IS NOT NULL THEN round(1::numeric(60, 40) / i.rate, {RATE_DECIMALS})
                ELSE round(q.rate / b.rate, {RATE_DECIMALS}) END AS rate,
           CASE WHEN p.base = p.quote THEN p.asked_on
                WHEN d.rate IS NOT NULL THEN d."on"
                WHEN i.rate IS NOT NULL THEN i."on"
                WHEN q.rate / b.rate IS NOT NULL THEN least(q."on", b."on") END AS rate_on
      FROM ({pairs}) p
      LEFT JOIN LATERAL ({_newest("p.base", "p.quote")}) d ON p.base <> p.quote
      LEFT JOIN LATERAL ({_newest("p.quote", "p.base")}) i ON d.rate IS NULL AND p.base <> p.quote
      LEFT JOIN LATERAL ({_leg("p.quote")}) q ON d.rate IS NULL AND i.rate IS NULL AND p.base <> p.quote
      LEFT JOIN LATERAL ({_leg("p.base")}) b ON d.rate IS NULL AND i.rate IS NULL AND p.base <> p.quote
    )"""
