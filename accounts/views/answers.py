"""How a form of these pages is answered: a message and the page again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lib.faults import Faults


def done(request: HttpRequest, back: str, act: Callable[[], Any], words: str) -> HttpResponse:
    """Carry out `act`; say `words`, or each fault; go back."""
    try:
        act()
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, fault.detail)
    else:
        messages.success(request, words)
    return redirect(back)
