"""Bytes to text, without guessing more than the bytes say."""

import codecs
import io

from lib.faults import Faults, refuse

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What may be declared.
ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
_PIECE = 1024 * 1024


def text_of(body: bytes, declared: str = "") -> tuple[str, str]:
    """(text without byte-order mark, name of the encoding), read as `encoding_of` says.

    Raises Faults 422 as `encoding_of`.
    """
    encoding, start = encoding_of(body, declared)
    return body[start:].decode(encoding), encoding


def stream_of(body: bytes, encoding: str, start: int) -> io.TextIOWrapper:
    """The text from `start` on, a piece at a time, line ends as they are."""
    stream = io.BytesIO(body)
    stream.seek(start)
    return io.TextIOWrapper(stream, encoding, newline="")


def encoding_of(body: bytes, declared: str = "") -> tuple[str, int]:
    """(encoding, length of the byte-order mark): a mark decides, then what was declared, then strict UTF-8, then GB18030.

    Raises Faults 422 `empty_file`, `not_text` (a ZIP or other binary), `unknown_encoding`, `control_characters`.
    """
    if not body.strip(b"\x00 \t\r\n"):
        raise refuse("empty_file", "There is nothing in it.")
    for mark, encoding in BOMS:
        if body.startswith(mark):
            _check(body, len(mark), encoding)
            return encoding, len(mark)
    if body.startswith(_BINARY):
        raise refuse("not_text", "This is a binary file, not text.")
    if declared:
        _check(body, 0, declared)
        return declared, 0
    try:
        _check(body, 0, "utf-8")
    except Faults as faults:
        if faults.faults[0].code != "unknown_encoding":
            raise
        _check(body, 0, "gb18030")
        return "gb18030", 0
    return "utf-8", 0


def _check(body: bytes, start: int, encoding: str) -> None:
    """Every byte is of the encoding, and none a zero character; in pieces, so that the text is never held whole."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(body)
    for at in range(start, len(body), _PIECE):
        try:
            text = decoder.decode(view[at : at + _PIECE], at + _PIECE >= len(body))
        except UnicodeDecodeError as error:
            detail = f"The bytes are not {encoding}: at byte {at + error.start}."
            raise refuse("unknown_encoding", detail) from error
        if "\x00" in text:
            raise refuse("control_characters", "There is a zero character in it.")
