"""The data check names what is wrong with texts, corners, labels and likeness, and leaves alone what is not."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest

from accounts.models import User
from annotations import absences, alphabets, datacheck, quads
from annotations.findings import Finding
from annotations.models import Image, ImageState, Label, Project, Region

BOX = quads.of_box((10, 10, 90, 30))
UPSIDE_DOWN = BOX[2:] + BOX[:2]

Page = dict[str, str | tuple[str, quads.Quad]]  # of each label its text, and where it is


@pytest.fixture
def pages(project: Project, alice: User) -> Any:
    """Annotated images without pictures, which look unlike each other unless told otherwise."""
    labels: dict[str, Label] = {}

    def make(some: Sequence[Page], **facts: Any) -> list[Image]:
        first = Image.objects.count()
        images = [
            Image(
                project=project, name=f"{first + n}.png", file=f"{first + n}.png", thumbnail="none.webp", width=160,
                height=120, bytes=1, sha256=f"{first + n:064x}", state=ImageState.ANNOTATED, uploaded_by=alice,
                **{"phash": hashlib.sha256(bytes([first + n])).hexdigest()[:16], **facts},
            )
            for n in range(len(some))
        ]  # fmt: skip
        Image.objects.bulk_create(images)
        for image, page in zip(images, some, strict=True):
            for name, written in page.items():
                if name not in labels:
                    labels[name] = Label.objects.create(project=project, name=name, colour="#112233")
                text, quad = (written, BOX) if isinstance(written, str) else written
                xmin, ymin, xmax, ymax = quads.bounding_box(quad)
                box = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
                Region.objects.create(image=image, label=labels[name], quad=quad, text=text, **box)
        return images

    return make


def found(project: Project) -> dict[str, Finding]:
    return {finding.code: finding for finding in datacheck.check(project).findings}


def plates(count: int) -> list[Page]:
    return [{"plate": f"K{'ABCDEF'[n % 6]} {100 + n} M{'LKJH'[n % 4]}"} for n in range(count)]


class TestOddTexts:
    @pytest.mark.parametrize(
        ("usual", "odd", "why"),
        [
            ("KA {} MX", "]]]][[[[[", "“]]]][[[[[” has neither a letter nor a digit"),
            ("0{}5", "l1234", "“l1234” has small letters"),
            ("KA {} MX", "KA {} mx", "“KA 122 mx” has small letters"),
            ("KA {} MX", "TERRANO", "“TERRANO” has no digits"),
            ("KA {} MX", "KA {} MX KA 123 MX KA 124 MX KA 125 MX", "is far longer"),
            ("KA {} MX", "K1", "“K1” is far shorter"),
            ("١٢٣{}", "١٢ب", "“١٢ب” has letters"),
        ],
    )
    def test_a_text_unlike_all_others_of_its_label_is_named(
        self, pages: Any, project: Project, usual: str, odd: str, why: str
    ) -> None:
        pages([{"plate": usual.format(100 + n)} for n in range(25)])
        (image,) = pages([{"plate": odd.format(122)}])
        finding = found(project)["odd_text"]
        assert (finding.severity, finding.count, finding.image_ids) == ("warn", 1, [image.id])
        assert finding.message.startswith("1 text of “plate” is unlike all others: ")
        assert why in finding.message

    def test_a_few_images_are_enough_to_know_keys_hit_by_mistake(self, pages: Any, project: Project) -> None:
        pages(plates(6))
        (image,) = pages([{"plate": "]]]]"}])
        assert found(project)["odd_text"].image_ids == [image.id]

    @pytest.mark.parametrize(
        "texts",
        [
            [f"{n}.{n % 10}0" for n in range(1, 60)],
            [f"{'ABCDEFGHIJ'[n % 10] * (3 + n % 30)} SDN BHD" for n in range(59)] + ["OLIVE9 PHARMACY SDN BHD"],
            [["4.11.2024", "14/JUN/2017 08:34:22", "14 Jun 2017"][n % 3] for n in range(60)],
            [["-", "12"][n % 2] for n in range(30)],
            ["東京都 港区 1-2", "とうきょう", "カナABC", "서울 12가 3456"] * 10,
            [f"{n}" for n in range(1, 1000, 7)],
        ],
        ids=["amounts", "companies", "dates", "a dash for nothing", "scripts side by side", "numbers of any length"],
    )
    def test_texts_that_differ_as_texts_do_are_not(self, pages: Any, project: Project, texts: list[str]) -> None:
        pages([{"field": text} for text in texts])
        assert "odd_text" not in found(project)

    def test_a_character_of_one_text_alone_is_named_however_often_it_is_there(
        self, pages: Any, project: Project
    ) -> None:
        pages(plates(24))
        (image,) = pages([{"plate": "KQ QQ1 ML"}])
        finding = found(project)["rare_character"]
        assert "The character “Q” occurs in only one text." in finding.message
        assert finding.image_ids == [image.id]


CYRILLIC = str.maketrans("ABEKMHOPCTX", "АВЕКМНОРСТХ")


class TestAlphabets:
    def test_a_letter_of_another_alphabet_inside_a_word_is_named_with_its_place(
        self, pages: Any, project: Project
    ) -> None:
        pages(plates(8))
        (image,) = pages([{"plate": "KA 100 M\u041aX"}])
        finding = found(project)["mixed_alphabets"]
        assert finding.image_ids == [image.id]
        assert "“К” at 9, which is a Cyrillic letter (U+041A)" in finding.message

    def test_whole_texts_of_letters_that_look_the_same_are_named(self, pages: Any, project: Project) -> None:
        texts = [f"{'ABEKMH'[n % 6]}OX {100 + n} TC" for n in range(30)]
        images = pages([{"plate": text.translate(CYRILLIC) if n % 2 else text} for n, text in enumerate(texts)])
        finding = found(project)["other_alphabet"]
        assert (finding.count, set(finding.image_ids)) == (15, {image.id for image in images[1::2]})
        assert "15 texts of “plate” are typed in Cyrillic letters that look like Latin ones" in finding.message
        assert "U+0412" in finding.message

    @pytest.mark.parametrize(
        "texts",
        [
            ["قم", "فسع", "١٥٨٦"],
            ["東京都 港区 1-2", "ひらがなとカタカナ", "カナABCビル", "ＡＢＣ商事"],
            ["서울 12가 3456", "KT 서울", "LG전자"],
            ["А 123 ВС", "Е 555 КХ"],
            ["Москва", "Moscow", "Санкт-Петербург", "Saint Petersburg", "МОСТ", "TOM"],
            ["Αθήνα", "Athens", "ΟΤΕ", "OTE Θήρα"],
            ["10 MΩ", "5 kΩ", "ΔT 12 K", "3 µV"],
            ["Đặng Văn", "Łódź", "İstanbul", "ŠKODA", "Æther"],
        ],
        ids=["Arabic", "Japanese", "Korean", "Cyrillic", "Russian and English", "Greek", "units", "Latin with accents"],
    )
    def test_scripts_as_they_are_written_are_not(self, pages: Any, project: Project, texts: list[str]) -> None:
        pages([{"field": text} for text in texts * 4])
        assert not {"mixed_alphabets", "other_alphabet"} & found(project).keys()

    @pytest.mark.parametrize(
        ("text", "place"), [("Мoсква", 2), ("AB\u0421D", 3), ("x \u0391BC", 3), ("ABC", 0), ("M\u03a9", 0)]
    )
    def test_the_strange_letter_is_the_one_that_looks_as_if_it_belonged(self, text: str, place: int) -> None:
        stray = alphabets.stray(text)
        assert (stray.place if stray else 0) == place


class TestCorners:
    def test_boxes_that_begin_at_another_corner_are_named(self, pages: Any, project: Project) -> None:
        pages(plates(12))
        turned = pages([{"plate": ("KA 700 ML", UPSIDE_DOWN)} for _ in range(6)])
        sideways = pages([{"plate": ("KA 800 ML", BOX[1:] + BOX[:1])}])
        finding = found(project)["start_corner"]
        assert set(finding.image_ids) == {image.id for image in turned + sideways}
        assert "7 regions of “plate” begin at another corner than all others, which begin at the top left" in (
            finding.message
        )
        assert "1 at the top right, 6 at the bottom right" in finding.message

    @pytest.mark.parametrize(
        "quad",
        [
            ((40.0, 10.0), (40.0, 90.0), (20.0, 90.0), (20.0, 10.0)),  # a text that runs down
            ((10.0, 20.0), (80.0, 5.0), (84.0, 25.0), (14.0, 40.0)),  # tilted
            quads.of_box((10, 10, 60, 100)),  # two rows
        ],
    )
    def test_a_text_that_runs_its_own_way_is_not(self, pages: Any, project: Project, quad: quads.Quad) -> None:
        pages(plates(12))
        pages([{"plate": ("KA 700 ML", quad)}])
        assert "start_corner" not in found(project)

    def test_where_texts_stand_in_all_directions_none_is(self, pages: Any, project: Project) -> None:
        pages([{"plate": ("KA 700 ML", UPSIDE_DOWN if n % 2 else BOX)} for n in range(12)])
        assert "start_corner" not in found(project)


RECEIPT: Page = {"company": "ACME", "date": "1.2.2024", "total": "9.00"}


class TestLabels:
    def test_images_that_lack_what_most_others_have_are_named(self, pages: Any, project: Project) -> None:
        pages([RECEIPT] * 9)
        partly = pages([{"company": "ACME"}, {"company": "ACME", "date": "2.2.2024"}])
        pages([{}])  # nothing is on it
        totals = [
            f for f in datacheck.check(project).findings if f.code == "partly_annotated" and "“total”" in f.message
        ]
        (finding,) = totals
        assert (finding.severity, set(finding.image_ids)) == ("warn", {image.id for image in partly})
        assert finding.message.startswith("2 annotated images have no “total”, which 9 others have. Draw it there")

    def test_what_is_said_not_to_be_on_an_image_is_not_missed(self, pages: Any, project: Project) -> None:
        pages([RECEIPT] * 9)
        partly = pages([{"company": "ACME", "date": "2.2.2024"}] * 2)
        total = Label.objects.get(name="total")
        absences.add({partly[0].id: [total.id]})
        assert found(project)["partly_annotated"].image_ids == [partly[1].id]
        absences.add({partly[1].id: [total.id]})
        assert "partly_annotated" not in found(project)

    def test_a_field_that_many_images_lack_is_missed_on_none(self, pages: Any, project: Project) -> None:
        pages([{"company": "ACME", "discount": "1.00"}] * 6)
        pages([{"company": "ACME"}] * 6)
        assert "partly_annotated" not in found(project)

    def test_a_label_with_few_examples_is_named_before_training(self, pages: Any, project: Project) -> None:
        rare = pages([RECEIPT | {"voucher": "12"}] * 3, split="train")
        rare += pages([RECEIPT | {"voucher": "12"}], split="test")
        pages([RECEIPT] * 44)
        finding = found(project)["few_examples"]
        assert set(finding.image_ids) == {image.id for image in rare}
        assert finding.message == (
            "“voucher” has 3 regions to learn from and 1 to measure on. That is too few to find it reliably, and to "
            "know how well it is found. Annotate 7 more images that have it, or do not count on it."
        )

    def test_where_all_labels_have_few_it_is_the_images_that_are(self, pages: Any, project: Project) -> None:
        pages([RECEIPT] * 8)
        assert "few_examples" not in found(project)
        assert "few_images" in found(project)


FORM = "f0f0f0f0f0f0f0f0"


class TestLikeness:
    def test_forms_of_one_layout_are_no_pairs_to_delete(self, pages: Any, project: Project) -> None:
        pages([{"name": f"Name {n}", "sum": f"{n}.00"} for n in range(20)], phash=FORM)
        told = found(project)
        assert not {"near_duplicates", "alike_otherwise_read"} & told.keys()
        assert told["alike_layout"].severity == "note"
        assert "Nothing is to be done." in told["alike_layout"].message
        assert not any("elete" in finding.message for finding in told.values())

    def test_the_same_form_twice_is_still_named_among_them(self, pages: Any, project: Project) -> None:
        pages([{"name": f"Name {n}", "sum": f"{n}.00"} for n in range(20)], phash=FORM)
        twins = pages([{"name": "Twin", "sum": "7.00"}], phash=FORM, split="train")
        twins += pages([{"name": "Twin", "sum": "7.00"}], phash=FORM, split="test")
        finding = found(project)["near_duplicates"]
        assert (finding.count, set(finding.image_ids)) == (1, {image.id for image in twins})
        assert finding.message.startswith("1 pair of nearly the same picture with the same texts stands on both sides")

    def test_two_pictures_that_look_the_same_and_are_read_otherwise_are_a_question(
        self, pages: Any, project: Project
    ) -> None:
        pages(plates(10))
        pair = pages([{"plate": "KA 777 ML"}], phash=FORM, split="train")
        pair += pages([{"plate": "KA 771 ML"}], phash=FORM, split="test")
        told = found(project)
        assert "near_duplicates" not in told
        assert set(told["alike_otherwise_read"].image_ids) == {image.id for image in pair}
        assert "one of the texts is wrong" in told["alike_otherwise_read"].message
