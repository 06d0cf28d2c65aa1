"""Reading the trail: digests over covered rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from audit.models import CoveredTable


@dataclass(frozen=True)
class Digest:
    """Count and SHA-256 over the rows of one covered table that carry one event's id."""

    table: str
    event_column: str
    count: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "event_column": self.event_column,
            "count": self.count,
            "sha256": self.sha256,
        }


def row_expression(columns: Sequence[str]) -> str:
    """The SQL text of a row's canonical content: a JSON array of its columns.

    Decimals keep their scale; instants are written in the session's time zone, which is UTC on every Django
    connection and set explicitly by `verify_trail`.
    """
    return f"json_build_array({', '.join(columns)})::text"


def digest_aggregate(columns: Sequence[str], order_column: str) -> str:
    """SQL aggregate: SHA-256 over the SHA-256 of each row's canonical content, in `order_column` order; hex text."""
    row_hash = f"sha256(convert_to({row_expression(columns)}, 'UTF8'))"
    return f"encode(sha256(string_agg({row_hash}, ''::bytea ORDER BY {order_column})), 'hex')"


def digests_of(event_id: int, tables: Sequence[str]) -> list[Digest]:
    """The digests over the rows of `tables` that carry `event_id`, one query per (table, event column).

    Tables without such rows give no digest. The session's time zone is UTC (Django's default connection).
    """
    found = []
    for covered in CoveredTable.objects.filter(name__in=tables).order_by("name", "event_column"):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), {digest_aggregate(covered.columns, covered.order_column)}"
                f" FROM {covered.name} WHERE {covered.event_column} = %s",
                [event_id],
            )
            count, sha256 = cursor.fetchone()
        if count:
            found.append(Digest(covered.name, covered.event_column, count, sha256))
    return found
