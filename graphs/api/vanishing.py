"""What is said over HTTP about rows that are in a run's file no more."""

from typing import Any

from rest_framework import serializers

from graphs.vanishing import DECISIONS
from importer.api.strict import Strict


class ResumeSerializer(Strict, serializers.Serializer[Any]):
    """``vanished``: what becomes of the rows that a paused run asks about."""

    vanished = serializers.ChoiceField(DECISIONS, required=False, default="")


class PageSerializer(serializers.Serializer[Any]):
    offset = serializers.IntegerField(required=False, default=0, min_value=0)
    limit = serializers.IntegerField(required=False, default=100, min_value=0, max_value=1000)


class VanishedNodeSerializer(serializers.Serializer[Any]):
    """``known``: records that earlier loads of the mapping have sent, of which ``count`` vanished;
    ``asks``: the run waits for a word about them."""

    node = serializers.CharField()
    policy = serializers.CharField()
    count = serializers.IntegerField()
    known = serializers.IntegerField()
    asks = serializers.BooleanField()


class VanishedRowSerializer(serializers.Serializer[Any]):
    node = serializers.CharField()
    model = serializers.CharField()
    odoo_id = serializers.IntegerField()
    key = serializers.ListField(child=serializers.CharField())


class VanishedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    nodes = VanishedNodeSerializer(many=True)
    rows = VanishedRowSerializer(many=True)
