"""The learning curve's picture."""

from xml.etree import ElementTree

from benchmarks.plot import Curve, draw

SVG = "{http://www.w3.org/2000/svg}"
CURVES = [
    Curve("region given", [0.85, 0.9, 0.95], [(0.72, 0.93), (0.78, 0.96), (0.85, 0.99)], peer=0.9),
    Curve("whole photo", [0.7, 0.85, 0.93], [(0.55, 0.81), (0.72, 0.93), (0.82, 0.98)], peer=0.85),
]


def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(draw([0, 25, 195], CURVES, "photos", "read, %", "RapidOCR"))  # noqa: S314


def test_each_curve_has_its_points_and_a_dashed_line_to_compare_with() -> None:
    picture = drawn()
    assert len(picture.findall(f"{SVG}circle")) == 6
    dashed = [line for line in picture.findall(f"{SVG}line") if "peer" in line.attrib["class"]]
    assert len(dashed) == 4, "one in the plot and one in the key for each curve"


def test_more_read_is_higher_up_and_all_of_it_inside_the_picture() -> None:
    heights = [float(point.attrib["cy"]) for point in drawn().findall(f"{SVG}circle")]
    assert heights[0] > heights[1] > heights[2]
    assert all(0 < height < 440 for height in heights)


def test_axes_say_what_they_count() -> None:
    told = [text.text or "" for text in drawn().findall(f"{SVG}text")]
    assert "read, %" in told
    assert "photos (square-root scale)" in told
    assert {"0", "25", "195", "100", "50"} <= set(told)


def test_colours_change_with_the_page() -> None:
    assert "prefers-color-scheme: dark" in (drawn().findtext(f"{SVG}style") or "")
