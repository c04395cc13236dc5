"""Names and texts arrive in one form at every door: without what nobody sees, in one spelling, in their own lines."""

import base64
import importlib
import json
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from accounts import keys
from annotations import labels, projects
from annotations.models import Image, Label, Project, Region
from tests.annotations.conftest import MakeImage, content_of, upload

HEADER = "files,text,xmin,xmax,ymin,ymax"
QUAD = [[10, 20], [60, 20], [60, 40], [10, 40]]
SIDES = {"xmin": 10, "ymin": 20, "xmax": 60, "ymax": 40}
ADDRESS = "Ann Stone\n12 Mill Lane\nNortham 1234"
COMPOSED, DECOMPOSED = "n\u00famero", "nu\u0301mero"


def by_region(client: APIClient, project: Project, image: Image, name: str, text: str) -> Any:
    label = Label.objects.filter(project=project).get()
    return client.post(f"/api/v1/images/{image.id}/regions", {"label": label.id, "quad": QUAD, "text": text}, "json")


def by_change(client: APIClient, project: Project, image: Image, name: str, text: str) -> Any:
    made = by_region(client, project, image, name, "before").json()["region"]
    return client.patch(f"/api/v1/regions/{made['id']}", {"version": 1, "text": text}, "json")


def by_table(client: APIClient, project: Project, image: Image, name: str, text: str) -> Any:
    table = f'{HEADER},label\n{image.name},"{text}",10,60,20,40,{name}\n'
    return imported(client, project, "tutorial-csv", table)


def by_manifest(client: APIClient, project: Project, image: Image, name: str, text: str) -> Any:
    line = {"image": image.name, "regions": [{"label": name, "quad": QUAD, "text": text}]}
    return imported(client, project, "manifest", json.dumps(line))


def by_nanonets(client: APIClient, project: Project, image: Image, name: str, text: str) -> Any:
    written = keys.make(project.created_by, "test")[1]
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION="Basic " + base64.b64encode(f"{written}:".encode()).decode())
    entry = {"filename": image.name, "object": [{"name": name, "ocr_text": text, "bndbox": SIDES}]}
    picture = default_storage.open(image.file).read()
    body = {"file": SimpleUploadedFile(image.name, picture), "data": json.dumps([entry])}
    return script.post(f"/api/v2/ObjectDetection/Model/{project.id}/UploadFile/", body, format="multipart")


def imported(client: APIClient, project: Project, form: str, table: str) -> Any:
    body = {**upload(table.encode(), "table"), "format": form}
    return client.post(f"/api/v1/projects/{project.id}/imports", body, format="multipart")


DOORS = [by_region, by_change, by_table, by_manifest, by_nanonets]
every_door = pytest.mark.parametrize("door", DOORS)
pytestmark = pytest.mark.usefixtures("valkey")


@every_door
@pytest.mark.parametrize("marked", ["\u200eAB 12", "AB 12\u200b", "\u202aAB\u202c 12", "\ufeffAB 12", "A\u00adB 12"])
def test_what_nobody_sees_is_taken_out_of_a_text(
    door: Any, marked: str, alice_client: APIClient, project: Project, label: Label, image: Image
) -> None:
    assert door(alice_client, project, image, label.name, marked).status_code in (200, 201)
    assert Region.objects.get().text == "AB 12"


@every_door
def test_a_text_keeps_the_lines_it_was_typed_in(
    door: Any, alice_client: APIClient, project: Project, label: Label, image: Image
) -> None:
    typed = " Ann  Stone\r\n\r\n12 Mill Lane \nNortham\t1234\n"
    door(alice_client, project, image, label.name, typed)
    assert Region.objects.get().text == ADDRESS


@every_door
def test_a_text_of_two_lines_is_the_word_that_it_spells(
    door: Any, alice_client: APIClient, project: Project, label: Label, image: Image
) -> None:
    labels.change(label, words=["NO PARKING", "EXIT"])
    door(alice_client, project, image, label.name, "NO\nPARKING")
    assert Region.objects.get().text == "NO PARKING"


@pytest.mark.parametrize("door", [by_table, by_manifest])
def test_the_report_says_from_how_many_texts_marks_were_taken(
    door: Any, alice_client: APIClient, project: Project, label: Label, image: Image
) -> None:
    report = door(alice_client, project, image, label.name, "AB\u200b 12").json()["report"]
    assert report["notes"] == ["From 1 text invisible marks were taken out, as spreadsheets and web pages leave them."]


def test_lines_come_out_again_at_every_door(
    alice_client: APIClient, project: Project, label: Label, image: Image
) -> None:
    told = by_nanonets(alice_client, project, image, label.name, ADDRESS).json()
    assert told["Data"][0]["object"][0]["ocr_text"] == ADDRESS
    (region,) = alice_client.get(f"/api/v1/images/{image.id}").json()["regions"]
    assert region["text"] == ADDRESS
    for form in ("tutorial-csv", "manifest"):
        table = content_of(alice_client.get(f"/api/v1/projects/{project.id}/export?format={form}"))
        Region.objects.all().delete()
        assert imported(alice_client, project, form, table.decode()).json()["report"]["imported"] == 1
        assert Region.objects.get().text == ADDRESS


def test_a_text_of_several_lines_is_checked_as_the_line_it_would_be(label: Label, alice_client: APIClient) -> None:
    labels.change(label, pattern=r"[A-Z]{2} \d{2} [A-Z]{2} \d{4}")
    answer = alice_client.post(
        f"/api/v1/labels/{label.id}/unlike", {"texts": ["MH 12\nAB 3456", "MH\u200b 12 AB 3456", "MH 12\nAB"]}, "json"
    )
    assert answer.json() == {"unlike": [False, False, True]}


@every_door
def test_a_label_is_the_same_however_its_accent_was_typed(
    door: Any, alice_client: APIClient, project: Project, image: Image
) -> None:
    made = alice_client.post(f"/api/v1/projects/{project.id}/labels", {"name": f"\u200b{DECOMPOSED}"}, "json")
    assert made.json()["name"] == COMPOSED
    for name in (DECOMPOSED, f"{COMPOSED}\u200e"):
        answer = door(alice_client, project, image, name, "AB 12")
        assert answer.status_code in (200, 201), answer.content
        Region.objects.all().delete()
    assert Label.objects.get().name == COMPOSED


def test_a_label_cannot_be_renamed_to_one_that_looks_the_same(
    alice_client: APIClient, project: Project, label: Label
) -> None:
    labels.create(project, COMPOSED)
    answer = alice_client.patch(f"/api/v1/labels/{label.id}", {"name": DECOMPOSED}, "json")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "name_taken"


def test_a_model_whose_categories_look_the_same_has_one_of_them(alice_client: APIClient, project: Project) -> None:
    written = keys.make(project.created_by, "test")[1]
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION="Basic " + base64.b64encode(f"{written}:".encode()).decode())
    body = {"categories": [COMPOSED, DECOMPOSED], "model_type": "ocr"}
    answer = script.post("/api/v2/ObjectDetection/Model/", body, format="json")
    assert answer.status_code == 200, answer.content
    assert [label.name for label in Label.objects.all()] == [COMPOSED]


def test_what_is_looked_for_is_found_however_it_was_typed(
    alice_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    image = make_image(f"{COMPOSED}.png")
    by_region(alice_client, project, image, label.name, "Caf\u00e9 7")
    for asked in ({"search": DECOMPOSED}, {"text": "Cafe\u0301"}, {"text": "fe\u0301\u200b 7"}):
        answer = alice_client.get(f"/api/v1/projects/{project.id}/images", asked)
        assert [found["id"] for found in answer.json()["results"]] == [str(image.id)], asked


def test_words_and_patterns_of_a_label_are_spelt_as_texts_are(label: Label) -> None:
    labels.change(label, words=["cafe\u0301", "caf\u00e9", "bar\u200b"], pattern="cafe\u0301|bar")
    label.refresh_from_db()
    assert (label.words, label.pattern) == (["caf\u00e9", "bar"], "caf\u00e9|bar")


def test_a_project_s_name_is_spelt_in_one_way(alice_client: APIClient) -> None:
    answer = alice_client.post("/api/v1/projects", {"name": f"{DECOMPOSED}\u200b  7"}, "json")
    assert answer.json()["name"] == f"{COMPOSED} 7"


def test_what_was_stored_before_is_brought_into_the_same_form(
    project: Project, label: Label, image: Image, alice_client: APIClient
) -> None:
    by_region(alice_client, project, image, label.name, "x")
    Region.objects.update(text="\u200eAB\u200b 12")
    Project.objects.filter(id=project.id).update(name=DECOMPOSED)
    for position, name in enumerate((DECOMPOSED, COMPOSED, f"{COMPOSED}\u200b", "plain"), start=1):
        Label.objects.create(project=project, name=name, position=position, words=["e\u0301"], colour="#000000")
    other = projects.create(project.created_by, "Other")
    Label.objects.create(project=other, name=DECOMPOSED, colour="#000000")
    migration = importlib.import_module("annotations.migrations.0007_names_and_texts_in_one_form")
    migration.bring_into_one_form(apps, connection.schema_editor())
    names = list(Label.objects.filter(project=project).order_by("position").values_list("name", flat=True))
    assert names == [label.name, f"{COMPOSED} (2)", COMPOSED, f"{COMPOSED} (3)", "plain"]
    assert Label.objects.get(project=other).name == COMPOSED
    assert Label.objects.get(name="plain").words == ["\u00e9"]
    assert Region.objects.get().text == "AB 12"
    before = project.revision
    project.refresh_from_db()
    assert (project.name, project.revision > before) == (COMPOSED, True)
