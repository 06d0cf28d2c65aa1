"""A stored file as an answer: shown or saved, never run as a page."""

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import content_disposition_header

from web.models import Attachment
from web.stored_files import content_of

HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


def file_answer(found: Attachment, if_none_match: str | None) -> HttpResponse:
    """The file of an attachment that the reader may see, or 304 when they have it. Raises Http404: it is lost."""
    tag = f'"{found.file.sha256}"'
    answer: HttpResponse = HttpResponseNotModified()
    if if_none_match != tag:
        is_picture = found.file.media_type.startswith("image/")
        answer = HttpResponse(content_of(found.file), content_type=found.file.media_type)
        answer["Content-Disposition"] = content_disposition_header(not is_picture, found.name) or "attachment"
    answer["ETag"] = tag
    for name, value in HEADERS.items():
        answer[name] = value
    return answer


def saved(body: bytes, name: str) -> HttpResponse:
    """Bytes made by the house itself, to be saved under `name`."""
    answer = HttpResponse(body, content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    for header, value in HEADERS.items():
        answer[header] = value
    return answer
