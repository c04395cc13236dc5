"""card.md: what a bundle is, for whoever opens the folder."""

import pytest

from training.engine.bundle import BundleLabel, BundleSpec, FinderPart, ReaderPart
from training.engine.card import card
from training.engine.evaluate import Evaluation, FinderScores, Rate, Scores, TextScores


def measured(right: int, of: int) -> Evaluation:
    text = TextScores(exact=Rate.count(right, of), exact_normalised=Rate.count(right, of), cer=0.1, cer_normalised=0.1)
    scores = Scores(finder=FinderScores.count(of, of, of), reading=text, end_to_end=text)
    return Evaluation(
        split="test",
        images=of,
        skipped=(),
        overall=scores,
        labels={"plate": scores},
        misses=(),
        milliseconds=1.0,
        spec_digest="",
    )


def of_reader(part: ReaderPart) -> str:
    spec = BundleSpec(
        project="Plates",
        labels=(BundleLabel(name="plate"),),
        charset=("", "A"),
        finder=FinderPart(side=320, thresholds=(0.5,), unclip=(1.6,)),
        reader=part,
    )
    return card(spec, measured(3, 4))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (ReaderPart(), "read by the network ppocr; it writes"),
        (ReaderPart(network="crnn", rectifier="tps"), "read by the network crnn, after a rectifier (tps); it writes"),
        (
            ReaderPart(network="attention", tower="pretrained", rectifier="affine"),
            "read by the network attention on the pretrained tower, after a rectifier (affine); it writes",
        ),
    ],
)
def test_it_tells_what_reads(part: ReaderPart, said: str) -> None:
    assert said in of_reader(part)


def test_it_tells_how_well() -> None:
    assert "reads 3 of 4 held-out fields exactly" in of_reader(ReaderPart())


def test_it_tells_what_other_runtimes_need_to_read_the_same() -> None:
    told = of_reader(ReaderPart())
    assert "INFERENCE_PRECISION_HINT=f32" in told
    assert "OpenCV reads it from 5.0 on" in told
