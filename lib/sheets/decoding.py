"""Bytes to text, without guessing more than the bytes say."""

import codecs

from lib.faults import refuse

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_of(body: bytes) -> tuple[str, str]:
    """(text without byte-order mark, name of the encoding): a mark decides, else strict UTF-8, else GB18030.

    Raises Faults 422 `empty_file`, `not_text` (a ZIP or other binary), `unknown_encoding`, `control_characters`.
    """
    if not body.strip(b"\x00 \t\r\n"):
        raise refuse("empty_file", "There is nothing in it.")
    for mark, encoding in BOMS:
        if body.startswith(mark):
            return _strict(body[len(mark) :], encoding), encoding
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")):
        raise refuse("not_text", "This is a binary file, not text.")
    try:
        return _checked(body.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        return _strict(body, "gb18030"), "gb18030"


def _strict(body: bytes, encoding: str) -> str:
    try:
        return _checked(body.decode(encoding))
    except UnicodeDecodeError as error:
        raise refuse("unknown_encoding", f"The bytes are not {encoding}: at byte {error.start}.") from error


def _checked(text: str) -> str:
    if "\x00" in text:
        raise refuse("control_characters", "There is a zero character in it.")
    return text
