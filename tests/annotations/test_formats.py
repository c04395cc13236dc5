import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import quads
from annotations.formats import (
    FORMATS,
    BadFile,
    Fault,
    PictureRow,
    RegionRow,
    Remark,
    Written,
    manifest,
    tutorial_csv,
)

HEADER = "files,text,xmin,xmax,ymin,ymax\n"


def rows(content: str | bytes) -> list[object]:
    return list(tutorial_csv.read(content if isinstance(content, bytes) else content.encode()))


ROW = RegionRow(2, "0.png", quads.of_box((589, 280, 694, 311)), "MH15-TC-554", None, upright=True)


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "0.png,MH15-TC-554,589,694,280,311\n",
        "\ufeff" + HEADER + "0.png,MH15-TC-554,589,694,280,311",
        HEADER.replace("\n", "\r\n") + "0.png,MH15-TC-554,589,694,280,311\r\n",
        HEADER.replace(",", ";") + "0.png;MH15-TC-554;589,0;694;280;311\n",
        HEADER.replace(",", "\t") + "0.png\tMH15-TC-554\t589\t694\t280\t311\n",
        'Files, "Text" ,ymin,ymax,xmin,xmax,width\n"0.png","MH15-TC-554",280,311,589,694,1000\n',
        "filename,text,xmin,xmax,ymin,ymax\n0.png,MH15-TC-554, 589 ,694.0,280,3.11e2\n\n\n",
    ],
    ids=["plain", "byte order mark", "windows", "semicolons", "tabs", "other order and more columns", "other name"],
)
def test_the_table_is_read_however_it_was_saved(content: str) -> None:
    assert rows(content) == [ROW]


def test_utf_16_and_old_windows_letters_are_read() -> None:
    line = HEADER + "0.png,Ülm 1,1,2,3,4\n"
    for encoding in ("utf-16", "utf-8", "cp1252"):
        row = next(row for row in rows(line.encode(encoding)) if not isinstance(row, Remark))
        assert isinstance(row, RegionRow)
        assert row.text == "Ülm 1"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",A,1,2,3,4", "No file is named."),
        ("a.png,A,x,2,3,4", "xmin is “x”, which is not a number."),
        ("a.png,A,1,,3,4", "xmax is “”, which is not a number."),
        ("a.png,A,1,2,3", "ymax is “”, which is not a number."),
        ("a.png,A,1,nan,3,4", "xmax is “nan”, which is not a number."),
        ("a.png,A,5,2,3,4", "The box has no size: xmax must be above xmin, and ymax above ymin."),
        ("a.png,A,1,2,4,4", "The box has no size: xmax must be above xmin, and ymax above ymin."),
    ],
)
def test_a_row_that_cannot_be_used_is_a_fault_with_its_line(line: str, reason: str) -> None:
    (fault,) = rows(HEADER + "\n" + line)
    assert fault == Fault(3, line.split(",")[0], reason)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "no column files and no column text"),
        ("files,text,xmin,xmax,ymin\n", "no column ymax"),
        ("just words", "it names just words"),
        ("Plates\n" * 21 + HEADER + "a.png,A,1,2,3,4", "it names Plates"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(content: str, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        rows(content)


PLAIN = [f"p{n}.jpg,AB {n},40,200,60,110" for n in range(8)]
STRAY, SEVERAL = tutorial_csv.STRAY, tutorial_csv.SEVERAL


def told(lines: list[str], header: str = HEADER) -> tuple[list[str], list[tuple[int | None, str]]]:
    """The texts that are read, and the remarks."""
    read = rows(header + "\n".join(lines) + "\n")
    assert all(isinstance(row, RegionRow | Remark) for row in read)
    remarks = [(row.row, row.sentence) for row in read if isinstance(row, Remark)]
    return [row.text for row in read if isinstance(row, RegionRow)], remarks


@pytest.mark.parametrize(
    ("lines", "texts", "remarks"),
    [
        ({2: 'p2.jpg,"AB 2,40,200,60,110'}, {2: '"AB 2'}, [(4, STRAY)]),
        ({2: 'p2.jpg,"12"" pipe,40,200,60,110', 5: 'p5.jpg,"5"" pipe",40,200,60,110'},
         {2: '"12"" pipe', 5: '5" pipe'}, [(4, STRAY)]),
        ({2: 'p2.jpg,"AB 2,40,200,60,110', 4: 'p4.jpg,AB 4",40,200,60,110'}, {2: '"AB 2', 4: 'AB 4"'}, [(4, STRAY)]),
        ({2: 'p2.jpg,"AB 2,40,200,60,110', 3: 'p3.jpg,AB 3",40,200,60,110'}, {2: '"AB 2', 3: 'AB 3"'}, [(4, STRAY)]),
        ({2: 'p2.jpg,"AB" 2,40,200,60,110'}, {2: '"AB" 2'}, [(4, STRAY)]),
        ({2: '"p2.jpg","AB 2,"40","200","60","110"'}, {2: '"AB 2'}, [(4, STRAY)]),
        ({2: 'p2.jpg,"AB 2,40,200,60,110', 6: 'p6.jpg,"A, B",40,200,60,110'}, {2: '"AB 2', 6: "A, B"}, [(4, STRAY)]),
        ({7: 'p7.jpg,"AB 7,40,200,60,110'}, {7: '"AB 7'}, [(9, STRAY)]),
        ({2: 'p2.jpg,"Ann Stone\n12 Mill Lane, North\n\n""Old"" House",40,200,60,110'},
         {2: 'Ann Stone\n12 Mill Lane, North\n\n"Old" House'}, [(4, SEVERAL)]),
        ({2: 'p2.jpg, "A, B" , 40,200,60,110'}, {2: "A, B"}, []),
        ({2: 'p2.jpg,12" pipe,40,200,60,110'}, {2: '12" pipe'}, []),
    ],
    ids=["stray", "inches", "two strays", "two strays beside each other", "quoted in part", "all in quotes",
         "before a good one", "in the last row", "an address", "blanks around", "within"],
)  # fmt: skip
def test_no_quote_swallows_the_rows_after_it(
    lines: dict[int, str], texts: dict[int, str], remarks: list[tuple[int, str]]
) -> None:
    read, said = told([lines.get(n, line) for n, line in enumerate(PLAIN)])
    assert read == [texts.get(n, f"AB {n}") for n in range(8)]
    assert said == remarks


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("text,files,xmin,xmax,ymin,ymax", '"{}",p{}.jpg,40,200,60,110'),
        ("xmin,xmax,ymin,ymax,files,text", '40,200,60,110,p{1}.jpg,"{0}"'),
    ],
    ids=["text first", "text last"],
)
def test_an_address_is_one_text_wherever_its_column_stands(header: str, row: str) -> None:
    address = "Ann Stone\n12 Mill Lane\nNortham"
    lines = [row.format(address if n == 1 else f"AB {n}", n) for n in range(3)]
    assert told(lines, header + "\n") == (["AB 0", address, "AB 2"], [(3, SEVERAL)])
    stray = [line.removesuffix('"') if n == 1 else line.replace('"', "") for n, line in enumerate(lines)]
    stray[1] = stray[1].replace(address, "AB 1").replace('AB 1",', "AB 1,")
    assert told(stray, header + "\n") == (["AB 0", '"AB 1', "AB 2"], [(3, STRAY)])


def test_a_quote_in_every_row_of_a_long_table_is_read_in_time() -> None:
    read, said = told([f'p.jpg,"{n}"" pipe,40,200,60,110' for n in range(5_000)])
    assert (len(read), len(said)) == (5_000, 5_000)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_spreadsheets_want_first_says_what_parts_the_cells(first: str) -> None:
    lines = [line.replace(",", ";") for line in PLAIN]
    assert told(lines, first + "\n" + HEADER.replace(",", ";"))[0] == [f"AB {n}" for n in range(8)]
    assert told(PLAIN, "sep=,\n" + HEADER) == ([f"AB {n}" for n in range(8)], [])


def test_a_title_above_the_names_of_the_columns_is_passed_over_and_named() -> None:
    read, remarks = told(PLAIN, "Plates of May,,,,,\n\nby Ann; checked\n" + HEADER)
    assert read == [f"AB {n}" for n in range(8)]
    assert remarks == [
        (None, "Line 1, “Plates of May”, stands above the names of the columns and was passed over."),
        (None, "Line 3, “by Ann checked”, stands above the names of the columns and was passed over."),
    ]


names = st.text(string.ascii_letters + string.digits + " ,;\"'_-", min_size=1, max_size=12).map(str.strip)
texts = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=20)
edges = st.one_of(st.integers(0, 4000), st.floats(0, 4000, allow_nan=False).map(lambda v: round(v, 3)))


@st.composite
def boxes(draw: st.DrawFn) -> quads.Quad:
    xs = sorted(draw(st.lists(edges, min_size=2, max_size=2, unique_by=float)))
    ys = sorted(draw(st.lists(edges, min_size=2, max_size=2, unique_by=float)))
    return quads.of_box((float(xs[0]), float(ys[0]), float(xs[1]), float(ys[1])))


@given(st.lists(st.tuples(names.filter(bool), st.sampled_from(["plate", "date, of"]), boxes(), texts), max_size=8))
def test_what_the_table_writes_it_reads_back(regions: list[tuple[str, str, quads.Quad, str]]) -> None:
    written = [Written(name, "", ((label, quad, text),)) for name, label, quad, text in regions]
    several = len({label for _, label, _, _ in regions}) > 1
    got = [
        (row.name, row.label if several else regions[0][1], row.quad, row.text)
        for row in tutorial_csv.read(
            b"".join(tutorial_csv.write(written, sorted({label for _, label, _, _ in regions})))
        )
        if isinstance(row, RegionRow)
    ]
    assert got == regions


@given(st.lists(st.tuples(names.filter(bool), st.sampled_from(["", "train", "test"]), boxes(), texts), max_size=8))
def test_what_the_manifest_writes_it_reads_back(regions: list[tuple[str, str, quads.Quad, str]]) -> None:
    written = [Written(name, split, (("plate", quad, text),)) for name, split, quad, text in regions]
    read = list(manifest.read(b"".join(manifest.write(written, ["plate"]))))
    assert [(r.name, r.split) for r in read if isinstance(r, PictureRow)] == [(n, s) for n, s, _, _ in regions]
    assert [(r.quad, r.text) for r in read if isinstance(r, RegionRow)] == [(q, t) for _, _, q, t in regions]


QUAD = [[0, 0], [9, 1], [9, 5], [0, 4]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "The line is not JSON."),
        ("[]", "The line names no image."),
        ('{"image": 3}', "The line names no image."),
        ('{"image": "a/b.jpg", "split": "dev"}', "split must be train or test."),
        ('{"image": "a/b.jpg", "regions": {}}', "regions must be a list."),
        ('{"image": "a/b.jpg", "regions": [7]}', "A region must be an object with label, quad and text."),
        ('{"image": "b.jpg", "regions": [{"quad": [[1, 2]], "text": "A"}]}', "four corners"),
        (json.dumps({"image": "b.jpg", "regions": [{"quad": QUAD, "text": 5}]}), "must be strings"),
    ],
)
def test_a_line_of_the_manifest_that_cannot_be_used_is_a_fault(line: str, reason: str) -> None:
    faults = [row for row in manifest.read(line.encode()) if isinstance(row, Fault)]
    assert [fault.row for fault in faults] == [1]
    assert reason in faults[0].reason


def test_a_picture_without_regions_is_a_negative() -> None:
    assert list(manifest.read(b'{"image": "images/b.jpg", "split": "test", "regions": []}\n')) == [
        PictureRow(1, "images/b.jpg", "test", complete=True)
    ]


@pytest.mark.parametrize("key", FORMATS)
def test_every_format_says_what_it_is_and_goes_some_way(key: str) -> None:
    kind = FORMATS[key]
    assert kind.key == key
    assert kind.name
    assert kind.description.endswith(".")
    assert kind.read or kind.write
