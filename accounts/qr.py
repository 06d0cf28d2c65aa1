"""A QR code as one SVG path: no style attribute, so the Content-Security-Policy lets it be."""

import qrcode

BORDER = 2


def qr_path(text: str) -> tuple[str, int]:
    """(path data, side of the square) of `text` as a QR code with a quiet border."""
    code = qrcode.QRCode(border=BORDER)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return path, len(rows)
