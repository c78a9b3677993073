"""The shape in which causes of a run's problems go over HTTP."""

from typing import Any

from rest_framework import serializers

from graphs.causes_words import FIELD, KEY, RETRY, ROWS, RULES, VALUES


class CausesRequestSerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=500, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)


class BlockedSerializer(serializers.Serializer[Any]):
    node = serializers.CharField()
    entity = serializers.CharField()
    model = serializers.CharField()
    rows = serializers.IntegerField()


class CauseValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(allow_blank=True)
    own_rows = serializers.IntegerField()
    blocked_rows = serializers.IntegerField()
    first_row = serializers.IntegerField()


class CauseActionSerializer(serializers.Serializer[Any]):
    """``values``: look at the mapping's value gaps, filled in with ``field`` and ``value``."""

    door = serializers.ChoiceField((VALUES, FIELD, RULES, KEY, ROWS, RETRY))
    says = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)


class CauseSerializer(serializers.Serializer[Any]):
    """``blocked_rows``: rows that wait for these, of every node, each counted once. ``values``:
    where each value is a matter of its own, those that block most."""

    node = serializers.CharField()
    entity = serializers.CharField()
    model = serializers.CharField()
    mapping = serializers.CharField(allow_blank=True)
    sheet = serializers.CharField(allow_blank=True)
    sheet_id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    column = serializers.CharField(allow_blank=True)
    first_row = serializers.IntegerField()
    title = serializers.CharField()
    summary = serializers.CharField()
    message = serializers.CharField()
    own_rows = serializers.IntegerField()
    blocked_rows = serializers.IntegerField()
    blocked = BlockedSerializer(many=True)
    n_values = serializers.IntegerField()
    values = CauseValueSerializer(many=True)
    actions = CauseActionSerializer(many=True)


class CausesSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    headline = serializers.CharField(allow_blank=True)
    causes = CauseSerializer(many=True)
