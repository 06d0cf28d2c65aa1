"""What people hand in: told by its bytes, bounded, and written anew; hostile files are refused with a sentence."""

import io
import struct
import zlib

import pytest
from PIL import Image

from lib.faults import Faults
from lib.uploads import KEPT_SIDE, MAX_BYTES, cleaned, safe_name
from tests.lib.pictures import pdf, picture


def code_of(body: bytes) -> str:
    with pytest.raises(Faults) as refused:
        cleaned(body)
    return refused.value.faults[0].code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_as_what_it_is(kind: str) -> None:
    kept = cleaned(picture(kind, (60, 40)))
    assert (kept.media_type, kept.width, kept.height) == (f"image/{kind.lower()}", 60, 40)
    assert Image.open(io.BytesIO(kept.body)).format == kind


def test_where_it_was_taken_is_left_behind() -> None:
    taken = Image.new("RGB", (30, 20), "red")
    exif = taken.getexif()
    exif[0x0110] = "Camera of Ann"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    out = io.BytesIO()
    taken.save(out, "JPEG", exif=exif, comment=b"at home")
    assert b"Camera of Ann" in out.getvalue()
    kept = cleaned(out.getvalue()).body
    assert not dict(Image.open(io.BytesIO(kept)).getexif())
    assert b"Camera of Ann" not in kept and b"at home" not in kept


def test_a_photo_taken_sideways_is_kept_upright() -> None:
    taken = Image.new("RGB", (30, 20), "red")
    exif = taken.getexif()
    exif[0x0112] = 6
    out = io.BytesIO()
    taken.save(out, "JPEG", exif=exif)
    kept = cleaned(out.getvalue())
    assert (kept.width, kept.height) == (20, 30)


def test_a_large_photo_is_scaled_down() -> None:
    kept = cleaned(picture("JPEG", (4000, 3000)))
    assert (kept.width, kept.height) == (KEPT_SIDE, 1920)


@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"PK\x03\x04 a whole archive", b"%PDF-1.4 /JavaScript"]
)
def test_a_polyglot_loses_its_second_half(tail: bytes) -> None:
    kept = cleaned(picture("PNG", (20, 20)) + tail)
    assert tail not in kept.body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (b"x" * (MAX_BYTES + 1), "too_large"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "wrong_type"),
        (b"<!doctype html><script>alert(1)</script>", "wrong_type"),
        (b"GIF89a" + b"\x00" * 40, "wrong_type"),
        (b"MZ" + b"\x00" * 90, "wrong_type"),
        (b"\x89PNG\r\n\x1a\n<script>", "unreadable"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 100, "unreadable"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "unreadable"),
        (b"%PDF-1.7 cut off", "unreadable"),
        (pdf(b"<< /S /JavaScript /JS (app.alert) >>"), "active_content"),
        (pdf(b"<< /S /J#61vaScript >>"), "active_content"),
        (pdf(b"<< /Type /EmbeddedFile >>"), "active_content"),
        (pdf(b"") + b"A" * 2000, "unreadable"),
    ],
)
def test_hostile_files_are_refused(body: bytes, code: str) -> None:
    assert code_of(body) == code


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large: rows of zeros, packed a thousand to one."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (11_000, 11_000), (13_000, 10), (0, 10)])
def test_a_picture_that_unpacks_to_too_much_is_refused(width: int, height: int) -> None:
    body = bomb(width, height)
    assert len(body) < 20_000
    assert code_of(body) in ("too_many_pixels", "unreadable")


def test_a_paper_stays_as_it_is() -> None:
    kept = cleaned(pdf(b"<< /Type /Catalog >>"))
    assert (kept.media_type, kept.width) == ("application/pdf", 0)
    assert kept.body == pdf(b"<< /Type /Catalog >>")


def test_letters_in_packed_streams_are_not_taken_for_scripts() -> None:
    assert cleaned(pdf(b"<< >> stream\nab/JS cd\nendstream")).media_type == "application/pdf"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\photos\\shelf 3.PNG", "shelf 3.jpg"),
        ("a\x00b\r\nX: y.html", "abX y.jpg"),
        ("破损.jpeg", "破损.jpg"),
        ("", "file.jpg"),
        ("....", "file.jpg"),
        ("n" * 400, f"{'n' * 120}.jpg"),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert safe_name(name, "image/jpeg") == kept
