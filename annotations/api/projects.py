from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, body, person
from annotations import access, labels, members, patterns, projects, sample
from annotations.api import shapes
from annotations.models import Role


class Projects(Door):
    @extend_schema(responses=shapes.ProjectShape(many=True))
    def get(self, request: Request) -> Response:
        return Response(shapes.told(projects.of_user(person(request))))

    @extend_schema(request=shapes.NewProject, responses={201: shapes.ProjectShape})
    def post(self, request: Request) -> Response:
        given = body(request, shapes.NewProject)
        project = projects.create(person(request), given["name"], given["labels"])
        return Response(shapes.told([project])[0], status=201)


class SampleProject(Door):
    @extend_schema(request=None, responses={201: shapes.ProjectShape})
    def post(self, request: Request) -> Response:
        """Makes a project of drawn number plates, annotated and ready to train."""
        return Response(shapes.told([sample.create(person(request))])[0], status=201)


class OneProject(Door):
    @extend_schema(responses=shapes.ProjectShape)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(shapes.told([access.project_for(person(request), project_id)])[0])

    @extend_schema(request=shapes.ProjectChange, responses=shapes.ProjectShape)
    def patch(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id, Role.OWNER)
        change = body(request, shapes.ProjectChange)
        if "name" in change:
            projects.rename(project, change["name"])
        if "prediction_days" in change:
            projects.keep_predictions(project, change["prediction_days"])
        return Response(shapes.told([project])[0])

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: UUID) -> Response:
        """Can be undone by `restore` for 30 days."""
        projects.delete(access.project_for(person(request), project_id, Role.OWNER))
        return Response(status=204)


class RestoredProject(Door):
    @extend_schema(request=None, responses=shapes.ProjectShape)
    def post(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id, Role.OWNER, deleted=True)
        projects.restore(project)
        return Response(shapes.told([project])[0])


class Labels(Door):
    @extend_schema(responses=shapes.LabelShape(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id)
        return Response(shapes.LabelShape(project.labels.all(), many=True).data)

    @extend_schema(request=shapes.NewLabel, responses={201: shapes.LabelShape})
    def post(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id, Role.OWNER)
        label = labels.create(project, **body(request, shapes.NewLabel))
        return Response(shapes.LabelShape(label).data, status=201)


class OneLabel(Door):
    @extend_schema(request=shapes.LabelChange, responses=shapes.LabelShape)
    def patch(self, request: Request, label_id: UUID) -> Response:
        label = access.label_for(person(request), label_id, Role.OWNER)
        labels.change(label, **body(request, shapes.LabelChange))
        return Response(shapes.LabelShape(label).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, label_id: UUID) -> Response:
        """409 while regions use it."""
        labels.delete(access.label_for(person(request), label_id, Role.OWNER))
        return Response(status=204)


class UnlikeTexts(Door):
    @extend_schema(request=shapes.Texts, responses=shapes.UnlikeShape)
    def post(self, request: Request, label_id: UUID) -> Response:
        """Which of some texts are not as the label says, by its word list and its pattern. Nothing is kept."""
        label = access.label_for(person(request), label_id)
        return Response({"unlike": patterns.unlike(label, body(request, shapes.Texts)["texts"])})


class Members(Door):
    @extend_schema(responses=shapes.MemberShape(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id)
        return Response(shapes.MemberShape(members.of(project), many=True).data)

    @extend_schema(request=shapes.NewMember, responses={201: shapes.MemberShape})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Someone unknown here is invited by mail."""
        project = access.project_for(person(request), project_id, Role.OWNER)
        given = body(request, shapes.NewMember)
        membership = members.add(project, person(request), given["email"], Role(given["role"]))
        return Response(shapes.MemberShape(membership).data, status=201)


class OneMember(Door):
    @extend_schema(request=shapes.MemberRole, responses=shapes.MemberShape)
    def patch(self, request: Request, project_id: UUID, user_id: int) -> Response:
        project = access.project_for(person(request), project_id, Role.OWNER)
        membership = members.set_role(project, user_id, Role(body(request, shapes.MemberRole)["role"]))
        return Response(shapes.MemberShape(membership).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: UUID, user_id: int) -> Response:
        """An owner removes anyone; everyone may leave; the last owner stays."""
        user = person(request)
        least = Role.VIEWER if user.pk == user_id else Role.OWNER
        members.remove(access.project_for(user, project_id, least), user_id)
        return Response(status=204)
