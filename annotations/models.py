"""The data of a project: members, labels, images, regions, imports, snapshots.

Coordinates are pixels of the upright stored image everywhere; conversion happens only in `formats/`.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.leases import Lease, Leased


class Role(models.TextChoices):
    OWNER = "owner"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


class Project(models.Model):
    """What a user calls "my model"."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    is_sample = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    revision = models.PositiveBigIntegerField(default=0)  # raised with every change of its images, regions and labels
    deleted_at = models.DateTimeField(null=True, blank=True)  # undoable; swept later
    prediction_days = models.PositiveIntegerField(null=True, blank=True)  # kept for; None: settings.PREDICTION_DAYS
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")

    role: str  # of the person who asks; set by annotations.access

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_membership_a_person"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Label(models.Model):
    """A field to find and read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=7)  # "#rrggbb"
    position = models.PositiveSmallIntegerField(default=0)  # 1-9 are its keys on the annotation page
    pattern = models.CharField(max_length=200, blank=True)  # regular expression its text should match
    words = models.JSONField(default=list, blank=True)  # list[str]: the only texts it may have, if any

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="label_name_once_a_project")]

    def __str__(self) -> str:
        return self.name


class ImageState(models.TextChoices):
    TODO = "todo"
    ANNOTATED = "annotated"
    REVIEWED = "reviewed"


class Side(models.TextChoices):
    """Of the split: what a network learns from, and what it is measured on."""

    TRAIN = "train"
    TEST = "test"


class Image(models.Model):
    """One upright stored picture; a PDF page is an image."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="images")
    name = models.CharField(max_length=255)  # as uploaded; "invoice.pdf" has page > 0 for later pages
    page = models.PositiveIntegerField(default=0)
    folder = models.CharField(
        max_length=500, blank=True
    )  # in which it was uploaded, "cam1/day2"; names alone may repeat
    also_named = models.JSONField(default=list)  # names, with folders, under which the same picture was uploaded again
    file = models.CharField(max_length=255)  # storage key of the re-encoded upright picture
    thumbnail = models.CharField(max_length=255)  # storage key, WebP
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)  # of the upright RGB pixels and size: the same picture twice is known
    phash = models.CharField(max_length=16)  # 64-bit perceptual hash, hex: near-duplicates
    turn = models.PositiveSmallIntegerField(null=True, blank=True)  # EXIF's of the file, 1 to 8; None: not known
    state = models.CharField(max_length=10, choices=ImageState.choices, default=ImageState.TODO)
    split = models.CharField(max_length=5, choices=Side.choices, blank=True)  # the side a person chose; "": none
    side = models.CharField(max_length=5, choices=Side.choices, blank=True)  # given at its first snapshot, then kept
    version = models.PositiveIntegerField(default=1)  # raised by every edit of the image or its regions
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["project", "-created_at", "-id"], name="images_of_project"),
            models.Index(fields=["project", "state"], name="images_by_state"),
            models.Index(fields=["project", "name", "page"], condition=Q(page__gt=0), name="later_pages_by_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sha256"], condition=Q(deleted_at__isnull=True), name="picture_once_a_project"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="image_size_positive"),
            models.CheckConstraint(condition=Q(state__in=ImageState.values), name="image_state_known"),
            models.CheckConstraint(condition=Q(split__in=["", *Side.values]), name="image_split_known"),
            models.CheckConstraint(condition=Q(side__in=["", *Side.values]), name="image_side_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Origin(models.TextChoices):
    PERSON = "person"
    IMPORT = "import"
    SUGGESTION = "suggestion"


class Region(models.Model):
    """A quadrilateral + a label + its text + where it came from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="regions")
    label = models.ForeignKey(Label, on_delete=models.RESTRICT, related_name="regions")
    quad = models.JSONField()  # [[x, y] * 4], clockwise from the text's top left
    # The quad's bounding box, kept so that the database can refuse nonsense. PostgreSQL has its own xmin and xmax.
    xmin = models.FloatField(db_column="x_min")
    ymin = models.FloatField(db_column="y_min")
    xmax = models.FloatField(db_column="x_max")
    ymax = models.FloatField(db_column="y_max")
    text = models.CharField(max_length=500, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PERSON)
    confidence = models.FloatField(null=True, blank=True)  # of suggestions
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["ymin", "xmin", "id"]
        # SQLite would take that of the label for "has this image a region of that label?", image by image.
        indexes = [models.Index(fields=["image", "label"], name="regions_of_image_by_label")]
        constraints = [
            models.CheckConstraint(condition=Q(xmax__gt=F("xmin"), ymax__gt=F("ymin")), name="region_size_positive"),
            models.CheckConstraint(condition=Q(xmin__gte=0, ymin__gte=0), name="region_inside_top_left"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="region_origin_known"),
        ]

    def __str__(self) -> str:
        return self.text or str(self.id)


class Absence(models.Model):
    """A person said: this label is not on this image. Written by `annotations.absences` alone."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="absences")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "label"], name="absence_once_an_image")]

    def __str__(self) -> str:
        return f"{self.image_id} without {self.label_id}"


class RegionEdit(models.Model):
    """Every edit that was ever made, in order: what undo, blame and recovery read."""

    id = models.BigAutoField(primary_key=True)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="edits")
    region_id = models.UUIDField()
    image_version = models.PositiveIntegerField()  # the image's version after this edit
    before = models.JSONField(null=True)  # {label, quad, text, origin}; null: it was made
    after = models.JSONField(null=True)  # null: it was deleted
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.region_id}@{self.image_version}"


class ImportState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Import(Leased):
    """A ZIP, PDF or annotation table that is taken in; its report is what the user reads.

    Its state is written by `annotations.importing` alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=30)  # a key of annotations.formats.FORMATS, or "files"
    name = models.CharField(max_length=255)
    file = models.CharField(max_length=255, blank=True)  # storage key of what was uploaded; removed when done
    options = models.JSONField(default=dict)  # of a table: see annotations.imports
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    done = models.PositiveIntegerField(default=0)  # of `total` files, pages or rows
    page = models.PositiveIntegerField(default=0)  # of the file in a ZIP that comes next: those of its pages taken in
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)  # see annotations.reports
    failure = models.TextField(blank=True)  # a sentence; of one that waits: why it cannot go on yet
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    lease: Lease  # of the process that takes it in
    began: float  # by its clock

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class CheckState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class DataCheck(Leased):
    """The last data check of a project, and the one that is under way. Written by `annotations.kept_checks` alone."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="data_check")
    state = models.CharField(max_length=10, choices=CheckState.choices, default=CheckState.WAITING)
    done = models.PositiveIntegerField(default=0)  # of `total` annotated images
    total = models.PositiveIntegerField(default=0)
    asked = models.CharField(max_length=40, blank=True)  # the state of the data it was last asked for
    basis = models.CharField(max_length=40, blank=True)  # the state of the data that the result is of
    result = models.JSONField(default=dict)  # see annotations.datacheck.Check; {}: none yet
    failure = models.TextField(blank=True)  # a sentence
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CheckState.values), name="check_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.state}"


class Snapshot(models.Model):
    """The regions of a project, frozen, split and hashed: what a training run reads. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="snapshots")
    digest = models.CharField(max_length=64)  # sha256 of the manifest
    manifest = models.CharField(max_length=255)  # storage key of the frozen manifest.jsonl
    counts = models.JSONField()  # {"images": {"train", "test"}, "regions": {"train", "test"}, "labels": {name: n}}
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.digest[:12]
