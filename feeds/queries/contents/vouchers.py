"""Vouchers for finance: every line of every voucher, in its order; a voucher is never changed, so none is taken back."""

from collections.abc import Iterable

from feeds.queries.contents.base import Asked, Wanted
from finance.queries.vouchers import published_lines


class Vouchers:
    """{"voucher", "account", "debit", "credit", …}, a line under "<voucher>/<number>".

    With a site or channel those of the legal entities of its sites, else all.
    """

    def facts(self, asked: Asked) -> str:
        return ""

    def wanted(self, asked: Asked) -> Iterable[Wanted]:
        publication = asked.publication
        is_bound = publication.site_id is not None or publication.channel_id is not None
        entities = sorted({site.legal_entity_id for site in asked.sites}) if is_bound else None
        for key, content, made_at, site_id in published_lines(entities, asked.since):
            yield Wanted(key, content, made_at, site_id=site_id)
