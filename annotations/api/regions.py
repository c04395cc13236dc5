from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, body, person, query
from annotations import labelling
from annotations.api import shapes


class ImageRegions(Door):
    @extend_schema(request=shapes.NewRegion, responses={201: shapes.SavedShape})
    def post(self, request: Request, image_id: UUID) -> Response:
        given = body(request, shapes.NewRegion)
        saved = labelling.add(
            person(request),
            image_id,
            label_id=given["label"],
            quad=given["quad"],
            text=given["text"],
            region_id=given.get("id"),
        )
        return Response(shapes.SavedShape(saved).data, status=201)


class OneRegion(Door):
    @extend_schema(request=shapes.RegionChange, responses=shapes.SavedShape)
    def patch(self, request: Request, region_id: UUID) -> Response:
        """409 with the region as it is now where it was changed elsewhere since `version`."""
        given = body(request, shapes.RegionChange)
        saved = labelling.change(
            person(request),
            region_id,
            version=given["version"],
            label_id=given.get("label"),
            quad=given.get("quad"),
            text=given.get("text"),
        )
        return Response(shapes.SavedShape(saved).data)

    @extend_schema(parameters=[shapes.RegionVersion], responses={200: shapes.SavedShape})
    def delete(self, request: Request, region_id: UUID) -> Response:
        saved = labelling.remove(person(request), region_id, query(request, shapes.RegionVersion)["version"])
        return Response(shapes.SavedShape(saved).data)


class RestoredRegion(Door):
    @extend_schema(request=None, responses={201: shapes.SavedShape})
    def post(self, request: Request, region_id: UUID) -> Response:
        return Response(shapes.SavedShape(labelling.restore(person(request), region_id)).data, status=201)
