"""Migration operations that make a table append-only, partitioned or covered by digests."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.migrations.operations.special import RunSQL

APPEND_ONLY_FUNCTIONS = """
CREATE OR REPLACE FUNCTION steelyard_deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
CREATE OR REPLACE FUNCTION steelyard_deny_other_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  allowed text[] := string_to_array(TG_ARGV[0], ',');
BEGIN
  IF (to_jsonb(NEW) - allowed) IS DISTINCT FROM (to_jsonb(OLD) - allowed) THEN
    RAISE EXCEPTION 'UPDATE of % is refused: only % may change', TG_TABLE_NAME, TG_ARGV[0]
      USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION steelyard_ensure_partition(parent text, month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  part text := parent || '_' || to_char(first, 'YYYYMM');
  role text := (SELECT value FROM steelyard_setting WHERE name = 'app_role');
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(quote_ident(parent))) THEN
    RAISE EXCEPTION '% is not a partitioned table', parent;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('steelyard_ensure_partition', 0));
  IF to_regclass(quote_ident(part)) IS NOT NULL THEN
    RETURN part;
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                 part, parent, first::timestamptz, (first + interval '1 month')::timestamptz);
  IF role <> current_user THEN
    EXECUTE format('REVOKE ALL ON %I FROM %I', part, role);
  END IF;
  EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION steelyard_deny()',
                 'deny_row', part);
  EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER deny_row', part);
  EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION steelyard_deny()',
                 'deny_truncate', part);
  EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER deny_truncate', part);
  RETURN part;
END $$;
REVOKE EXECUTE ON FUNCTION steelyard_ensure_partition(text, date) FROM PUBLIC;
"""


class AppendOnly(RunSQL):
    """Make `table` append-only for the application role.

    UPDATE, DELETE and TRUNCATE are revoked and refused by triggers that fire even in replica mode; of
    `updatable_columns` UPDATE is granted back, and a trigger holds every other column still.
    """

    def __init__(self, table: str, updatable_columns: Sequence[str] = ()) -> None:
        self._args = (table, tuple(updatable_columns))
        super().__init__(_append_only_sql(table, updatable_columns), RunSQL.noop)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self._args), {}


def _append_only_sql(table: str, updatable: Sequence[str]) -> str:
    role = settings.DATABASE_APP_ROLE
    owner_is_app = settings.DATABASE_OWNER_IS_APP
    statements = [] if owner_is_app else [f'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM "{role}"']
    statements.append(
        f"CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
        " EXECUTE FUNCTION steelyard_deny()"
    )
    if updatable:
        columns = ", ".join(updatable)
        if not owner_is_app:
            statements.append(f'GRANT UPDATE ({columns}) ON {table} TO "{role}"')
        statements.append(
            f"CREATE TRIGGER deny_row BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION steelyard_deny()"
        )
        statements.append(
            f"CREATE TRIGGER deny_columns BEFORE UPDATE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION steelyard_deny_other_columns('{','.join(updatable)}')"
        )
        statements.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER deny_columns")
    else:
        statements.append(
            f"CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION steelyard_deny()"
        )
    statements += [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {t}" for t in ("deny_row", "deny_truncate")]
    return ";\n".join(statements) + ";"


class OwnerWrites(RunSQL):
    """Take the right to write `table` from the application role: only migrations fill it."""

    def __init__(self, table: str) -> None:
        self._args = (table,)
        role = settings.DATABASE_APP_ROLE
        revoke = f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM "{role}"'
        super().__init__(RunSQL.noop if settings.DATABASE_OWNER_IS_APP else revoke, RunSQL.noop)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self._args), {}


class PartitionedByMonth(RunSQL):
    """Create the append-only table `table` (columns in `columns_sql`), partitioned by month of `recorded_at`.

    The primary key is (id, recorded_at); a BRIN index lies on recorded_at; a DEFAULT partition exists and the
    months from the current one to two ahead are made. Deny triggers go on parent and default; each further partition
    gets its own from steelyard_ensure_partition.
    """

    def __init__(self, table: str, columns_sql: str) -> None:
        self._args = (table, columns_sql)
        super().__init__(_partitioned_sql(table, columns_sql), f"DROP TABLE {table}")

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self._args), {}


def _partitioned_sql(table: str, columns_sql: str) -> str:
    role = settings.DATABASE_APP_ROLE
    default = f"{table}_default"
    revoke = "" if settings.DATABASE_OWNER_IS_APP else f'REVOKE ALL ON {default} FROM "{role}";\n'
    if not settings.DATABASE_OWNER_IS_APP:
        revoke += f'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM "{role}";\n'
    triggers = "".join(
        f"CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON {t} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION steelyard_deny();\n"
        f"ALTER TABLE {t} ENABLE ALWAYS TRIGGER deny_truncate;\n"
        for t in (table, default)
    )
    return (
        f"CREATE SEQUENCE {table}_id_seq AS bigint CACHE 1;\n"
        f"CREATE TABLE {table} (id bigint NOT NULL DEFAULT nextval('{table}_id_seq'), {columns_sql},"
        f" recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (id, recorded_at))"
        f" PARTITION BY RANGE (recorded_at);\n"
        f"CREATE INDEX {table}_recorded_at_brin ON {table} USING brin (recorded_at);\n"
        f"CREATE TABLE {default} PARTITION OF {table} DEFAULT;\n"
        f"{revoke}{triggers}"
        f"CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON {default} FOR EACH ROW"
        f" EXECUTE FUNCTION steelyard_deny();\n"
        f"ALTER TABLE {default} ENABLE ALWAYS TRIGGER deny_row;\n"
        f"SELECT steelyard_ensure_partition('{table}', (now() + n * interval '1 month')::date)"
        f" FROM generate_series(0, 2) n;\n"
    )


class Covered(RunSQL):
    """Register `table`: rows whose `event_column` names an event are digested over `columns`, in `order_column` order.

    columns are SQL expressions over the row ("amount", "lower(known)"); what may change later must not be among them.
    order_column is unique within an event.
    """

    def __init__(
        self, table: str, event_column: str, columns: Sequence[str], order_column: str = "id"
    ) -> None:
        self._args = (table, event_column, tuple(columns), order_column)
        quoted = ", ".join("'" + column.replace("'", "''") + "'" for column in columns)
        super().__init__(
            "INSERT INTO audit_coveredtable (name, event_column, order_column, columns)"
            f" VALUES ('{table}', '{event_column}', '{order_column}', ARRAY[{quoted}])",
            f"DELETE FROM audit_coveredtable WHERE name = '{table}' AND event_column = '{event_column}'",
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self._args), {}
