"""Patterns and word lists of labels: what is taken, what is refused in a sentence, and that none takes for ever."""

from dataclasses import replace
from time import process_time

import pytest
from rest_framework.test import APIClient

from accounts.errors import Refusal
from annotations import datacheck, labels, region_checks
from annotations.drafts import DraftImage, DraftRegion, gather
from annotations.findings import Finding
from annotations.models import Image, ImageState, Label, Project, Region
from tests.annotations.conftest import MakeImage


def annotate(image: Image, label: Label, text: str) -> None:
    box = {"xmin": 10, "ymin": 10, "xmax": 150, "ymax": 40}
    quad = [[10, 10], [150, 10], [150, 40], [10, 40]]
    Region.objects.create(image=image, label=label, quad=quad, text=text, **box)
    Image.objects.filter(id=image.id).update(state=ImageState.ANNOTATED)


@pytest.fixture
def texts(make_image: MakeImage, label: Label) -> list[str]:
    """Texts of four annotated images, which are as many as a data check needs."""
    typed = ["KL 55", "MH 12", "x" * 22, "٣٤٥"]
    for text in typed:
        annotate(make_image(), label, text)
    return typed


def unlike(client: APIClient, label: Label, texts: list[str]) -> list[bool]:
    answer = client.post(f"/api/v1/labels/{label.id}/unlike", {"texts": texts}, format="json")
    assert answer.status_code == 200, answer.json()
    told: list[bool] = answer.json()["unlike"]
    return told


def findings(project: Project, code: str) -> list[Finding]:
    return [finding for finding in datacheck.check(project).findings if finding.code == code]


def compared(images: list[tuple[DraftImage, str, list[DraftRegion]]]) -> tuple[Finding, float]:
    """What is found in the texts of these images, and the seconds of the processor that it took."""
    began = process_time()
    look = region_checks.UnlikeTheirLabel()
    for image, side, regions in images:
        look.see(image, side, regions)
    (found,) = look.findings()
    return found, process_time() - began


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"([A-Z])\1", "“\\1” refers back to what stood before"),
        ("(?P<a>x)(?P=a)", "refers back"),
        ("(?=A)A", "“(?=” begins something that is not possible here"),
        ("(?<!A)B", "“(?<!”"),
        ("(?>A)B", "“(?>”"),
        ("A++", "“++” repeats what is repeated already"),
        ("(?:a{100}){100}", "“{100}” counts wrongly"),
        ("a{1001}", "“{1001}” counts wrongly"),
        ("a{2,1}", "“{2,1}” counts wrongly"),
        (r"(?:\p{L}{1,30}){1,30}", "It counts too much of too many characters"),
        ("a{,3}", "Write “{0,3}”"),
        (r"AB\Z", "leave out “\\Z”"),
        (r"\u0041", "instead of “\\u”"),
        ("[A-Z", "A “[” has no “]”"),
        ("(A", "A “(” has no “)”"),
        ("A)", "A “)” has no “(”"),
        ("*A", "Nothing stands before “*”"),
        ("A\\", "ends with a single “\\”"),
        ("[b-a]", "“b-a” is no kind and no range"),
        ("\ud800", "half a character"),
        ("A" * 201, "longer than 200 characters"),
    ],
)
def test_what_cannot_be_a_pattern_is_refused_with_a_sentence(pattern: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        labels.checked_pattern(pattern)
    assert refused.value.message.startswith("This pattern cannot be used. ")
    assert said in refused.value.message
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("pattern", "fits", "other"),
    [
        ("[A-Z]{2}[0-9]{2}[A-Z]{1,2}[0-9]{4}", "MH12DE1433", "MH12DE143"),
        ("A|B", "B", "AB"),
        ("(?i)total", "TOTAL", "TOTALS"),
        (r"\d{2}\.\d{2}", "12.50", "12,50"),
        (r"\p{N}+", "٣٤٥", "34a"),
        (r"[\p{L} ]{1,100}", "Łódź Ж", "Łódź 1"),
        ("^A$", "A", "B"),
    ],
)
def test_a_pattern_is_compared_with_the_whole_text(
    project: Project, alice_client: APIClient, pattern: str, fits: str, other: str
) -> None:
    label = labels.create(project, "field", pattern=pattern)
    assert unlike(alice_client, label, [fits, other]) == [False, True]


def test_the_data_check_of_a_pattern_with_many_ways_to_match_answers_at_once(
    project: Project, label: Label, texts: list[str]
) -> None:
    """Two dozen letters: an engine that tries every way needs half a second, and twice that for one letter more."""
    labels.change(label, pattern="(?:xa?|x)+y")
    found, seconds = compared(list(gather(project).annotated()))
    assert seconds < 0.1
    assert found.count == len(texts)


@pytest.mark.parametrize("pattern", ["(?:x|xx)+y", "(?:x{1,20}){1,20}y", "(x+x+)+y"])
def test_a_long_text_takes_no_longer_by_such_a_pattern(project: Project, alice_client: APIClient, pattern: str) -> None:
    label = labels.create(project, "field", pattern=pattern)
    began = process_time()
    assert unlike(alice_client, label, ["x" * length for length in (20, 60, 500)]) == [True] * 3
    assert process_time() - began < 1


def test_a_pattern_that_was_stored_before_is_named_by_the_data_check(
    project: Project, label: Label, texts: list[str], alice_client: APIClient
) -> None:
    Label.objects.filter(id=label.id).update(pattern=r"(.)\1")
    (found,) = findings(project, "unusable_pattern")
    assert "“number_plate” cannot be used" in found.message
    assert "refers back" in found.message
    assert not findings(project, "unlike_label")
    assert alice_client.get(f"/api/v1/projects/{project.id}/check").status_code == 200
    assert unlike(alice_client, label, ["AA"]) == [False]


def test_texts_of_other_scripts_under_a_short_sign_are_told_what_it_means(
    project: Project, label: Label, texts: list[str]
) -> None:
    labels.change(label, pattern=r"[\w ]+!?|\d+")
    (found,) = findings(project, "unlike_label")
    assert found.count == 1
    assert "“\\p{N}”" in found.message


def test_texts_that_the_time_does_not_suffice_for_are_counted(
    project: Project, label: Label, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region_checks, "PATTERN_SECONDS", 0, raising=False)
    labels.change(label, pattern="[A-Z]+")
    (found,) = findings(project, "slow_pattern")
    assert found.count == len(texts)


def test_ten_thousand_words_are_looked_up_and_not_gone_through(
    project: Project, label: Label, texts: list[str]
) -> None:
    labels.change(label, words=[f"word {number}" for number in range(10_000)])
    (image, side, (region,)), *others = gather(project).annotated()
    many = [replace(region, text=f"none {number}") for number in range(3000)]
    found, seconds = compared([(image, side, many), *others])
    assert seconds < 0.2
    assert found.count == 3000 + len(texts) - 1


def test_the_page_asks_which_texts_are_unlike_their_label(
    label: Label, alice_client: APIClient, bob_client: APIClient, charlie_client: APIClient
) -> None:
    labels.change(label, pattern="[A-Z0-9 ]+")
    for client in (alice_client, bob_client):
        assert unlike(client, label, ["KL 55", "kl", " "]) == [False, True, False]
    door = f"/api/v1/labels/{label.id}/unlike"
    assert charlie_client.post(door, {"texts": ["KL 55"]}, format="json").status_code == 404
    assert alice_client.post(door, {"texts": ["x"] * 501}, format="json").status_code == 400
