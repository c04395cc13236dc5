from django.urls import URLPattern, URLResolver, path

from accounts import row_ids  # noqa: F401  (registers its kind of number)
from annotations.api import images, imports, media, projects, regions

PROJECT = "api/v1/projects/<uuid:project_id>"
IMAGE = "api/v1/images/<uuid:image_id>"
REGION = "api/v1/regions/<uuid:region_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/projects", projects.Projects.as_view(), name="projects"),
    path("api/v1/projects/sample", projects.SampleProject.as_view(), name="sample-project"),
    path(PROJECT, projects.OneProject.as_view(), name="project"),
    path(f"{PROJECT}/restore", projects.RestoredProject.as_view(), name="restored-project"),
    path(f"{PROJECT}/labels", projects.Labels.as_view(), name="labels"),
    path("api/v1/labels/<uuid:label_id>", projects.OneLabel.as_view(), name="label"),
    path("api/v1/labels/<uuid:label_id>/unlike", projects.UnlikeTexts.as_view(), name="unlike-texts"),
    path(f"{PROJECT}/members", projects.Members.as_view(), name="members"),
    path(f"{PROJECT}/members/<row:user_id>", projects.OneMember.as_view(), name="member"),
    path(f"{PROJECT}/images", images.Images.as_view(), name="images"),
    path(f"{PROJECT}/images/delete", images.DeletedImages.as_view(), name="deleted-images"),
    path(f"{PROJECT}/images/restore", images.RestoredImages.as_view(), name="restored-images"),
    path(f"{PROJECT}/images/split", images.ImageSides.as_view(), name="image-sides"),
    path(IMAGE, images.OneImage.as_view(), name="image"),
    path(f"{IMAGE}/regions", regions.ImageRegions.as_view(), name="regions"),
    path(REGION, regions.OneRegion.as_view(), name="region"),
    path(f"{REGION}/restore", regions.RestoredRegion.as_view(), name="restored-region"),
    path("api/v1/formats", imports.Formats.as_view(), name="formats"),
    path(f"{PROJECT}/imports", imports.Imports.as_view(), name="imports"),
    path("api/v1/imports/<uuid:import_id>", imports.OneImport.as_view(), name="import"),
    path("api/v1/imports/<uuid:import_id>/cancel", imports.CancelImport.as_view(), name="import-cancel"),
    path(f"{PROJECT}/export", imports.Export.as_view(), name="export"),
    path(f"{PROJECT}/check", imports.Check.as_view(), name="check"),
    path("media/images/<uuid:image_id>/file", media.ImageFile.as_view(), name="image-file"),
    path("media/images/<uuid:image_id>/thumbnail", media.ImageThumbnail.as_view(), name="image-thumbnail"),
]
