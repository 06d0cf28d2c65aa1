"""Events, the names behind them, seals and what digests cover."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One line of the trail: who, on whose behalf, when, what before and after, why, under which policy.

    Append-only by privilege and trigger, range-partitioned by month of `recorded_at` (the table's key is
    (id, recorded_at); `id` comes from one sequence; `xid`, the writing transaction, lets the sealer find what is new
    without reading the whole table and is not sealed). `subject` is "<noun>:<id>". `digests` lists, for each covered
    table, the count and SHA-256 over the rows that carry this event's id.
    """

    id = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=8)
    actor_id = models.BigIntegerField(null=True)
    actor_hash = models.BinaryField(max_length=32)
    on_behalf_of_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=8)
    address = models.CharField(max_length=45, default="")
    request_id = models.CharField(max_length=64, default="")
    job_slot = models.CharField(max_length=64, default="")
    kind = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    reason = models.TextField(default="")
    policy = models.CharField(max_length=120, default="")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    site_ids = ArrayField(models.BigIntegerField(), default=list)
    digests = models.JSONField(default=list)

    class Meta:
        managed = False
        db_table = "audit_event"


class ActorName(models.Model):
    """The name behind an actor's hash; erasable, outside the sealed leaf.

    hash = SHA-256(salt ‖ name). Erasing a row leaves events that still prove themselves, without the name. A name may
    have two rows with two salts when it was first used twice at once: a unique key would make writers wait.
    """

    actor_kind = models.CharField(max_length=8)
    actor_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    salt = models.BinaryField(max_length=16)
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["hash"], name="audit_actorname_hash"),
            models.Index(fields=["actor_kind", "actor_id", "name"], name="audit_actorname_who"),
        ]


class SealKey(models.Model):
    """A public Ed25519 key that seals were signed with. The private half lies in DATA_DIR/seal.key.

    id = the first 16 hex digits of the public key's SHA-256.
    """

    id = models.CharField(max_length=64, primary_key=True)
    public_key = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(db_default=Now())


class Seal(models.Model):
    """A sealed batch of events: Merkle root by RFC 6962, chained to the seal before it and signed.

    hash: see `audit.rules.seal_hash`; signature: Ed25519 over `hash`. horizon: every event of a transaction below it
    was sealed when this seal was made (not part of the hash: transaction ids do not survive a restore).
    """

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    count = models.IntegerField()
    root = models.BinaryField(max_length=32)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)
    key_id = models.CharField(max_length=64)
    horizon = models.BigIntegerField(default=0)
    anchored_at = models.DateTimeField(null=True)


class SealLeaf(models.Model):
    """Which seal holds an event, and at which leaf. One row per sealed event, so none is missed or sealed twice."""

    event_id = models.BigIntegerField(primary_key=True)
    seal = models.ForeignKey(Seal, on_delete=models.DO_NOTHING, related_name="leaves", db_constraint=False)
    leaf_index = models.IntegerField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seal", "leaf_index"], name="audit_sealleaf_index_once"),
        ]


class CoveredTable(models.Model):
    """A table whose rows are covered by event digests.

    event_column holds the covering event's id in each row; columns are digested in this order, by `order_column`.
    """

    name = models.CharField(max_length=63)
    event_column = models.CharField(max_length=63)
    order_column = models.CharField(max_length=63, default="id")
    columns = ArrayField(models.CharField(max_length=200))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "event_column"], name="audit_coveredtable_once"),
        ]


class Export(models.Model):
    """A requested download of the trail; itself recorded as an event."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"

    requested_by_id = models.BigIntegerField()
    requested_by = models.CharField(max_length=200, default="")
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    format = models.CharField(max_length=5)
    filters = models.JSONField(default=dict)
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    rows = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default="")
    path = models.CharField(max_length=255, default="")
    error = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)


class Verification(models.Model):
    """A check of the whole trail: asked for or due, and what came of it. `breach` is the first thing that did not prove."""

    requested_by_id = models.BigIntegerField(null=True)
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seals = models.BigIntegerField(default=0)
    breaches = models.IntegerField(default=0)
    breach = models.TextField(default="", blank=True)
