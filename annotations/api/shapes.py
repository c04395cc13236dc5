"""How the data looks in the API: what goes out, and what may come in."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts import people
from accounts.api.fields import AddressField, LimitedJSONField
from accounts.models import User
from annotations import importing, projects
from annotations.formats import FORMATS
from annotations.labels import MOST_LABELS
from annotations.models import Image, ImageState, Import, Label, Membership, Origin, Project, Region, Role, Side
from annotations.reports import Report
from annotations.texts import LONGEST_TEXT


class LabelShape(serializers.ModelSerializer[Label]):
    class Meta:
        model = Label
        fields = ["id", "name", "colour", "position", "pattern", "words"]


class UnlikeShape(serializers.Serializer[Any]):
    unlike = serializers.ListField(child=serializers.BooleanField())


class RegionShape(serializers.ModelSerializer[Region]):
    label = serializers.UUIDField(source="label_id")  # type: ignore[assignment]
    quad = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))

    class Meta:
        model = Region
        fields = ["id", "label", "quad", "text", "origin", "confidence", "version", "updated_at"]


class ThinRegionShape(serializers.ModelSerializer[Region]):
    label = serializers.UUIDField(source="label_id")  # type: ignore[assignment]
    quad = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))

    class Meta:
        model = Region
        fields = ["quad", "label"]


class ImageShape(serializers.ModelSerializer[Image]):
    """`regions` only where and how: enough for a thumbnail. The whole regions come with the image itself."""

    regions = ThinRegionShape(many=True)
    pages = serializers.SerializerMethodField(help_text="How many its file has. `page` counts from 0.")
    region_count = serializers.SerializerMethodField()
    file_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id", "name", "folder", "page", "pages", "width", "height", "bytes", "state", "split", "side", "version",
            "created_at",
            "file_url", "thumbnail_url", "regions", "region_count",
        ]  # fmt: skip

    def get_pages(self, image: Image) -> int:
        """Of the project's images with this name: see `images.count_pages`."""
        return int(getattr(image, "pages", image.page + 1))

    def get_region_count(self, image: Image) -> int:
        return len(image.regions.all())

    def get_file_url(self, image: Image) -> str:
        return file_url(image)

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)


class ImagePageShape(serializers.Serializer[Any]):
    results = ImageShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class AbsentField(serializers.ListField):
    """The ids of the labels that a person said are not on the image."""

    child = serializers.UUIDField()

    def get_attribute(self, instance: Image) -> list[UUID]:
        return sorted(absence.label_id for absence in instance.absences.all())


class WholeImageShape(ImageShape):
    """One image with its regions, what is said not to be on it, and its place among those that match the filters."""

    regions = RegionShape(many=True)  # type: ignore[assignment]
    absent = AbsentField(read_only=True)
    project = serializers.UUIDField(source="project_id")
    previous = serializers.UUIDField(source="neighbours.previous", allow_null=True)
    next = serializers.UUIDField(source="neighbours.next", allow_null=True)
    position = serializers.IntegerField(source="neighbours.position")
    total = serializers.IntegerField(source="neighbours.total")

    class Meta(ImageShape.Meta):
        fields = [*ImageShape.Meta.fields, "absent", "project", "previous", "next", "position", "total"]


class ImageVersionShape(serializers.ModelSerializer[Image]):
    absent = AbsentField(read_only=True)

    class Meta:
        model = Image
        fields = ["id", "version", "state", "absent"]


class SavedShape(serializers.Serializer[Any]):
    region = RegionShape(allow_null=True)
    image = ImageVersionShape()


class MemberPersonShape(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "name"]


class MemberShape(serializers.ModelSerializer[Membership]):
    user = MemberPersonShape()
    invited = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["user", "role", "invited", "created_at"]

    def get_invited(self, membership: Membership) -> bool:
        """Whether the person has not come in yet."""
        return people.is_awaited(membership.user)


class LeftOutShape(serializers.Serializer[Any]):
    row = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    reason = serializers.CharField()


class ReportShape(serializers.Serializer[Any]):
    imported = serializers.IntegerField()
    images = serializers.IntegerField()
    left_out = LeftOutShape(many=True)
    left_out_count = serializers.IntegerField()
    held = serializers.IntegerField(help_text="Rows left out until you say by `drawn_on` what their boxes mean.")
    notes = serializers.ListField(child=serializers.CharField())


class ImportShape(serializers.ModelSerializer[Import]):
    report = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()
    started_by = MemberPersonShape(source="user")

    class Meta:
        model = Import
        fields = [
            "id", "format", "name", "state", "done", "total", "note", "report", "failure", "started_by",
            "created_at", "finished_at",
        ]  # fmt: skip

    def get_note(self, made: Import) -> str:
        """A sentence on what is unusual about it: it was taken up again, or cannot go on yet."""
        return importing.note(made)

    @extend_schema_field(ReportShape)
    def get_report(self, made: Import) -> dict[str, Any]:
        return Report.of(made.report).as_json()


class DuplicateShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    image_id = serializers.UUIDField()


class TakenShape(serializers.Serializer[Any]):
    images = ImageShape(many=True)
    duplicates = DuplicateShape(many=True)
    import_ = ImportShape(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["import"] = fields.pop("import_")
        return fields


class CountsShape(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    todo = serializers.IntegerField()
    annotated = serializers.IntegerField()
    reviewed = serializers.IntegerField()
    regions = serializers.IntegerField()


class LiveShape(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    accuracy = serializers.FloatField()


class RunShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    fraction = serializers.FloatField()


class ProjectShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    is_sample = serializers.BooleanField()
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    prediction_days = serializers.IntegerField(help_text="Predictions are kept for; 0: not beyond the answer.")
    counts = CountsShape()
    labels = LabelShape(many=True)
    strip = serializers.ListField(child=serializers.CharField())
    live = LiveShape(allow_null=True)
    newest = serializers.IntegerField(allow_null=True)
    run = RunShape(allow_null=True)


def told(some: list[Project]) -> list[dict[str, Any]]:
    """Projects with their counts, labels, newest thumbnails, live version and run: a fixed number of queries."""
    counts, strips, extras = projects.counts(some), projects.strips(some), projects.extras(some)
    return [
        {
            "id": str(project.id),
            "name": project.name,
            "is_sample": project.is_sample,
            "role": project.role,
            "created_at": project.created_at,
            "updated_at": project.updated_at,
            "prediction_days": projects.prediction_days(project),
            "counts": counts[project.id],
            "labels": LabelShape(project.labels.all(), many=True).data,
            "strip": [thumbnail_url(image) for image in strips[project.id]],
            **extras[project.id],
        }
        for project in some
    ]


def file_url(image: Image) -> str:
    return f"/media/images/{image.id}/file?v={image.sha256[:12]}"


def thumbnail_url(image: Image) -> str:
    return f"/media/images/{image.id}/thumbnail?v={image.sha256[:12]}"


# --- what comes in --------------------------------------------------------------------------------------------------


class NewProject(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    labels = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list)


class ProjectChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    prediction_days = serializers.IntegerField(
        min_value=0, max_value=36500, required=False, allow_null=True, help_text="null: as the server's setting says."
    )


class NewLabel(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    colour = serializers.CharField(required=False, default="", allow_blank=True)
    pattern = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    words = serializers.ListField(child=serializers.CharField(), required=False, default=list)


class LabelChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, required=False)
    colour = serializers.CharField(required=False)
    pattern = serializers.CharField(max_length=200, required=False, allow_blank=True)
    words = serializers.ListField(child=serializers.CharField(), required=False)
    position = serializers.IntegerField(min_value=0, max_value=1000, required=False)


class Texts(serializers.Serializer[Any]):
    texts: serializers.ListField = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, trim_whitespace=False), max_length=500
    )


class NewMember(serializers.Serializer[Any]):
    email = AddressField()
    role = serializers.ChoiceField(choices=Role.choices)


class MemberRole(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class ImageFilters(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=ImageState.choices, required=False, allow_blank=True, default="")
    search = serializers.CharField(required=False, allow_blank=True, default="")
    label = serializers.UUIDField(required=False, allow_null=True, default=None)  # type: ignore[assignment]
    text = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)
    ids = serializers.CharField(required=False, allow_blank=True, default="")  # at most 50, parted by commas
    order = serializers.ChoiceField(choices=["newest", "oldest"], required=False, default="newest")

    def validate_ids(self, value: str) -> list[UUID]:
        try:
            ids = [UUID(part) for part in value.split(",") if part.strip()]
        except ValueError:
            raise serializers.ValidationError("Ids are UUIDs parted by commas.") from None
        if len(ids) > 50:
            raise serializers.ValidationError("At most 50 ids are taken.")
        return ids


class ImageChange(serializers.Serializer[Any]):
    """`state` and `absent` need `version`: what the person saw when marking the image. `split`: "", "train" or "test".

    `absent`: the ids of all labels that are not on the image, in place of those named before. A region of a label that
    is drawn later ends that.
    """

    state = serializers.ChoiceField(choices=ImageState.choices, required=False)
    absent = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_LABELS)
    version = serializers.IntegerField(required=False)
    split = serializers.ChoiceField(choices=Side.choices, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if {"state", "absent"} & attrs.keys() and "version" not in attrs:
            raise serializers.ValidationError({"version": ["Say which version of the image you saw."]})
        if not {"state", "absent", "split"} & attrs.keys():
            raise serializers.ValidationError("Say what to change: state or absent with version, or split.")
        return attrs


class ImageIds(serializers.Serializer[Any]):
    ids: serializers.ListField = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, min_length=1, max_length=20_000
    )


class Sides(serializers.Serializer[Any]):
    """Ids or names of images; names as they were uploaded, with or without their folders."""

    train = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    test = serializers.ListField(child=serializers.CharField(), required=False, default=list)


CORNER = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}


@extend_schema_field({"type": "array", "minItems": 4, "maxItems": 4, "items": CORNER})
class AnyQuad(LimitedJSONField):
    """Four corners as [x, y]; `annotations.quads` says in a sentence what is wrong with others."""


@extend_schema_field({"type": "string", "maxLength": LONGEST_TEXT})
class RegionText(serializers.CharField):
    """`annotations.texts` says in a sentence what is wrong with a text."""


class NewRegion(serializers.Serializer[Any]):
    """`id` may be made by the client, so that sending again saves once."""

    id = serializers.UUIDField(required=False)
    label = serializers.UUIDField()  # type: ignore[assignment]
    quad = AnyQuad()
    text = RegionText(required=False, default="", allow_blank=True, trim_whitespace=False)
    image_version = serializers.IntegerField(required=False)


class RegionChange(serializers.Serializer[Any]):
    label = serializers.UUIDField(required=False)  # type: ignore[assignment]
    quad = AnyQuad(required=False)
    text = RegionText(required=False, allow_blank=True, trim_whitespace=False)
    origin = serializers.ChoiceField(
        required=False,
        choices=[Origin.PERSON.value],
        help_text="Accepts a suggestion as it is; every other change does.",
    )
    version = serializers.IntegerField()


class RegionVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField()


class ImageFile(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    folder = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=4096, help_text="Where it lay, as in `cam1/day 2`."
    )


@extend_schema_field({"type": "string", "enum": list(FORMATS)})
class FormatName(serializers.CharField):
    """One that is not known is refused in a sentence that names those that are."""


class AnnotationFile(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    format = FormatName()
    label = serializers.CharField(required=False, allow_blank=True, default="")  # type: ignore[assignment]
    drawn_on = serializers.ChoiceField(
        choices=[("upright", "upright"), ("file", "file")],
        required=False,
        allow_blank=True,
        default="",
        help_text="The picture that boxes were drawn on: `upright`, as browsers and this server show a photo, or "
        "`file`, as it lies in its file. Left out, it is found out; rows that look like `file` wait for your word.",
    )
    dry_run = serializers.BooleanField(required=False, default=False)


class ImportFilters(serializers.Serializer[Any]):
    unfinished = serializers.BooleanField(required=False, default=False, help_text="Only those that wait or run.")


class ExportChoice(serializers.Serializer[Any]):
    # `format` is also what DRF picks a renderer by; the export reads it before any answer is rendered.
    format = FormatName(required=False, default="tutorial-csv")
