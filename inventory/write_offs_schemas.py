"""The shapes of write-offs, returns, gradings and goods set aside over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import Grading, SupplierReturn, WriteOff, WriteOffReason
from inventory.rules.states import STATES

GRADES = Grading.Grade.values
WRITE_OFF_STATES = WriteOff.State.values
RETURN_STATES = SupplierReturn.State.values
OUTCOMES = Grading.Outcome.values


def _figure(*, required: bool = True, null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, required=required, allow_null=null)


class FileBody(serializers.Serializer):
    file = serializers.FileField(help_text="JPEG, PNG, WebP or PDF, up to 12 MiB; pictures are written anew.")


class CommentedBody(serializers.Serializer):
    comment = serializers.CharField(required=False, max_length=500)


class EvidenceRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField(help_text="The page's address of it, below the site's.")
    file = serializers.CharField(help_text="The call's address of it; open to who may see the document.")


class StockRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    lot = serializers.CharField(max_length=64, required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)


class WriteOffBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=32, help_text="A code of stock/write-off-reasons/.")
    comment = serializers.CharField(max_length=500, required=False)
    found_at = serializers.DateTimeField(required=False, help_text="Without it the moment of submission.")
    lines = StockRow(many=True)


class WriteOffRow(StockRow):
    value = _figure(null=True)


class WriteOffAnswer(serializers.Serializer):
    """value: what left the books, till it is posted at the book's cost now; null without costs.view."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=WRITE_OFF_STATES)
    site = serializers.CharField()
    reason = serializers.CharField()
    account_hint = serializers.CharField()
    comment = serializers.CharField()
    found_at = serializers.DateTimeField(allow_null=True)
    prepared_by = serializers.CharField()
    policy = serializers.CharField()
    note = serializers.CharField()
    movement = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    created_at = serializers.DateTimeField()
    lines = WriteOffRow(many=True)
    evidence = EvidenceRow(many=True)


class WriteOffReasonBody(serializers.Serializer):
    code = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80, required=False)
    posts_as = serializers.ChoiceField(choices=WriteOffReason.PostsAs.values)
    account_hint = serializers.CharField(max_length=64, required=False)
    needs_photo = serializers.BooleanField(required=False)
    needs_comment = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class ReturnRow(StockRow):
    unit_credit = _figure(required=False, null=True)


class SupplierReturnBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    supplier = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=500)
    credit_due_on = serializers.DateField()
    supplier_reference = serializers.CharField(max_length=64, required=False)
    lines = ReturnRow(many=True)


class ReturnedRow(ReturnRow):
    shipped = _figure()
    value = _figure(null=True)


class CreditSums(serializers.Serializer):
    """difference = received − expected; null without costs.view."""

    value = _figure(null=True)
    expected = _figure(null=True)
    received = _figure(null=True)
    difference = _figure(null=True)


class CreditNoteBody(serializers.Serializer):
    reference = serializers.CharField(max_length=64)
    amount = _figure()
    received_on = serializers.DateField()


class CreditNoteRow(CreditNoteBody):
    noted_by = serializers.CharField()


class SupplierReturnAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=RETURN_STATES)
    site = serializers.CharField()
    supplier = serializers.CharField()
    supplier_reference = serializers.CharField()
    reason = serializers.CharField()
    credit_due_on = serializers.DateField()
    currency = serializers.CharField()
    prepared_by = serializers.CharField()
    policy = serializers.CharField()
    note = serializers.CharField()
    close_note = serializers.CharField()
    created_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField(allow_null=True)
    credit = CreditSums()
    credit_notes = CreditNoteRow(many=True)
    lines = ReturnedRow(many=True)
    evidence = EvidenceRow(many=True)


class ReturnShipBody(serializers.Serializer):
    lines = StockRow(many=True, required=False, help_text="Empty: all that is left.")


class GradingBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    lot = serializers.CharField(max_length=64, required=False)
    grade = serializers.ChoiceField(choices=GRADES)
    outcome = serializers.ChoiceField(choices=OUTCOMES, required=False)
    markdown_fraction = _figure(required=False, null=True)
    comment = serializers.CharField(max_length=500, required=False)
    supplier = serializers.CharField(max_length=64, required=False)


class GradingAnswer(GradingBody):
    id = serializers.IntegerField()
    movement = serializers.IntegerField()
    write_off = serializers.IntegerField(allow_null=True)
    supplier_return = serializers.IntegerField(allow_null=True)
    graded_by = serializers.CharField()
    graded_at = serializers.DateTimeField()
    evidence = EvidenceRow(many=True)


class SetAsideRow(serializers.Serializer):
    """since, why: of the oldest movement that is still there."""

    site = serializers.CharField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    owner = serializers.CharField()
    quantity = _figure()
    value = _figure(null=True)
    currency = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    movement = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField()
    why = serializers.CharField()


class StateChangeBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    lot = serializers.CharField(max_length=64, required=False)
    from_state = serializers.ChoiceField(choices=STATES)
    to_state = serializers.ChoiceField(choices=STATES)
    reason = serializers.CharField(max_length=500)


class StateChangeAnswer(serializers.Serializer):
    movement = serializers.IntegerField()
