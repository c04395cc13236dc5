from django.urls import URLPattern, URLResolver, path

from accounts import row_ids  # noqa: F401  (registers its kind of number)
from accounts.api import account, invitations, keys, people, session

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/session/first-account", session.FirstAccount.as_view()),
    path("api/v1/session/sign-in", session.SignIn.as_view()),
    path("api/v1/session/sign-out", session.SignOut.as_view()),
    path("api/v1/session/sign-up", session.SignUp.as_view()),
    path("api/v1/session/reset", session.SendReset.as_view()),
    path("api/v1/session/reset/confirm", session.ConfirmReset.as_view()),
    path("api/v1/account", account.Account.as_view()),
    path("api/v1/account/password", account.Password.as_view()),
    path("api/v1/invitations", invitations.Invitations.as_view()),
    path("api/v1/invitations/accept", session.AcceptInvitation.as_view()),
    path("api/v1/keys", keys.Keys.as_view()),
    path("api/v1/keys/<uuid:key_id>", keys.Key.as_view()),
    path("api/v1/people/<row:user_id>", people.Resident.as_view()),
    path("api/v1/people/<row:user_id>/keys", people.ResidentKeys.as_view()),
]
