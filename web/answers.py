"""How a form of a page is answered: a message and the page it came from."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from lib.faults import Faults


def done(request: HttpRequest, back: str, act: Callable[[], Any], words: str) -> HttpResponse:
    """Carry out `act`, say `words` or each fault, go to `back` (or to the form's own `next`, when it is of this site).

    A fault's sentence is looked up in the translations: constant ones are marked there with gettext_noop.
    """
    try:
        act()
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, gettext(fault.detail))
    else:
        messages.success(request, words)
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return HttpResponseRedirect(wanted) if is_ours else redirect(back)


def whole_number(text: str) -> int:
    """An id out of a form, 0 when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
