"""What the forms of uploads and mappings send and show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from feeds.actions.registry import KINDS
from feeds.field_words import field_word
from feeds.models import Feed
from feeds.models import Mapping as StoredMapping
from feeds.rules.mappings import Reading
from feeds.rules.previews import Column

DECLARED = ("decimal_mark", "date_order", "time_zone", "delimiter", "encoding")


@dataclass(frozen=True)
class FieldChoice:
    name: str
    word: str
    is_required: bool
    constant: str = ""
    has_column: bool = False


def assigned(post: QueryDict) -> dict[str, Any]:
    """A mapping as the form sends it: header-0, column-0 …, constant-<field>, and what is declared."""
    columns = {
        post[f"header-{place}"]: post.get(f"column-{place}", "")
        for place in range(200)
        if f"header-{place}" in post
    }
    # Another separator makes other columns: what was assigned to the old ones means nothing.
    if any(post.get(f"was_{name}", "") != post.get(name, "") for name in ("delimiter", "encoding")):
        columns = {}
    constants = {
        name.removeprefix("constant-"): str(value)
        for name, value in post.items()
        if name.startswith("constant-") and value
    }
    return {"columns": columns, "constants": constants, **{name: post.get(name, "") for name in DECLARED}}


def field_choices(feed: Feed, reading: Reading, columns: Sequence[Column] = ()) -> list[FieldChoice]:
    """The kind's fields, needed ones first, with their fixed value and whether a column is read into them."""
    layout = KINDS[feed.kind].layout
    used = {column.field for column in columns} | set(reading.columns.values())
    return [
        FieldChoice(
            name, field_word(name), name in layout.required, reading.constants.get(name, ""), name in used
        )
        for name in layout.fields
    ]


def declared_choices() -> dict[str, Any]:
    """What can be declared of numbers, dates and bytes, for the form's selects."""
    return {
        "marks": [("", _("not declared")), (".", _("point: 1,234.50")), (",", _("comma: 1.234,50"))],
        "orders": [("", _("not declared")), *StoredMapping.DateOrder.choices],
        "delimiters": [
            ("", _("as found")),
            (",", _("comma")),
            (";", _("semicolon")),
            ("\t", _("tab")),
            ("|", _("bar")),
        ],
        "encodings": [
            ("", _("as found")),
            ("utf-8", "UTF-8"),
            ("gb18030", "GB18030"),
            ("utf-16-le", "UTF-16 LE"),
            ("utf-16-be", "UTF-16 BE"),
        ],
    }


def delimiter_word(delimiter: str) -> str:
    """A separator in the reader's words."""
    words: Mapping[str, str] = dict(declared_choices()["delimiters"][1:])
    return words.get(delimiter, delimiter)
