"""Names in ZIPs and tables that are not UTF-8, as programs in many countries write them."""

import zipfile
from io import BytesIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotations import code_pages
from annotations.formats import RegionRow, Remark, tutorial_csv
from annotations.models import Image, Label, Project, Region
from tests.annotations.conftest import MakeImage, upload
from tests.annotations.test_archives import finished, picture, send
from tests.annotations.test_imports import HEADER


def zipped(names: list[bytes]) -> bytes:
    """A ZIP whose names are these bytes, and which does not say what they mean."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(f"{number}" * len(name), picture(number))
    content = buffer.getvalue()
    for number, name in enumerate(names):
        content = content.replace(f"{number}".encode() * len(name), name)
    return content


NAMES = [
    ("cp437", ["Gr\u00f6\u00dfe.jpg", "M\u00fcller.jpg"]),
    ("cp437", ["El Ni\u00f1o.jpg", "se\u00f1or a\u00f1o 2.jpg"]),
    ("cp437", ["caf\u00e9.png", "\u00e9t\u00e9.png"]),
    ("cp850", ["S\u00e3o Jo\u00e3o.jpg", "cora\u00e7\u00e3o.jpg"]),
    ("cp852", ["zdj\u0119cie.jpg", "\u0142\u00f3d\u017a.jpg"]),
    ("cp866", ["\u041c\u0430\u0448\u0438\u043d\u0430 1.jpg", "\u043d\u043e\u043c\u0435\u0440.jpg"]),
    ("cp1251", ["\u0424\u043e\u0442\u043e 12.jpg"]),
    ("cp1252", ["caf\u00e9.jpg", "\u00dcbung.jpg"]),
    ("gbk", ["\u8f66\u724c1.jpg", "\u8f66\u724c2.jpg"]),
    ("gbk", ["\u7ca4B12345.jpg"]),
    ("big5", ["\u8eca\u724c1.jpg", "\u7167\u7247\u6a94\u6848.png"]),
    ("cp949", ["\ubc88\ud638\ud310 1.jpg", "\uc0ac\uc9c4.jpg"]),
    ("cp932", ["\u5199\u771f 1.jpg", "\u30ca\u30f3\u30d0\u30fc.jpg"]),
    ("cp932", ["\u3042\u3044\u3046.jpg"]),
    ("utf-8", ["\u8f66\u724c1.jpg", "Gr\u00f6\u00dfe.jpg"]),
]


@pytest.mark.parametrize(("codec", "names"), NAMES, ids=[f"{page} {names[0]}" for page, names in NAMES])
def test_names_are_read_in_the_code_page_they_were_written_in(codec: str, names: list[str]) -> None:
    written = [name.encode(codec) for name in names]
    guessed = code_pages.guessed(written, code_pages.IN_ZIPS)
    assert [name.decode(guessed) for name in written] == names


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize(
    ("codec", "names", "said"),
    [("gbk", NAMES[8][1], "GBK (Chinese)"), ("cp437", NAMES[0][1], ""), ("utf-8", NAMES[-1][1], "")],
    ids=["gbk", "cp437", "utf-8 without saying so"],
)
def test_a_zip_of_another_country_keeps_its_names_and_its_table_finds_them(
    codec: str, names: list[str], said: str, alice_client: APIClient, project: Project, label: Label
) -> None:
    content = zipped([name.encode(codec) for name in names])
    report = finished(alice_client, send(alice_client, project, content))["report"]
    assert set(Image.objects.values_list("name", flat=True)) == set(names)
    assert report["notes"] == ([f"The names of its files were read in the code page {said}."] if said else [])
    as_other_programs_read = names[1].encode(codec).decode("cp437")
    table = HEADER + f"{names[0]},A 1,10,60,20,40\n{as_other_programs_read},A 2,10,60,20,40\n"
    body: Any = {**upload(table.encode(), "table.csv"), "format": "tutorial-csv"}
    told = alice_client.post(f"/api/v1/projects/{project.id}/imports", body, format="multipart").json()
    assert told["report"]["imported"] == 2, told


TABLES = [
    ("cp1252", "\u00dclm 1", "1252 (Western)"),
    ("cp1252", "12\u00b0C \u00bd kg", "1252 (Western)"),
    ("gbk", "\u7ca4B12345", "GBK (Chinese)"),
    ("big5", "\u81fa\u5317\u5e02 12", "Big5 (Chinese)"),
    ("cp949", "\uc11c\uc6b8 34 \ub098 5678 \ubd80\uc0b0", "949 (Korean)"),
    ("cp932", "\u54c1\u5ddd 330 \u3042 12-34", "932 (Japanese)"),
    ("cp1251", "\u0410\u0412 123", "1251 (Cyrillic)"),
]


@pytest.mark.parametrize(("codec", "text", "said"), TABLES)
def test_a_table_is_read_in_its_code_page_and_that_is_said(codec: str, text: str, said: str) -> None:
    read = list(tutorial_csv.read((HEADER + f"0.png,{text},1,2,3,4\n").encode(codec)))
    assert [row.text for row in read if isinstance(row, RegionRow)] == [text]
    assert [row.sentence for row in read if isinstance(row, Remark)] == [
        f"It is not UTF-8; it was read in the code page {said}. See whether its texts are right."
    ]


def test_a_chinese_table_brings_its_plates(
    alice_client: APIClient, project: Project, label: Label, make_image: MakeImage
) -> None:
    make_image("0.png")
    content = (HEADER + "0.png,\u6caaA12345,10,60,20,40\n").encode("gbk")
    body: Any = {**upload(content, "table.csv"), "format": "tutorial-csv"}
    alice_client.post(f"/api/v1/projects/{project.id}/imports", body, format="multipart")
    assert Region.objects.get().text == "\u6caaA12345"
