"""What is given out as a file: named in any script, harmless in a spreadsheet, and sent as it is read."""

import csv
import io
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from annotations import labels, projects, quads
from annotations.formats import tutorial_csv
from annotations.models import Image, ImageState, Label, Project, Region
from tests.annotations.conftest import content_of

QUAD = [[10.0, 10.0], [60.0, 10.0], [60.0, 30.0], [10.0, 30.0]]


def filled(project: Project, user: User, label: Label, texts: list[str], names: list[str] | None = None) -> None:
    """An annotated image a text, made without pictures."""
    some = [
        Image(
            project=project, name=names[n] if names else f"{n}.png", file="none.png", thumbnail="none.webp",
            width=160, height=120, bytes=1, sha256=f"{n:064x}", phash="0" * 16, state=ImageState.ANNOTATED,
            uploaded_by=user,
        )
        for n in range(len(texts))
    ]  # fmt: skip
    Image.objects.bulk_create(some)
    box = {"xmin": 10, "ymin": 10, "xmax": 60, "ymax": 30}
    Region.objects.bulk_create(
        Region(image=image, label=label, quad=QUAD, text=text, **box) for image, text in zip(some, texts, strict=True)
    )


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Plates", "plates.csv"),
        ("Номера машин", "номера-машин.csv"),
        ("請求書 2024", "請求書-2024.csv"),
        ("हिन्दी", "हिन्दी.csv"),
        ("Zürich; \"x\"", "zürich-x.csv"),
        ("Ⅷ", "ⅷ.csv"),
        ("../..", "project.csv"),
        ("字" * 100, "字" * 60 + ".csv"),
    ],
)  # fmt: skip
def test_a_download_is_named_in_the_script_of_its_project(
    project: Project, alice_client: APIClient, title: str, kept: str
) -> None:
    projects.rename(project, title)
    header = alice_client.get(f"/api/v1/projects/{project.id}/export")["Content-Disposition"]
    assert header.isascii()
    assert header.startswith('attachment; filename="')
    named = header.partition("filename*=UTF-8''")[2] or header.split('"')[1]
    assert unquote(named) == kept
    plain = header.split('"')[1]  # what programs take that know only the old form
    assert plain.endswith(".csv")
    assert len(plain) > len(".csv")


RISKY = ["=1+1", "+1-2", "-2+3", "@SUM(A1)", "＝1+1", "a;=1+1", "'=1", "''-x", '=HYPERLINK("x","y")']
PLAIN = ["-4096.8", "+12,5", "KL-55", "'quoted'", "a=b", "5%", "-", "1;2"]


def test_no_cell_of_a_table_is_a_formula_and_all_come_back_as_they_were(
    project: Project, alice: User, alice_client: APIClient, label: Label
) -> None:
    names = ["=1.png", "@x.png", *(f"{n}.png" for n in range(len(RISKY + PLAIN) - 2))]
    labels.create(project, "second")
    labels.change(label, name="=label")
    filled(project, alice, label, RISKY + PLAIN, names)
    Region.objects.filter(text="-").update(label=project.labels.get(name="second"))
    table = content_of(alice_client.get(f"/api/v1/projects/{project.id}/export"))
    header, *rows = csv.reader(io.StringIO(table.decode()))
    cells = {cell for row in rows for cell in (row[0], row[1], row[-1])}
    assert not {cell for cell in cells if cell[0] in "=@＝" or ";=" in cell}
    assert {cell for cell in cells if cell[0] in "+-"} == {"-4096.8", "+12,5"}
    assert header[-1] == "label"
    before = sorted(Region.objects.values_list("image__name", "text", "label__name"))
    Region.objects.all().delete()
    sent = {"file": io.BytesIO(table), "format": "tutorial-csv"}
    report = alice_client.post(f"/api/v1/projects/{project.id}/imports", sent, format="multipart").json()["report"]
    assert report["left_out"] == []
    assert sorted(Region.objects.values_list("image__name", "text", "label__name")) == before


@given(st.text("'=+-@;＝0.a ", max_size=8))
def test_what_is_made_harmless_is_read_as_it_was_meant(cell: str) -> None:
    written = tutorial_csv.harmless(cell)
    assert tutorial_csv.as_meant(written) == cell
    begins = [part for part in written.split(";") if part[:1] in tuple("=+-@＝")]
    assert not begins or tutorial_csv.NUMBER.fullmatch(cell)


@pytest.mark.parametrize("form", ["tutorial-csv", "manifest"])
def test_a_large_project_is_sent_as_it_is_read(
    project: Project, alice: User, alice_client: APIClient, label: Label, form: str, django_assert_max_num_queries: Any
) -> None:
    filled(project, alice, label, ["a long text " * 20] * 1200)
    with django_assert_max_num_queries(21) as read:
        answer = alice_client.get(f"/api/v1/projects/{project.id}/export?format={form}")
        assert answer.streaming
        pieces = iter(answer)
        sent = [next(pieces)]
        begun = len(read)
        sent += pieces
        assert len(read) > begun
    assert len(sent) > 3
    assert max(map(len, sent)) < 100_000
    assert b"".join(sent).count(b"a long text") == 1200 * 20


def test_a_failure_on_the_way_does_not_look_like_the_end_of_a_file(
    project: Project, alice: User, alice_client: APIClient, label: Label
) -> None:
    """The server breaks the connection off where an answer is not given to its end."""
    filled(project, alice, label, ["KL 55"] * 1200)
    Region.objects.filter(image__name="1199.png").update(quad=[])
    answer = alice_client.get(f"/api/v1/projects/{project.id}/export")
    assert answer.status_code == 200
    with pytest.raises(quads.BadQuad):
        content_of(answer)


def test_a_second_label_that_comes_while_a_table_is_sent_is_not_lost(
    project: Project, alice: User, alice_client: APIClient, label: Label
) -> None:
    filled(project, alice, label, ["KL 55"] * 1200)
    answer = alice_client.get(f"/api/v1/projects/{project.id}/export")
    second = labels.create(project, "second")
    Region.objects.filter(image__name="1199.png").update(label=second)
    with pytest.raises(tutorial_csv.ChangedMeanwhile):
        content_of(answer)
