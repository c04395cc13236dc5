"""Every address of the server and who may call it. An address without a line here fails test_addresses.py.

ANYONE needs nothing, or only the link that was mailed or handed out. PERSON: a sign-in or key. SESSION: a sign-in in a
browser, and no key. VIEWER, ANNOTATOR and OWNER: that role in the project. ADMINISTRATOR: the installation's own.
NOWHERE: 404 to whoever is signed in.
"""

ANYONE, PERSON, VIEWER, ANNOTATOR, OWNER = "anyone", "person", "viewer", "annotator", "owner"
SESSION, ADMINISTRATOR, NOWHERE = "session", "administrator", "nowhere"

P = "/api/v1/projects/{project}"
V2 = "/api/v2/OCR/Model/{project}"

ADDRESSES: list[tuple[str, str, str]] = [
    # Pages, and what says how the server is
    ("get", "/", ANYONE),
    ("get", "/healthz", ANYONE),
    ("get", "/api/schema/", ANYONE),
    ("get", "/api/docs/", ANYONE),
    # People come and go
    ("get", "/api/v1/session", ANYONE),
    ("post", "/api/v1/session/first-account", ANYONE),
    ("post", "/api/v1/session/sign-in", ANYONE),
    ("post", "/api/v1/session/sign-out", ANYONE),
    ("post", "/api/v1/session/sign-up", ANYONE),
    ("post", "/api/v1/session/reset", ANYONE),
    ("post", "/api/v1/session/reset/confirm", ANYONE),
    ("post", "/api/v1/invitations/accept", ANYONE),
    # A person's own
    ("patch", "/api/v1/account", PERSON),
    ("post", "/api/v1/account/password", SESSION),
    ("get", "/api/v1/keys", PERSON),
    ("post", "/api/v1/keys", PERSON),
    ("delete", "/api/v1/keys", PERSON),
    ("delete", "/api/v1/keys/{key}", NOWHERE),  # to all but its owner
    ("get", "/api/v1/projects", PERSON),
    ("post", "/api/v1/projects", PERSON),
    ("post", "/api/v1/projects/sample", PERSON),
    ("get", "/api/v1/formats", PERSON),
    ("get", "/api/v1/networks", PERSON),
    # The installation's
    ("get", "/api/v1/invitations", ADMINISTRATOR),
    ("post", "/api/v1/invitations", ADMINISTRATOR),
    ("patch", "/api/v1/people/{alice}", ADMINISTRATOR),
    ("delete", "/api/v1/people/{alice}/keys", ADMINISTRATOR),
    ("get", "/api/v1/system", ADMINISTRATOR),
    ("get", "/api/v1/system/outbox/{mail}", ADMINISTRATOR),
    # A project's
    ("get", P, VIEWER),
    ("patch", P, OWNER),
    ("delete", P, OWNER),
    ("post", f"{P}/restore", NOWHERE),  # while it is not deleted
    ("get", f"{P}/labels", VIEWER),
    ("post", f"{P}/labels", OWNER),
    ("patch", "/api/v1/labels/{label}", OWNER),
    ("delete", "/api/v1/labels/{label}", OWNER),
    ("post", "/api/v1/labels/{label}/unlike", VIEWER),
    ("get", f"{P}/members", VIEWER),
    ("post", f"{P}/members", OWNER),
    ("patch", f"{P}/members/{{alice}}", OWNER),
    ("delete", f"{P}/members/{{alice}}", OWNER),
    ("get", f"{P}/images", VIEWER),
    ("post", f"{P}/images", ANNOTATOR),
    ("post", f"{P}/images/delete", ANNOTATOR),
    ("post", f"{P}/images/restore", ANNOTATOR),
    ("post", f"{P}/images/split", ANNOTATOR),
    ("get", "/api/v1/images/{image}", VIEWER),
    ("patch", "/api/v1/images/{image}", ANNOTATOR),
    ("post", "/api/v1/images/{image}/regions", ANNOTATOR),
    ("patch", "/api/v1/regions/{region}", ANNOTATOR),
    ("delete", "/api/v1/regions/{region}?version=1", ANNOTATOR),
    ("post", "/api/v1/regions/{region}/restore", NOWHERE),  # while it is not deleted
    ("get", f"{P}/imports", VIEWER),
    ("post", f"{P}/imports", ANNOTATOR),
    ("get", "/api/v1/imports/{import}", VIEWER),
    ("post", "/api/v1/imports/{import}/cancel", OWNER),  # and whoever started it
    ("get", f"{P}/export", VIEWER),
    ("get", f"{P}/check", VIEWER),
    # What is trained, and what it reads
    ("get", f"{P}/runs", VIEWER),
    ("post", f"{P}/runs", OWNER),
    ("get", f"{P}/train-estimate", VIEWER),
    ("get", "/api/v1/runs/{run}", VIEWER),
    ("post", "/api/v1/runs/{run}/cancel", OWNER),
    ("get", "/api/v1/runs/{run}/epochs", VIEWER),
    ("get", "/api/v1/runs/{run}/log", VIEWER),
    ("get", "/api/v1/runs/{run}/evaluation", VIEWER),
    ("get", "/api/v1/runs/{run}/looks", VIEWER),
    ("get", f"{P}/versions", VIEWER),
    ("post", "/api/v1/versions/{version}/make-live", OWNER),
    ("get", "/api/v1/versions/{version}/bundle", VIEWER),
    ("get", f"{P}/comparisons", VIEWER),
    ("post", f"{P}/comparisons", VIEWER),
    ("get", "/api/v1/comparisons/{comparison}", VIEWER),
    ("get", f"{P}/predictions", VIEWER),
    ("post", f"{P}/predictions", VIEWER),
    ("get", f"{P}/usage", VIEWER),
    ("get", "/api/v1/predictions/{prediction}", VIEWER),
    ("delete", "/api/v1/predictions/{prediction}", OWNER),  # and whoever asked for it
    ("post", "/api/v1/predictions/{prediction}/add-to-project", ANNOTATOR),
    # Stored pictures
    ("get", "/media/images/{image}/file", VIEWER),
    ("get", "/media/images/{image}/thumbnail", VIEWER),
    ("get", "/media/predictions/{prediction}/{page}/file", VIEWER),
    ("get", "/media/predictions/{prediction}/{page}/thumbnail", VIEWER),
    ("get", "/media/runs/{run}/crops/000.png", VIEWER),
    ("get", "/media/runs/{run}/looks/000.png", VIEWER),
    ("get", "/media/comparisons/{comparison}/crops/0", VIEWER),
    ("get", "/media/signed/forged", ANYONE),  # the link is the key
    # The Nanonets-compatible API
    ("get", "/api/v2/", ANYONE),
    ("get", "/api/v2/OCR/Models/", PERSON),
    ("post", "/api/v2/OCR/Models/", PERSON),
    ("get", "/api/v2/ImageCategorization/Models/", PERSON),
    ("post", "/api/v2/ImageCategorization/Models/", PERSON),  # refused: only models that read are made
    ("get", V2, VIEWER),
    ("get", f"{V2}/Annotations", VIEWER),
    ("post", f"{V2}/Train", OWNER),
    ("post", f"{V2}/UploadFile", ANNOTATOR),
    ("post", f"{V2}/UploadUrls", ANNOTATOR),
    ("post", f"{V2}/LabelFile", VIEWER),
    ("post", f"{V2}/LabelUrls", VIEWER),
    ("get", f"{V2}/ImageLevelInferences", VIEWER),
    ("get", f"{V2}/ImageLevelInferences/{{page}}", VIEWER),
    ("get", f"{V2}/InferenceRequestFiles/GetPredictions/{{prediction}}", VIEWER),
    ("post", "/api/v2/OCR/FullText", PERSON),
    *((method, "/api/v2/other", NOWHERE) for method in ("get", "post", "put", "patch", "delete")),
]

# What is sent where an empty body would be refused before anybody asks who sends it.
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("post", "/api/v1/images/{image}/regions"): {"label": "{label}", "quad": [[5, 5], [9, 5], [9, 9], [5, 9]]},
    ("patch", "/api/v1/regions/{region}"): {"version": 1},
}
