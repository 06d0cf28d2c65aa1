"""What stock was worth at the end of a day, by site, category and place."""

# Sites and transit from balances less what occurred since, customs from its entries; of days in each site's own zone.
WORTH = """
WITH bound AS MATERIALIZED (
    SELECT s.id AS site_id, s.code, s.legal_entity_id AS entity_id, s.currency,
           (%(on)s::date + 1)::timestamp AT TIME ZONE s.timezone AS ends_at
    FROM catalog_site s WHERE s.legal_entity_id = ANY(%(entities)s)),
part AS (
    SELECT h.site_id, h.product_id, 'site' AS place, h.value AS value FROM inventory_balance h JOIN bound b USING (site_id)
    UNION ALL
    SELECT h.site_id, h.product_id, 'transit', h.in_transit_value FROM inventory_balance h JOIN bound b USING (site_id)
    WHERE h.in_transit_value <> 0
    UNION ALL
    SELECT b.site_id, e.product_id, CASE WHEN e.location_id > 0 THEN 'site' ELSE 'transit' END, -e.value
    FROM inventory_entry e
    JOIN bound b ON b.site_id = CASE WHEN e.location_id > 0 THEN e.location_id ELSE e.destination_id END
    WHERE (e.location_id > 0 OR e.location_id = -4) AND e.occurred_at >= b.ends_at AND e.recorded_at >= %(on)s::date - 1
    UNION ALL
    SELECT b.site_id, e.product_id, 'customs', e.value
    FROM inventory_entry e JOIN bound b ON b.site_id = e.destination_id
    WHERE e.location_id = -5 AND e.occurred_at < b.ends_at)
SELECT b.entity_id, b.currency, part.place, b.site_id, b.code, p.category_id, coalesce(c.path, ''), sum(part.value)
FROM part
JOIN bound b ON b.site_id = part.site_id
JOIN catalog_product p ON p.id = part.product_id
LEFT JOIN catalog_category c ON c.id = p.category_id
GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(part.value) <> 0
"""
