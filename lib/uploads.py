"""Photos and papers that people hand in: told by their bytes, bounded, and made harmless before they are kept.

Only JPEG, PNG, WebP and PDF are taken. Pictures are decoded and written anew, which leaves behind where and with what they
were taken, comments, and whatever else was appended; a PDF cannot be written anew, so one that can act by itself is refused.
"""

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from lib.faults import Faults, refuse

MAX_BYTES = 12 * 2**20
MAX_PIXELS = 50_000_000
MAX_SIDE = 12_000
#: What is kept is scaled down to this: enough to read a label by.
KEPT_SIDE = 2_560
QUALITY = 85
MAX_NAME = 120
#: Media type → the ending its name gets.
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}
_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
#: What makes a PDF do something: scripts, programs, files inside, forms that send. What stands in compressed streams is
#: not seen; that is why papers are only ever offered for download, in a sandbox.
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|SubmitForm|XFA)\b")
_STREAM = re.compile(rb"\bstream\r?\n.*?\bendstream\b", re.DOTALL)
_HEX_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Cleaned:
    """What may be kept. width, height: of a picture, else 0."""

    media_type: str
    body: bytes
    width: int = 0
    height: int = 0


def cleaned(body: bytes) -> Cleaned:
    """What is kept of an upload.

    Raises Faults 413 `too_large`; 422 `empty_file`, `wrong_type`, `too_many_pixels`, `unreadable`, `active_content`.
    """
    if not body:
        raise refuse("empty_file", "The file is empty.", pointer="/file")
    if len(body) > MAX_BYTES:
        raise refuse(
            "too_large", f"A file has at most {MAX_BYTES // 2**20} MiB.", pointer="/file", status=413
        )
    if body.startswith(b"%PDF-"):
        return _paper(body)
    if body.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        body.startswith(b"RIFF") and body[8:12] == b"WEBP"
    ):
        return _picture(body)
    raise refuse("wrong_type", "Only JPEG, PNG, WebP and PDF are taken.", pointer="/file")


def _paper(body: bytes) -> Cleaned:
    if b"%%EOF" not in body[-1024:]:
        raise refuse("unreadable", "The PDF is cut off or something follows its end.", pointer="/file")
    names = _HEX_NAME.sub(lambda found: bytes([int(found[1], 16)]), _STREAM.sub(b"", body))
    if _ACTIVE.search(names):
        detail = "The PDF holds scripts or other files; print it to a new PDF."
        raise refuse("active_content", detail, pointer="/file")
    return Cleaned("application/pdf", body)


def _picture(body: bytes) -> Cleaned:
    """The picture, upright, scaled down, written anew. Its head is judged before a pixel is unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=tuple(_FORMATS)) as picture:
                _refuse_size(picture.width, picture.height)
                picture.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
                return _written(picture)
    except Faults:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many() from error
    except Exception as error:  # what a decoder raises on broken input is of every kind
        raise refuse("unreadable", "The picture cannot be read.", pointer="/file") from error


def _refuse_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE or min(width, height) < 1:
        raise _too_many()


def _too_many() -> Faults:
    detail = f"A picture has at most {MAX_PIXELS // 10**6} million pixels and {MAX_SIDE:,} on a side."
    return refuse("too_many_pixels", detail, pointer="/file")


def _written(picture: Image.Image) -> Cleaned:
    media_type = _FORMATS[picture.format or ""]
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    has_alpha = media_type != "image/jpeg" and ("A" in upright.getbands() or "transparency" in upright.info)
    plain = upright.convert("RGBA" if has_alpha else "RGB")
    plain.info = {}
    out = io.BytesIO()
    plain.save(out, media_type.removeprefix("image/").upper(), quality=QUALITY, exif=b"")
    return Cleaned(media_type, out.getvalue(), plain.width, plain.height)


def safe_name(name: str, media_type: str) -> str:
    """A name to show and to offer for download: the last part of a path, plain characters, the ending of what it is."""
    last = re.split(r"[/\\]", name.replace("\x00", ""))[-1]
    stem = last.rsplit(".", 1)[0] if "." in last else last
    stem = "".join(sign for sign in stem if sign.isalnum() or sign in " -_()").strip()[:MAX_NAME]
    return f"{stem or 'file'}.{ENDINGS[media_type]}"
