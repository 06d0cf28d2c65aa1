"""The SQL that makes an event's leaf; `audit.rules.leaf_content` is its twin and a test holds them equal."""

from audit.rules import SEALED_COLUMNS

_TEXT_OF = {"actor_hash": "encode(e.actor_hash, 'hex')"}

#: Canonical content of event `e`; the session's time zone is UTC.
CONTENT_SQL = (
    f"json_build_array({', '.join(_TEXT_OF.get(name, f'e.{name}') for name in SEALED_COLUMNS)})::text"
)

#: RFC 6962 leaf hash of event `e`.
LEAF_SQL = f"sha256('\\x00'::bytea || convert_to({CONTENT_SQL}, 'UTF8'))"
