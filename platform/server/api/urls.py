from django.urls import URLPattern, URLResolver, path

from server.api import session, system

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/session", session.Session.as_view()),
    path("api/v1/system", system.System.as_view()),
    path("api/v1/system/outbox/<str:name>", system.OutboxDoor.as_view()),
]
