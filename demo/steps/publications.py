"""What leaves the demo's house beside the web shop: a file for a marketplace, prices that tills fetch, transfers to make."""

from feeds.actions.publications import create_publication
from feeds.rules.publication_fields import PublicationDraft
from lib.actors import Actor

PUBLICATIONS = (
    PublicationDraft(
        "marketplace-eu", "Prices for the marketplace", "prices", "file", channel="MARKET-EU",
        settings={"format": "csv", "complete": True},
    ),
    PublicationDraft("tills-berlin", "Prices at the tills in Berlin", "prices", "rest", site="BER-1"),
    PublicationDraft(
        "transfers-berlin", "Goods that Berlin is short of", "replenishment", "file", site="BER-1",
        settings={"format": "xlsx"},
    ),
)  # fmt: skip


def load_publications(actor: Actor) -> None:
    """Set them up; the loops fill and send them."""
    for draft in PUBLICATIONS:
        create_publication(actor=actor, draft=draft)
