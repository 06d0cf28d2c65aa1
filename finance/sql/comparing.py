"""Statements of comparing: each writes one row for each key into `finance_compared`, and the common rest into the tables."""

MADE = """
CREATE TEMP TABLE finance_compared (
    partner text, document text, key text, site_id bigint, currency varchar(3), ours numeric, theirs numeric, stake numeric,
    class text, state text, detail jsonb, arrived_at timestamptz) ON COMMIT DROP
"""

BACK = "DROP TABLE IF EXISTS pg_temp.finance_compared"

RATES = """
CREATE TEMP TABLE finance_rate ON COMMIT DROP AS
SELECT * FROM unnest(%(base)s::text[], %(quote)s::text[], %(day)s::date[], %(rate)s::numeric[]) AS r (base, quote, day, rate)
"""

RATES_BACK = "DROP TABLE IF EXISTS pg_temp.finance_rate"

# -- settlements -------------------------------------------------------------------------------------------------------

#: What each side says of an order, once: orders of a channel settled since a day, and those sold through it since its first
#: settlement less the days that one may be silent. payouts: 2 stands for several.
SIDES = """
CREATE TEMP TABLE finance_theirs ON COMMIT DROP AS
SELECT l.channel_id, l.order_reference, min(l.currency) AS currency, max(l.currency) AS other_currency,
       sum(l.gross) AS gross, sum(l.commission) AS commission, sum(l.fees) AS fees, sum(l.refunds) AS refunds,
       sum(l.quantity) AS quantity,
       CASE WHEN min(l.payout) FILTER (WHERE l.gross > 0) <> max(l.payout) FILTER (WHERE l.gross > 0) THEN 2 ELSE 1 END
           AS payouts,
       max(l.payout) AS payout, max(l."on") AS last_on, max(l.gross) AS largest, min(l.arrived_at) AS arrived_at
FROM finance_settlementline l WHERE l.channel_id = ANY(%(channels)s) GROUP BY 1, 2
HAVING max(l."on") >= %(since)s::date;
CREATE TEMP TABLE finance_span ON COMMIT DROP AS
SELECT channel_id, min("on") - %(days)s AS since, max("on") AS until
FROM finance_settlementline WHERE channel_id = ANY(%(channels)s) GROUP BY 1;
CREATE TEMP TABLE finance_ours ON COMMIT DROP AS
SELECT coalesce(l.channel_id, s.channel_id) AS channel_id, l.reference, min(l.site_id) AS site_id,
       min(l.currency) AS currency, min(l.sold_at)::date AS on_day,
       coalesce(sum(l.quantity * l.unit_price) FILTER (WHERE l.quantity > 0), 0) AS gross,
       coalesce(-sum(l.quantity * l.unit_price) FILTER (WHERE l.quantity < 0), 0) AS refunds,
       coalesce(sum(l.quantity) FILTER (WHERE l.quantity > 0), 0) AS quantity,
       max(l.sold_at) FILTER (WHERE l.quantity < 0)::date AS refunded_on
FROM sales_saleline l
JOIN catalog_site s ON s.id = l.site_id
JOIN finance_span span ON span.channel_id = coalesce(l.channel_id, s.channel_id)
WHERE l.sold_at >= %(since)s::date - 60 GROUP BY 1, 2;
ANALYZE finance_theirs, finance_span, finance_ours
"""

SIDES_BACK = "DROP TABLE IF EXISTS pg_temp.finance_theirs, pg_temp.finance_span, pg_temp.finance_ours"

PAIRS = """
SELECT DISTINCT t.currency, o.currency, t.last_on
FROM finance_theirs t JOIN finance_ours o ON o.channel_id = t.channel_id AND o.reference = t.order_reference
WHERE t.currency <> o.currency
"""

# ours and theirs in our currency; what they kept back is held against the channel's agreed commission.
SETTLEMENTS = """
WITH laid AS (
    SELECT c.code, c.commission_fraction, coalesce(t.order_reference, o.reference) AS key, o.site_id,
           coalesce(o.currency, t.currency) AS currency, t.currency AS told_currency, t.other_currency,
           o.gross AS our_gross, o.refunds AS our_refunds, o.quantity AS our_quantity, o.on_day, o.refunded_on,
           round(t.gross * x.rate, 6) AS gross, round(t.commission * x.rate, 6) AS commission, round(t.fees * x.rate, 6) AS fees,
           round(t.refunds * x.rate, 6) AS refunds, t.quantity, t.payouts, round(t.largest * x.rate, 6) AS largest, t.payout, t.last_on,
           x.rate, t.currency <> o.currency AS is_foreign, span.until, coalesce(t.arrived_at, clock_timestamp()) AS arrived_at,
           t.channel_id IS NULL AS lacks_theirs, o.channel_id IS NULL AS lacks_ours
    FROM finance_theirs t
    FULL JOIN finance_ours o ON o.channel_id = t.channel_id AND o.reference = t.order_reference
    JOIN catalog_channel c ON c.id = coalesce(t.channel_id, o.channel_id)
    JOIN finance_span span ON span.channel_id = c.id
    LEFT JOIN finance_rate r ON r.base = t.currency AND r.quote = o.currency AND r.day = t.last_on
    CROSS JOIN LATERAL (SELECT CASE WHEN o.currency IS NULL OR t.currency = o.currency THEN 1 ELSE r.rate END AS rate) x
    WHERE t.channel_id IS NOT NULL OR (o.on_day >= span.since AND o.on_day >= %(since)s::date)),
measured AS (
    SELECT *, our_gross - gross AS gross_short, refunds - our_refunds AS refund_over,
           commission - round(commission_fraction * (gross - refunds), 6) AS commission_over
    FROM laid),
judged AS (
    SELECT *, CASE
        WHEN lacks_theirs AND on_day > until - %(days)s THEN 'timing waiting'
        WHEN lacks_theirs AND our_gross = 0 THEN 'timing waiting'
        WHEN lacks_theirs THEN 'missing_there differs'
        WHEN lacks_ours AND last_on >= %(today)s - 1 THEN 'timing waiting'
        WHEN lacks_ours THEN 'missing_here differs'
        WHEN rate IS NULL OR told_currency <> other_currency THEN 'rate differs'
        WHEN payouts > 1 AND gross > our_gross + %(amount)s AND gross - largest >= our_gross - %(amount)s
            THEN 'duplicate differs'
        WHEN is_foreign AND abs(gross_short) > %(amount)s THEN CASE
            WHEN abs(gross_short) <= %(fraction)s * our_gross THEN 'rate matched' ELSE 'rate differs' END
        WHEN quantity <> our_quantity AND abs(gross_short) > %(amount)s THEN 'quantity differs'
        WHEN abs(gross_short) > %(amount)s THEN 'price differs'
        WHEN refund_over < -%(amount)s AND (refunded_on > last_on OR refunded_on > until - %(days)s) THEN 'timing waiting'
        WHEN abs(refund_over) > %(amount)s THEN 'price differs'
        WHEN abs(commission_over) > greatest(%(amount)s, %(fraction)s * commission_fraction * gross)
            THEN 'commission differs'
        WHEN greatest(abs(gross_short), abs(refund_over), abs(commission_over)) >= 0.005 THEN 'rounding matched'
        ELSE ' matched' END AS verdict
    FROM measured)
INSERT INTO finance_compared
SELECT code, coalesce(payout, to_char(on_day, '"sold" YYYY-MM')), key, site_id, currency,
       our_gross - our_refunds, gross - refunds,
       CASE split_part(verdict, ' ', 1)
           WHEN 'missing_there' THEN round((our_gross - our_refunds) * (1 - commission_fraction), 6)
           WHEN 'missing_here' THEN -(gross - refunds - commission - fees)
           WHEN 'commission' THEN commission_over
           WHEN 'rounding' THEN gross_short + refund_over + commission_over
           WHEN 'timing' THEN 0
           ELSE coalesce(gross_short, 0) + coalesce(refund_over, 0) END,
       split_part(verdict, ' ', 1), split_part(verdict, ' ', 2),
       CASE WHEN verdict = ' matched' THEN '{}' ELSE jsonb_strip_nulls(jsonb_build_object(
           'our_gross', our_gross::text, 'our_refunds', our_refunds::text, 'our_quantity', our_quantity::text,
           'gross', round(gross, 6)::text, 'refunds', round(refunds, 6)::text, 'quantity', quantity::text,
           'commission', round(commission, 6)::text, 'fees', round(fees, 6)::text,
           'agreed_commission', round(commission_fraction * (gross - refunds), 6)::text, 'payouts', nullif(payouts, 1),
           'paid_on', last_on, 'sold_on', on_day, 'told_currency', nullif(told_currency, currency),
           'rate', CASE WHEN is_foreign THEN rate::text END)) END,
       arrived_at
FROM judged
"""

# -- invoices ----------------------------------------------------------------------------------------------------------

_ORDERED = """
ordered AS MATERIALIZED (
    SELECT o.reference, o.site_id, o.currency, l.product_id, sum(coalesce(l.confirmed_quantity, l.quantity)) AS quantity,
           round(sum(l.quantity * l.unit_price) / nullif(sum(l.quantity) FILTER (WHERE l.unit_price IS NOT NULL), 0), 6) AS price
    FROM inventory_purchaseorder o JOIN inventory_purchaseorderline l ON l.order_id = o.id
    WHERE o.reference IN (SELECT order_reference FROM finance_supplierinvoice WHERE order_reference <> '')
    GROUP BY 1, 2, 3, 4)
"""

INVOICE_PAIRS = f"""
WITH {_ORDERED}
SELECT DISTINCT i.currency, o.currency, i."on"
FROM finance_supplierinvoice i JOIN ordered o ON o.reference = i.order_reference WHERE i.currency <> o.currency
"""

# An invoice's line against the order it names (price, quantity) and what was received under the order or receipt it names.
# Several lines and invoices for the same goods draw on the receipts in the order of their days.
INVOICES = f"""
WITH {_ORDERED},
received AS MATERIALIZED (
    SELECT m.reference, e.product_id, sum(e.quantity) AS quantity, max(m.occurred_at)::date AS last_on, min(e.location_id) AS site_id
    FROM (SELECT order_reference AS reference FROM finance_supplierinvoice WHERE order_reference <> ''
          UNION SELECT receipt_reference FROM finance_supplierinvoice WHERE receipt_reference <> '') r
    JOIN inventory_movement m ON m.reference = r.reference AND m.state = 'posted'
    JOIN inventory_movement base ON base.id = coalesce(m.reverses_id, m.id) AND base.kind = 'receipt'
    JOIN inventory_entry e ON e.movement_id = m.id AND e.recorded_at = m.recorded_at AND e.location_id > 0
    GROUP BY 1, 2),
line AS (
    SELECT i.*, l.number, l.product_id, l.quantity, l.unit_price, l.tax, p.sku,
           coalesce(nullif(i.receipt_reference, ''), i.order_reference) AS goods,
           sum(l.quantity) OVER (PARTITION BY coalesce(nullif(i.receipt_reference, ''), i.order_reference), l.product_id
               ORDER BY i."on", i.id, l.number) AS running
    FROM finance_supplierinvoice i JOIN finance_supplierinvoiceline l ON l.invoice_id = i.id
    JOIN catalog_product p ON p.id = l.product_id),
content AS (
    SELECT id, supplier, order_reference, currency, md5(string_agg(sku || ':' || quantity || ':' || unit_price, ',' ORDER BY sku, number)) AS content
    FROM line WHERE goods <> '' GROUP BY 1, 2, 3, 4),
doubled AS MATERIALIZED (
    SELECT a.id, min(b.id) AS first_id FROM content a JOIN content b USING (supplier, order_reference, currency, content)
    WHERE b.id < a.id GROUP BY 1),
laid AS (
    SELECT line.*, o.reference IS NULL AS lacks_order, o.quantity AS ordered, o.price, coalesce(o.currency, line.currency) AS our_currency,
           o.site_id, coalesce(v.quantity, 0) AS received, x.rate, round(line.unit_price * x.rate, 6) AS told, d.first_id
    FROM line
    LEFT JOIN ordered o ON o.reference = line.order_reference AND o.product_id = line.product_id
    LEFT JOIN received v ON v.reference = line.goods AND v.product_id = line.product_id
    LEFT JOIN doubled d ON d.id = line.id
    LEFT JOIN finance_rate r ON r.base = line.currency AND r.quote = o.currency AND r.day = line."on"
    CROSS JOIN LATERAL (SELECT CASE WHEN o.currency IS NULL OR o.currency = line.currency THEN 1 ELSE r.rate END AS rate) x),
judged AS (
    SELECT *, greatest(least(running - received * (1 + %(quantity_fraction)s), quantity), 0) AS excess, CASE
        WHEN first_id IS NOT NULL AND running > received * (1 + %(quantity_fraction)s) THEN 'duplicate differs'
        WHEN order_reference <> '' AND lacks_order THEN 'missing_here differs'
        WHEN order_reference = '' AND received = 0 THEN 'missing_here differs'
        WHEN rate IS NULL THEN 'rate differs'
        WHEN running > received * (1 + %(quantity_fraction)s) AND running <= coalesce(ordered, received)
            AND "on" > %(today)s - %(days)s THEN 'timing waiting'
        WHEN running > received * (1 + %(quantity_fraction)s) THEN 'quantity differs'
        WHEN abs(told - price) * quantity > %(amount)s AND abs(told - price) > %(fraction)s * price
            THEN CASE WHEN our_currency <> currency THEN 'rate differs' ELSE 'price differs' END
        WHEN told <> price THEN CASE WHEN our_currency <> currency THEN 'rate matched' ELSE 'rounding matched' END
        ELSE ' matched' END AS verdict
    FROM laid)
INSERT INTO finance_compared
SELECT supplier, reference, reference || '/' || number, site_id, our_currency,
       round(coalesce(price, told, 0) * least(quantity, greatest(quantity - excess, 0)), 6), round(coalesce(told, 0) * quantity, 6),
       CASE split_part(verdict, ' ', 1)
           WHEN 'quantity' THEN round(excess * coalesce(told, price, 0), 6)
           WHEN 'timing' THEN 0
           WHEN 'duplicate' THEN round(coalesce(told, 0) * quantity, 6)
           WHEN 'missing_here' THEN round(coalesce(told, unit_price) * quantity, 6)
           ELSE round((coalesce(told, 0) - coalesce(price, told, 0)) * quantity, 6) END,
       split_part(verdict, ' ', 1), split_part(verdict, ' ', 2),
       jsonb_strip_nulls(jsonb_build_object('sku', sku, 'quantity', quantity::text, 'unit_price', unit_price::text,
           'ordered', ordered::text, 'received', received::text, 'invoiced', running::text,
           'ordered_price', round(price, 6)::text, 'tax', tax::text,
           'order', nullif(order_reference, ''), 'receipt', nullif(receipt_reference, ''), 'invoiced_on', "on",
           'told_currency', nullif(currency, our_currency), 'rate', CASE WHEN our_currency <> currency THEN rate::text END)),
       arrived_at
FROM judged
"""

# What came under an order and no invoice asks money for after the days of silence.
NOT_INVOICED = """
WITH received AS MATERIALIZED (
    SELECT o.reference, o.supplier, o.site_id, o.currency, e.product_id, sum(e.quantity) AS quantity,
           max(m.occurred_at)::date AS last_on, max(m.recorded_at) AS arrived_at
    FROM inventory_purchaseorder o
    JOIN inventory_movement m ON m.reference = o.reference AND m.state = 'posted'
    JOIN inventory_movement base ON base.id = coalesce(m.reverses_id, m.id) AND base.kind = 'receipt'
    JOIN inventory_entry e ON e.movement_id = m.id AND e.recorded_at = m.recorded_at AND e.location_id > 0
    GROUP BY 1, 2, 3, 4, 5),
invoiced AS MATERIALIZED (
    SELECT i.order_reference AS reference, l.product_id, sum(l.quantity) AS quantity
    FROM finance_supplierinvoice i JOIN finance_supplierinvoiceline l ON l.invoice_id = i.id
    WHERE i.order_reference <> '' GROUP BY 1, 2),
priced AS (
    SELECT o.reference, l.product_id, max(l.unit_price) AS price
    FROM inventory_purchaseorder o JOIN inventory_purchaseorderline l ON l.order_id = o.id GROUP BY 1, 2)
INSERT INTO finance_compared
SELECT r.supplier, r.reference, r.reference || ' ' || p.sku, r.site_id, r.currency,
       round(coalesce(x.price, 0) * (r.quantity - coalesce(i.quantity, 0)), 6), 0,
       -round(coalesce(x.price, 0) * (r.quantity - coalesce(i.quantity, 0)), 6), v.class, v.state,
       jsonb_strip_nulls(jsonb_build_object('sku', p.sku, 'received', r.quantity::text, 'invoiced', coalesce(i.quantity, 0)::text,
           'ordered_price', x.price::text, 'order', r.reference, 'received_on', r.last_on)), r.arrived_at
FROM received r
JOIN catalog_product p ON p.id = r.product_id
LEFT JOIN invoiced i ON i.reference = r.reference AND i.product_id = r.product_id
LEFT JOIN priced x ON x.reference = r.reference AND x.product_id = r.product_id
CROSS JOIN LATERAL (SELECT
    CASE WHEN r.quantity <= coalesce(i.quantity, 0) THEN '' WHEN r.last_on > %(today)s - %(days)s THEN 'timing' ELSE 'missing_there' END AS class,
    CASE WHEN r.quantity <= coalesce(i.quantity, 0) THEN 'matched' WHEN r.last_on > %(today)s - %(days)s THEN 'waiting' ELSE 'differs' END AS state) v
WHERE r.quantity > coalesce(i.quantity, 0)
   OR EXISTS (SELECT FROM finance_comparison c WHERE c.matching = 'invoice' AND c.partner = r.supplier
              AND c.key = r.reference || ' ' || p.sku)
"""

# -- the common rest ---------------------------------------------------------------------------------------------------

#: A comparison in a dispute that was sent or settled stays as it was; of others the newest verdict counts.
KEEP = """
INSERT INTO finance_comparison AS c (matching, partner, document, key, site_id, currency, ours, theirs, stake,
    difference_class, state, detail, arrived_at, matched_at, compared_at)
SELECT %(matching)s, partner, document, left(key, 160), site_id, currency, round(ours, 6), round(theirs, 6), round(coalesce(stake, 0), 6),
       class, state, detail, arrived_at, CASE WHEN state = 'matched' THEN clock_timestamp() END, clock_timestamp()
FROM finance_compared ORDER BY partner, key
ON CONFLICT (matching, partner, key) DO UPDATE SET document = EXCLUDED.document, site_id = EXCLUDED.site_id,
    currency = EXCLUDED.currency, ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, stake = EXCLUDED.stake,
    difference_class = EXCLUDED.difference_class, state = EXCLUDED.state, detail = EXCLUDED.detail,
    arrived_at = least(c.arrived_at, EXCLUDED.arrived_at),
    matched_at = CASE WHEN EXCLUDED.state = 'matched' THEN coalesce(c.matched_at, clock_timestamp()) END,
    compared_at = clock_timestamp(),
    dispute_id = CASE WHEN EXCLUDED.state = 'differs' AND EXCLUDED.difference_class = c.difference_class
        AND EXCLUDED.document = c.document THEN c.dispute_id END
WHERE c.state <> 'settled'
    AND (c.dispute_id IS NULL OR EXISTS (SELECT FROM finance_dispute d WHERE d.id = c.dispute_id AND d.state = 'open'))
    AND (c.document, c.site_id, c.currency, c.ours, c.theirs, c.stake, c.difference_class, c.state, c.detail)
        IS DISTINCT FROM (EXCLUDED.document, EXCLUDED.site_id, EXCLUDED.currency, EXCLUDED.ours, EXCLUDED.theirs,
        EXCLUDED.stake, EXCLUDED.difference_class, EXCLUDED.state, EXCLUDED.detail)
"""

OPEN = """
INSERT INTO finance_dispute (matching, difference_class, partner, document, site_id, currency, amount, line_count, owner_id,
    owner_name, due_at, state, claim_reference, content_hash, note, first_arrived_at)
SELECT c.matching, c.difference_class, c.partner, c.document, c.site_id, c.currency, 0, 0, last.owner_id,
       coalesce(last.owner_name, ''), clock_timestamp() + %(due_days)s * interval '1 day', 'open', '', '', '', min(c.arrived_at)
FROM finance_comparison c
LEFT JOIN LATERAL (
    SELECT d.owner_id, d.owner_name FROM finance_dispute d
    WHERE d.matching = c.matching AND d.partner = c.partner AND d.owner_id IS NOT NULL ORDER BY d.id DESC LIMIT 1) last ON true
WHERE c.matching = %(matching)s AND c.state = 'differs' AND c.dispute_id IS NULL
GROUP BY c.matching, c.difference_class, c.partner, c.document, c.site_id, c.currency, last.owner_id, last.owner_name
ORDER BY c.partner, c.document, c.difference_class
ON CONFLICT DO NOTHING
RETURNING id
"""

JOIN = """
UPDATE finance_comparison c SET dispute_id = d.id
FROM finance_dispute d
WHERE c.matching = %(matching)s AND c.state = 'differs' AND c.dispute_id IS NULL AND d.state = 'open'
    AND d.matching = c.matching AND d.partner = c.partner AND d.document = c.document
    AND d.difference_class = c.difference_class AND d.currency = c.currency AND d.site_id IS NOT DISTINCT FROM c.site_id
"""

#: What is at stake in disputes that nobody has sent yet; one with nothing left ends by itself.
WEIGH = """
UPDATE finance_dispute d SET amount = coalesce(w.amount, 0), line_count = coalesce(w.lines, 0),
    state = CASE WHEN coalesce(w.lines, 0) = 0 THEN 'closed' ELSE d.state END,
    note = CASE WHEN coalesce(w.lines, 0) = 0 THEN 'The difference is gone.' ELSE d.note END,
    closed_at = CASE WHEN coalesce(w.lines, 0) = 0 THEN clock_timestamp() END
FROM finance_dispute o
LEFT JOIN (SELECT dispute_id, sum(abs(stake)) AS amount, count(*) AS lines FROM finance_comparison
           WHERE dispute_id IS NOT NULL AND matching = %(matching)s GROUP BY 1) w ON w.dispute_id = o.id
WHERE o.id = d.id AND d.matching = %(matching)s AND d.state = 'open'
    AND (d.amount, d.line_count) IS DISTINCT FROM (coalesce(w.amount, 0), coalesce(w.lines, 0))
RETURNING d.id, d.state
"""
