"""evaluation.json in OpenAPI's words. What an evaluation of an earlier release lacks is not required."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from training.api.shapes import CornerShape

SHARE = "From 0 to 1."


class RangeShape(serializers.ListField):
    child = serializers.FloatField()

    def __init__(self) -> None:
        super().__init__(
            min_length=2, max_length=2, required=False, help_text="From a share to a share: a 95 % interval."
        )


class RateShape(serializers.Serializer[Any]):
    right = serializers.IntegerField()
    of = serializers.IntegerField()
    share = serializers.FloatField(help_text=SHARE)
    low = serializers.FloatField(help_text="Where the 95 % interval begins.")
    high = serializers.FloatField(help_text="Where the 95 % interval ends.")


class FinderScoresShape(serializers.Serializer[Any]):
    regions = serializers.IntegerField()
    found = serializers.IntegerField()
    matched = serializers.IntegerField()
    precision = serializers.FloatField(help_text=SHARE)
    recall = serializers.FloatField(help_text=SHARE)
    f1 = serializers.FloatField(help_text=SHARE)
    precision_range = RangeShape()
    recall_range = RangeShape()
    f1_range = RangeShape()


class TextScoresShape(serializers.Serializer[Any]):
    exact = RateShape(help_text="As typed.")
    exact_normalised = RateShape(help_text="Upper case, letters and digits alone.")
    cer = serializers.FloatField(help_text="Character error rate.")
    cer_normalised = serializers.FloatField()


class CalibrationShape(serializers.Serializer[Any]):
    of = serializers.IntegerField(help_text="How many fields were found and have a known text.")
    confidence = serializers.FloatField(help_text="Their mean confidence.")
    right = serializers.FloatField(help_text="The share of them that is exactly right.")
    error = serializers.FloatField(help_text="Expected calibration error: the mean gap between both.")


class ScoresShape(serializers.Serializer[Any]):
    finder = FinderScoresShape()
    reading = TextScoresShape(help_text="Given the true region.")
    end_to_end = TextScoresShape(help_text="On whole pictures; what is not found counts as read empty.")
    fields = FinderScoresShape(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="A found region counts only where its text is right too."
    )
    fields_normalised = FinderScoresShape(required=False, allow_null=True)
    calibration = CalibrationShape(required=False, allow_null=True)


class ParityShape(serializers.Serializer[Any]):
    photos = serializers.IntegerField()
    crops = serializers.IntegerField()
    finder = serializers.FloatField(help_text="Largest difference of a probability, exported against trained network.")
    reader = serializers.FloatField()


@extend_schema_serializer(component_name="Miss")
class MissShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["missed", "misread", "invented"])
    image = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    quad = serializers.ListField(child=CornerShape(min_length=2, max_length=2), min_length=4, max_length=4)
    truth = serializers.CharField(allow_null=True)
    reading = serializers.CharField(allow_null=True)
    given_region = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    edits = serializers.IntegerField()
    crop = serializers.CharField(allow_null=True)
    image_id = serializers.UUIDField(allow_null=True, help_text="Null where the image was deleted.")
    region = serializers.UUIDField(allow_null=True, help_text="That was missed or misread; null where it is gone.")


@extend_schema_serializer(component_name="Evaluation")
class EvaluationShape(serializers.Serializer[Any]):
    format_version = serializers.IntegerField()
    split = serializers.CharField()
    images = serializers.IntegerField()
    skipped = serializers.ListField(child=serializers.CharField())
    overall = ScoresShape()
    labels = serializers.DictField(child=ScoresShape())
    misses = MissShape(many=True)
    milliseconds = serializers.FloatField(help_text="Median time of one prediction.")
    spec_digest = serializers.CharField()
    typed = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="The labels whose texts have points, signs or case: they are right only as typed.",
    )
    start = ScoresShape(
        required=False, allow_null=True, help_text="The published, untrained networks on the same images."
    )
    parity = ParityShape(required=False, allow_null=True)
    left_out = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Images for which `max_minutes` left no time."
    )
    remarks = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What was left out to keep to `max_minutes`."
    )
    sentences = serializers.DictField(
        child=serializers.CharField(), help_text="The numbers in words, by their subject."
    )
