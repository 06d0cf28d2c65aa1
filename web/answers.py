"""How a form of a page is answered: a message and the page it came from."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
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
    return redirect(wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else back)
