"""Icons from the sprite that set-up builds out of tools/icons.txt."""

from functools import cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


@cache
def icon_svg(name: str, size: int = 14, label: str = "") -> SafeString:
    """An <svg> that uses symbol `name`; hidden from screen readers unless `label` is given."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    extra = f" icon-{size}" if size != 14 else ""
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"></use></svg>',
        extra,
        spoken,
        static("vendor/icons.svg"),
        name,
    )
