"""How far each stream of a feed has come."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Site
from feeds.models.deliveries import Feed


class Stream(models.Model):
    """One numbered sequence of deliveries in a feed; name "" for what comes without an envelope.

    epoch, sequence: applied up to there without a gap (sequence is empty until the first numbered delivery).
    complete_to: everything that happened until then has been applied; it never goes back.
    received_at: of the newest delivery; heartbeat_at: of the newest heartbeat.
    clock_skew_s: the sender's clock against ours: the least of received less sent of the last deliveries; above zero
    its clock is behind (or the way is slow), below zero ahead.
    state: gap: deliveries wait for one that is missing, since gap_at; asking: they waited too long and a snapshot (of
    facts: the missing deliveries) is asked for. is_active: an inactive stream is neither watched nor waited for.
    """

    class State(models.TextChoices):
        LIVE = "live", _("Without a gap")
        GAP = "gap", _("Gap")
        ASKING = "asking", _("Asking")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="streams")
    name = models.CharField(_("stream"), max_length=60, default="", blank=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    epoch = models.BigIntegerField(default=0)
    sequence = models.BigIntegerField(null=True)
    complete_to = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    clock_skew_s = models.FloatField(null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.LIVE)
    gap_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "name"], name="feeds_stream_once")]

    def __str__(self) -> str:
        return f"{self.feed.name} / {self.name}" if self.name else self.feed.name


class StreamKey(models.Model):
    """The newest (epoch, sequence) that was applied for one key (a SKU, a reference …) of a stream of states."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=200)
    epoch = models.BigIntegerField()
    sequence = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "key"], name="feeds_streamkey_once")]


class Heartbeat(models.Model):
    """The newest heartbeat of a stream: the sender lives, and up to event_time_to it has sent everything.

    epoch, sequence: of the last delivery it had sent by then, where it numbers them; one that has not come is a gap.
    """

    stream = models.OneToOneField(
        Stream, on_delete=models.CASCADE, primary_key=True, related_name="heartbeat"
    )
    received_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    epoch = models.BigIntegerField(default=0)
    sequence = models.BigIntegerField(null=True)
    event_time_to = models.DateTimeField(null=True)


class LagSample(models.Model):
    """How late a stream was at a moment; for the history on the page."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="samples")
    taken_at = models.DateTimeField()
    lag_s = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "taken_at"], name="feeds_lagsample_once"),
        ]
        indexes = [models.Index(fields=["taken_at"], name="feeds_lagsample_at")]


class RefusedPush(models.Model):
    """Pushes of one minute that were refused for their signature, or for a clock that is off; feed "": an unknown name."""

    class Reason(models.TextChoices):
        SIGNATURE = "signature", _("Wrong signature")
        CLOCK = "clock", _("Clock off")

    feed = models.CharField(max_length=60)
    reason = models.CharField(max_length=9, choices=Reason.choices, default=Reason.SIGNATURE)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "reason", "minute"], name="feeds_refusedpush_once")
        ]
