"""SQL of the first migration: the ledger's columns, its indexes, and the moving average as an aggregate."""

ENTRY_COLUMNS = """
    movement_id bigint NOT NULL,
    line integer NOT NULL,
    location_id bigint NOT NULL,
    counter_id bigint NOT NULL,
    destination_id bigint,
    product_id bigint NOT NULL,
    lot varchar(64) NOT NULL DEFAULT '',
    quantity numeric(18, 6) NOT NULL,
    unit_cost numeric(38, 6),
    value numeric(38, 6) NOT NULL,
    currency varchar(3) NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id bigint NOT NULL
"""

# Documents and events find their entries by BRIN: both numbers rise with the order of writing, and `recorded_at`,
# which a movement shares with its entries, prunes partitions. So an insert keeps two B-trees only.
ENTRY_INDEXES = """
    CREATE INDEX inventory_entry_product ON inventory_entry (product_id, location_id, occurred_at, id);
    CREATE INDEX inventory_entry_movement_brin ON inventory_entry USING brin (movement_id, event_id)
        WITH (pages_per_range = 16);
    CREATE INDEX inventory_entry_occurred_brin ON inventory_entry USING brin (occurred_at);
    ALTER TABLE inventory_balance SET (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
"""

# The twin of inventory.rules.valuation.Pool; tests/inventory hold both to equal results.
# state: {quantity, value, last_cost, value of this entry, settlement of this entry}
MOVING_AVERAGE = """
CREATE FUNCTION inventory_average_step(state numeric[], quantity numeric, unit_cost numeric, fallback numeric)
RETURNS numeric[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  held numeric := state[1];
  worth numeric := state[2];
  last_cost numeric := state[3];
  cost numeric;
  entry numeric;
  settlement numeric := 0;
  covered numeric;
  assumed numeric;
BEGIN
  IF held > 0 AND worth >= 0 THEN cost := round(worth / held, 6); ELSE cost := last_cost; END IF;
  cost := coalesce(cost, fallback, 0);
  IF quantity > 0 THEN
    cost := coalesce(unit_cost, cost);
    entry := round(quantity * cost, 6);
    IF held < 0 THEN
      covered := least(quantity, -held);
      IF covered = -held THEN assumed := -worth; ELSE assumed := round(worth * covered / held, 6); END IF;
      settlement := assumed - round(covered * cost, 6);
    END IF;
  ELSIF held <= 0 THEN
    entry := round(quantity * cost, 6);
  ELSIF held + quantity <= 0 THEN
    entry := -(worth + round(-(held + quantity) * cost, 6));
  ELSE
    entry := round(worth * quantity / held, 6);
  END IF;
  held := held + quantity;
  worth := worth + entry + settlement;
  IF held > 0 THEN
    last_cost := round(worth / held, 6);
  ELSIF last_cost IS NULL OR quantity > 0 THEN
    last_cost := round(cost, 6);
  END IF;
  RETURN ARRAY[held, worth, last_cost, entry, settlement];
END $$;
CREATE AGGREGATE inventory_average(quantity numeric, unit_cost numeric, fallback numeric) (
  SFUNC = inventory_average_step, STYPE = numeric[], INITCOND = '{0,0,NULL,0,0}', PARALLEL = SAFE
);
"""

MOVING_AVERAGE_BACK = """
DROP AGGREGATE inventory_average(numeric, numeric, numeric);
DROP FUNCTION inventory_average_step(numeric[], numeric, numeric, numeric);
"""

# What an event's digest covers, in this order; the migration registers the same with the trail. What came later stands
# in an expression that leaves digests of earlier rows as they were.
ENTRY_COVERED = (
    "id", "movement_id", "line", "location_id", "counter_id", "destination_id", "product_id",
    "CASE WHEN is_assumed THEN json_build_array(lot, state, owner_id, 'assumed')"
    " WHEN state = 'available' AND owner_id = 0 THEN to_json(lot) ELSE json_build_array(lot, state, owner_id) END",
    "quantity", "unit_cost", "value", "currency", "occurred_at", "recorded_at",
)  # fmt: skip
MOVEMENT_COVERED = (
    "id", "reference", "kind",
    "CASE WHEN reported_at IS NULL THEN to_json(occurred_at) ELSE json_build_array(occurred_at, reported_at) END",
    "destination_id", "reason", "prepared_by_id", "reverses_id", "source",
)  # fmt: skip
CLOSING_COVERED = (
    "id", "period_id", "site_id", "product_id", "lot", "state", "owner_id", "quantity", "value", "in_transit",
)  # fmt: skip
