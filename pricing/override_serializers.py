"""The shapes of override questions for the OpenAPI document."""

from rest_framework import serializers

from pricing.actions.overrides import ANSWERS


class QuestionRow(serializers.Serializer):
    id = serializers.IntegerField()
    price_list = serializers.CharField()
    sku = serializers.CharField()
    min_quantity = serializers.CharField()
    currency = serializers.CharField()
    own_amount = serializers.CharField(help_text="The list's own price, which stands.")
    moved_amount = serializers.CharField(help_text="What it would be, moved in proportion.")
    parent_from = serializers.CharField()
    parent_to = serializers.CharField()
    price_change = serializers.IntegerField(help_text="The change that moved the parent's price.")
    asked_at = serializers.DateTimeField()
    answer = serializers.CharField(help_text="open, keep, move, drop, or past: priced anew meanwhile.")
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField(allow_null=True)
    answer_change = serializers.IntegerField(allow_null=True, help_text="The draft that the answer made.")


class AnswerAsked(serializers.Serializer):
    ids = serializers.ListField(child=serializers.IntegerField())
    answer = serializers.ChoiceField(choices=ANSWERS)


class Answered(serializers.Serializer):
    answered = serializers.IntegerField()
    price_change = serializers.IntegerField(allow_null=True, help_text="The draft to submit, none for keep.")
