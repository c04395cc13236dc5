import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from tests.engine.drawn import crop_of, quad, sign
from training.engine.bundle import BundleLabel
from training.engine.charset import Charset
from training.engine.decode import Logits, ctc_log_likelihood, read_greedily
from training.engine.evaluate import evaluate
from training.engine.manifest import ManifestImage, ManifestRegion
from training.engine.predict import Bundle
from training.engine.search import best_path, likeliest, nearest, read_beam, read_lexicon

SYMBOLS = ("", "a", "b", " ")
CHARSET = Charset(SYMBOLS)


def logs(*steps: tuple[float, ...]) -> Logits:
    """Log-probabilities of steps given as probabilities of the blank, a, b and a space; what is left out is 0."""
    filled = np.array([[*step, *([0.0] * (len(SYMBOLS) - len(step)))] for step in steps])
    return np.asarray(np.log(np.maximum(filled, 1e-12)), np.float32)


def random_logs(seed: int, length: int, sharpness: float = 1.0) -> Logits:
    chances = np.random.default_rng(seed).dirichlet(np.ones(4) / sharpness, length)
    return np.asarray(np.log(chances + 1e-9), np.float32)


# Beam search


def test_paths_that_say_the_same_outweigh_the_likeliest_path() -> None:
    # Two steps, blank 0.6 and a 0.4 in each: the likeliest path says nothing (0.36), the paths a-, -a, aa say a (0.64).
    told = logs((0.6, 0.4), (0.6, 0.4))
    assert read_greedily(told, SYMBOLS).text == ""
    assert read_beam(told, SYMBOLS, 4).text == "a"


def likeliest_text(told: Logits) -> str:
    """By trying every text."""
    texts = [text for size in range(len(told) + 1) for text in itertools.product((1, 2, 3), repeat=size)]
    best = max(texts, key=lambda ids: ctc_log_likelihood(told, ids))
    return CHARSET.decode(best)


@pytest.mark.parametrize("seed", range(12))
def test_a_wide_beam_finds_the_likeliest_of_all_texts(seed: int) -> None:
    told = random_logs(seed, 5)
    assert read_beam(told, SYMBOLS, 400).text == likeliest_text(told)


@given(st.integers(0, 10_000), st.integers(1, 12))
@example(748, 8)  # where the beam loses the best path's text on its way
def test_a_beam_never_finds_a_less_likely_text_than_the_best_path(seed: int, length: int) -> None:
    told = random_logs(seed, length)
    found, greedy = (CHARSET.encode(one.text) for one in (read_beam(told, SYMBOLS, 50), read_greedily(told, SYMBOLS)))
    assert ctc_log_likelihood(told, found) >= ctc_log_likelihood(told, greedy) - 1e-5


@pytest.mark.parametrize("path", ["", "---", "aab", "a-a", "aa-aab--b", "-a -b", "bbbb"])
@pytest.mark.parametrize("width", [1, 3])
def test_where_the_reader_is_sure_every_beam_tells_what_the_best_path_tells(path: str, width: int) -> None:
    sure = logs(*[tuple(0.94 if symbol == one else 0.02 for one in "-ab ") for symbol in path])
    sure = sure.reshape(-1, 4)
    found, greedy = read_beam(sure, SYMBOLS, width), read_greedily(sure, SYMBOLS)
    assert found.text == greedy.text
    assert [one.confidence for one in found.symbols] == pytest.approx([one.confidence for one in greedy.symbols])
    assert found.confidence == pytest.approx(greedy.confidence)
    assert found.log_probability == pytest.approx(greedy.log_probability)


def test_a_character_goes_on_though_others_are_likelier_in_its_step() -> None:
    many = np.full((3, 60), 1e-4)
    many[:, 1] = (0.9, 1e-5, 0.9)
    many[1, 20:50] = 0.03
    told = np.log(many / many.sum(axis=1, keepdims=True)).astype(np.float32)
    symbols = ("", *map(chr, range(65, 124)))
    assert read_beam(told, symbols, 60).text[0] == "A"


@given(st.integers(0, 10_000), st.lists(st.integers(1, 3), max_size=4))
def test_the_best_path_of_a_text_says_the_text_and_no_other_is_likelier(seed: int, ids: list[int]) -> None:
    told = random_logs(seed, 2 * len(ids) + 1)
    path = best_path(told, ids)
    assert [int(place) // 2 for place in path] == sorted(int(place) // 2 for place in path)
    labels = [0] * (2 * len(ids) + 1)
    labels[1::2] = ids
    walked = [labels[place] for place in path]
    assert [symbol for symbol, _ in itertools.groupby(walked) if symbol] == ids
    assert sum(told[step, symbol] for step, symbol in enumerate(walked)) <= ctc_log_likelihood(told, ids) + 1e-4


# Words


@pytest.mark.parametrize("decoder", ["ctc", "slots"])
def test_the_likeliest_word_is_read_though_another_text_is_likelier(decoder: str) -> None:
    told = logs((0.1, 0.5, 0.4), (0.1, 0.3, 0.6), (0.9, 0.05, 0.05))
    assert read_lexicon(told, ("ab", "ba"), CHARSET, decoder).text == "ab"
    assert read_lexicon(told, ("ba", "b"), CHARSET, decoder).text == ("b" if decoder == "ctc" else "ba")


def test_a_word_is_as_sure_as_its_share_among_the_words() -> None:
    found = likeliest(("ab", "b"), [math.log(0.3), math.log(0.1)])
    assert found.text == "ab"
    assert math.prod(symbol.confidence for symbol in found.symbols) == pytest.approx(0.75)
    assert found.confidence == pytest.approx(math.sqrt(0.75))


@pytest.mark.parametrize("words", [(), ("z",), ("abababab",)])
def test_where_no_word_is_possible_nothing_is_read(words: tuple[str, ...]) -> None:
    found = read_lexicon(random_logs(1, 4), words, CHARSET)
    assert (found.text, found.confidence, found.symbols) == ("", 0.0, ())


def test_of_a_long_list_the_words_nearest_to_the_reading_are_weighed() -> None:
    words = [f"{first}{second}{third}" for first, second, third in itertools.product("abcdef", repeat=3)]
    assert nearest(words, ["abc"], 4) == ["aac", "aba", "abb", "abc"]
    assert nearest(words, ["fff"], 500) == words


@pytest.fixture(scope="module")
def listed(bundle: Bundle) -> Bundle:
    """The published networks for a label that may have three texts only."""
    words = ("TOTAL DUE", "TOTAL TAX", "SUBTOTAL")
    spec = bundle.spec.model_copy(update={"labels": (BundleLabel(name="sign", words=words),)})
    return Bundle(bundle.folder, spec, threads=1)


@pytest.mark.parametrize(
    ("shown", "read"),
    [("TOTAL TAX", "TOTAL TAX"), ("TOTAL\nDUE", "TOTAL DUE"), ("SUBT0TAL", "SUBTOTAL"), ("TOTAL TAK", "TOTAL TAX")],
)
def test_a_label_with_words_answers_words_alone(listed: Bundle, bundle: Bundle, shown: str, read: str) -> None:
    for found in listed.predict(sign(shown)[0]):
        assert found.text in listed.words["sign"]
        assert 0.3 < found.confidence <= 1
        assert "".join(symbol for symbol, _ in found.characters) == found.text
    crops = [crop_of(shown), crop_of("KL 55")]
    assert [one.text for one in listed.read(crops, ["sign", "other"])] == [read, "KL 55"]
    assert listed.read(crops)[0].text == bundle.read(crops)[0].text, "without a label, any text"


def test_a_reading_between_two_words_is_unsure(listed: Bundle) -> None:
    (sure,), (unsure,) = (listed.predict(sign(shown)[0]) for shown in ("TOTAL TAX", "TOTAL"))
    assert unsure.confidence < sure.confidence


def test_words_are_measured_as_they_are_served(listed: Bundle, tmp_path: Path) -> None:
    picture, box = sign("SUBT0TAL", size=(480, 320), at=(60, 80))
    picture.save(tmp_path / "a.png")
    region = ManifestRegion(label="sign", quad=quad(box), text="SUBTOTAL")
    found = evaluate(listed, [ManifestImage(image="a.png", split="test", regions=(region,))], tmp_path)
    assert found.overall.reading.exact.right == found.overall.end_to_end.exact.right == 1


def test_a_bundle_reads_by_a_beam_what_it_reads_without(bundle: Bundle) -> None:
    wide = Bundle(bundle.folder, bundle.spec, threads=1, beam=5)
    crops = [crop_of(text) for text in ("KL 55 R 2473", "MH 20")]
    assert [one.text for one in wide.read(crops)] == [one.text for one in bundle.read(crops)]
    assert wide.predict(Image.new("RGB", (64, 64), "white")) == []
