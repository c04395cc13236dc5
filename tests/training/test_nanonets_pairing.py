"""The Nanonets-compatible API: which entry of `data` belongs to which of the files and addresses that were sent."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotations.models import Image, Project, Region
from tests.training.conftest import MakeVersion, model, picture_of_text, streamed
from tests.training.test_nanonets_uploads import FIELD, picture, plates, upload
from training.api.nanonets import pairing
from training.api.nanonets.parsing import Entry
from training.models import Prediction

__all__ = ["plates"]


class Drawn(BaseHTTPRequestHandler):
    """Another picture at each address, its query included; none below /gone."""

    def do_GET(self) -> None:
        if self.path.startswith("/gone"):
            return self.send_error(404)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(picture_of_text(self.path[-8:]))

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def site(settings: Any) -> Iterator[str]:
    settings.FETCH_PRIVATE = True
    with ThreadingHTTPServer(("127.0.0.1", 0), Drawn) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def field(text: str) -> dict[str, Any]:
    return FIELD | {"ocr_text": text}


def entry(name: str, *texts: str) -> dict[str, Any]:
    return {"filename": name, "object": [field(text) for text in texts]}


def upload_urls(client: APIClient, project: Project, urls: list[str], data: list[dict[str, Any]]) -> Any:
    return client.post(model(project, "/UploadUrls/"), {"urls": urls, "data": data}, format="json")


def texts_told(response: Any) -> list[list[str]]:
    """The texts of each image of the answer, in the order in which the images were sent."""
    return [[one["ocr_text"] for one in image["object"]] for image in response.json()["Data"]]


def test_two_addresses_that_end_alike_get_each_its_own_fields(plates: Project, script: APIClient, site: str) -> None:
    urls = [f"{site}/a/1.jpg", f"{site}/b/1.jpg"]
    response = upload_urls(script, plates, urls, [entry(urls[1], "BBB"), entry(urls[0], "AAA")])
    assert (response.status_code, texts_told(response)) == (200, [["AAA"], ["BBB"]])


def test_an_address_with_a_query_keeps_its_fields(plates: Project, script: APIClient, site: str) -> None:
    urls = [f"{site}/20.jpg?sig=1", f"{site}/21.jpg?sig=2"]
    data = [entry(urls[0], "AAA"), entry(f"{site}/21.jpg", "BBB")]  # the second without what signs it
    response = upload_urls(script, plates, urls, data)
    assert (response.status_code, texts_told(response)) == (200, [["AAA"], ["BBB"]])


def test_addresses_that_their_query_alone_tells_apart_are_two(plates: Project, script: APIClient, site: str) -> None:
    response = upload_urls(script, plates, [f"{site}/photo?id=1"], [entry(f"{site}/photo?id=2", "BBB")])
    assert (response.status_code, texts_told(response)) == (202, [[]])
    assert response.json()["errors"] == [
        f"Nothing that was sent is named {site}/photo?id=2, so its fields in `data` were not taken."
    ]


def test_an_address_that_cannot_be_fetched_gives_its_fields_to_no_other(
    plates: Project, script: APIClient, site: str
) -> None:
    urls = [f"{site}/gone/1.jpg", f"{site}/b/1.jpg"]
    response = upload_urls(script, plates, urls, [entry(urls[0], "AAA"), entry(urls[1], "BBB")])
    assert (response.status_code, texts_told(response)) == (202, [["BBB"]])
    assert response.json()["errors"] == [f"{urls[0]} answered with status 404."]


def test_files_of_one_name_get_their_fields_by_place(plates: Project, script: APIClient) -> None:
    files = [picture("1.jpg", "FFF"), picture("1.jpg", "GGG")]
    response = upload(script, plates, files, [entry("1.jpg", "FFF"), entry("1.jpg", "GGG")])
    assert (response.status_code, texts_told(response)) == (200, [["FFF"], ["GGG"]])


def test_a_name_that_was_sent_twice_is_not_guessed(plates: Project, script: APIClient) -> None:
    files = [picture("1.jpg", "FFF"), picture("1.jpg", "GGG")]
    response = upload(script, plates, files, [entry("1.jpg", "FFF")])
    assert (response.status_code, texts_told(response)) == (202, [[], []])
    (error,) = response.json()["errors"]
    assert error.startswith("1.jpg in `data` may mean 2 of the files that were sent")


def test_an_entry_for_a_file_that_was_not_sent_is_told(plates: Project, script: APIClient) -> None:
    data = [entry("26.jpg", "FFF"), entry("27.jpg", "GGG")]
    response = upload(script, plates, picture("26.jpg"), data)
    assert (response.status_code, texts_told(response)) == (202, [["FFF"]])
    assert response.json()["errors"] == [
        "Nothing that was sent is named 27.jpg, so its fields in `data` were not taken."
    ]


def test_what_was_taken_by_place_alone_is_told(plates: Project, script: APIClient) -> None:
    response = upload(script, plates, picture("blob"), [entry("27.jpg", "GGG")])
    assert (response.status_code, texts_told(response)) == (200, [["GGG"]])
    assert response.json()["notes"] == ["The entry 27.jpg of `data` was taken for blob, by its place."]


@pytest.mark.parametrize(
    ("sent", "listed", "pairs"),
    [
        (["a", "b"], ["b", "a"], [1, 0]),
        (["a", "b"], ["x/b", "C:\\y\\a"], [1, 0]),
        (["a", "b"], ["y", "z"], [0, 1]),  # names that say nothing: by place
        (["a", "b"], ["y", "z", "a"], [2, None]),
        (["a", "b"], ["z", "a"], [1, None]),  # z stands where b stands not
        (["a", "c"], ["a", "z"], [0, None]),  # names that count elsewhere are not overruled
        (["a", "a", "b"], ["b", "a", "a"], [None, None, 0]),
        (["a", "a", "b"], ["a", "a", "b"], [0, 1, 2]),
        (["a"], ["a", "a"], [None]),
        (["numero\u0301"], ["z", "núm" + "ero"], [None]),
        (["n\u0075\u0301mero"], ["z", "número"], [1]),
        (["h://s/a/1", "h://s/b/1"], ["1", "1"], [0, 1]),
        (["h://s/a/1", "h://s/b/1"], ["1"], [None, None]),
        (["h://s/a/1"], ["1"], [0]),
        (["h://s/a/1"], ["h://s/b/1"], [None]),
        (["1"], ["h://s/b/1?x=1"], [0]),
        (["h://s/1?x=1", "h://s/1?x=2"], ["h://s/1?x=2", "h://s/1?x=1"], [1, 0]),
        (["h://s/a%20b.jpg"], ["z", "a b.jpg"], [1]),
    ],
)
def test_entries_go_where_they_belong_and_nowhere_else(
    sent: list[str], listed: list[str], pairs: list[int | None]
) -> None:
    given = [Entry(name) for name in listed]
    found = pairing.paired(sent, given).entries
    assert [None if one is None else next(at for at, each in enumerate(given) if each is one) for one in found] == pairs


def test_an_answer_names_the_whole_address_that_it_answers(
    make_version: MakeVersion, predict_worker: None, script: APIClient, site: str, settings: Any
) -> None:
    """The `nanonets` package makes a dictionary of it: two addresses that end alike were one there."""
    settings.PREDICT_WAIT_SECONDS = 0
    project = make_version(live=True).project
    urls = [f"{site}/a/1.jpg?sig=1", f"{site}/b/1.jpg"]
    told = script.post(model(project, "/LabelUrls/"), {"urls": urls}, format="multipart").json()
    assert [one["input"] for one in told["result"]] == urls
    page = told["result"][0]
    later = script.get(model(project, f"/ImageLevelInferences/{page['id']}", family="Inferences")).json()
    assert (later["result"][0]["input"], later["original_file_name"]) == (urls[0], "1.jpg")


def test_an_address_is_forgotten_with_its_prediction(
    make_version: MakeVersion, predict_worker: None, script: APIClient, site: str, settings: Any
) -> None:
    settings.PREDICT_WAIT_SECONDS = 0
    project = make_version(live=True).project
    script.post(model(project, "/LabelUrls/"), {"urls": [f"{site}/1.jpg?sig=secret"]}, format="multipart")
    asked = Prediction.objects.get()
    assert asked.address == f"{site}/1.jpg?sig=secret"
    script.delete(f"/api/v1/predictions/{asked.pk}")
    assert Prediction.objects.get().address == ""


def test_what_the_annotations_say_is_taken_back_as_it_was(plates: Project, script: APIClient) -> None:
    files = [picture("a.jpg", "AAA"), picture("b.jpg", "BBB"), picture("c.jpg", "CCC")]
    data = [entry("a.jpg", "AAA"), entry("b.jpg"), {"filename": "c.jpg"}]
    upload(script, plates, files, data)
    told = script.get(model(plates, "/Annotations"))
    listed = json.loads(streamed(told))["Data"]
    assert {one["filename"]: one["state"] for one in listed} == {
        "a.jpg": "annotated",
        "b.jpg": "annotated",
        "c.jpg": "todo",
    }
    Region.objects.all().delete()
    Image.objects.all().delete()
    for file in files:
        file.seek(0)
    upload(script, plates, files, listed)
    assert set(Image.objects.values_list("name", "state")) == {
        ("a.jpg", "annotated"),
        ("b.jpg", "annotated"),
        ("c.jpg", "todo"),
    }
