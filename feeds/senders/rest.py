"""The other side reads for itself (`publications/{name}/items/?since=`): nothing is sent, nothing can be read back."""

from collections.abc import Sequence

from feeds.senders.base import Batch, Outlet, Reading, Sent


class RestSender:
    """Never asked to send: publications of this way have no batches."""

    batch_items = 0
    needs_endpoint = False
    needs_secrets: tuple[str, ...] = ()
    reads_back = False

    def send(self, outlet: Outlet, batch: Batch) -> Sent:
        return Sent("refused", error_code="nothing_is_sent")

    def read_back(self, outlet: Outlet, skus: Sequence[str]) -> Sequence[Reading]:
        return ()
