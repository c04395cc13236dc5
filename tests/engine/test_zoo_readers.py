"""Every registered reader goes the whole way, by the same code: built, taught, stored, exported, asked."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from training.engine import device, export, reader_training, readers, zoo
from training.engine.bundle import BundleLabel, BundleSpec, FinderPart, ReaderPart, RowChoice
from training.engine.charset import Charset
from training.engine.lines import LINES_FILE, copy_published
from training.engine.predict import Bundle
from training.engine.reader_training import HeldOut, Line, ReaderData
from training.engine.recipe import Recipe
from training.engine.trainer import Trainer
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Options, Reader

from .drawn import crop_of

READERS = [network.name for network in zoo.NETWORKS.values() if network.part == "reader"]
WORDS = ("KL 55", "A7", "ZEBRA", "9", "MH 12 DE", "10:45", "B-3", "TAXI")
SYMBOLS = "ABDEHIKLMRTXZ013245796:- "
STEPS = 400
"""At most, to learn eight words by heart from nothing."""


def texts_for(form: Form) -> Sequence[str]:
    """Words, or single characters for readers that say no more."""
    return tuple("A7KZ93MB") if form.most == 1 else WORDS


def built(name: str, **options: object) -> tuple[Reader, ReaderData]:
    """The reader with eight drawn words to learn, which are those it is judged by too."""
    charset = Charset.of([SYMBOLS])
    longest = max(map(len, WORDS))
    reader = zoo.network(name, "reader").reader(charset.symbols, Options(length=readers.slots(longest), **options))  # type: ignore[arg-type]
    lines = [Line(crop_of(text), text) for text in texts_for(reader.form)]
    return reader, ReaderData(charset, reader.form, lines, lines, reader.noise)


def trainer_of(reader: Reader, steps: int, rate: float | None = None) -> Trainer:
    recipe = reader.recipe
    if rate is not None:
        recipe = Recipe(1, 8, rate, rate, average=0.5, frozen=recipe.frozen, clip=recipe.clip)
    loss, shapes = reader_training.loss_of(reader), reader_training.shapes(reader.form)
    return Trainer(reader.model, loss, reader.heads, recipe, steps, device.choose("float32"), shapes=shapes)


def batch_of(data: ReaderData, seed: int = 0) -> tuple[NDArray[np.float32], ...]:
    arrays = reader_training.together(data.learn, data.charset, data.form)
    noise = np.random.default_rng(seed).standard_normal((len(data.learn), data.noise)).astype(np.float32)
    return *arrays, noise


@pytest.fixture(params=READERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_is_as_large_as_registered(name: str) -> None:
    network = zoo.network(name, "reader")
    symbols = ("", *map(chr, range(33, 132)))
    options = Options(length=16, tower=network.towers[0] if network.towers else "own")
    assert network.reader(symbols, options).model.count_params() == network.parameters


def test_it_answers_logits_of_every_symbol_at_every_step(name: str) -> None:
    reader, data = built(name)
    pixels = batch_of(data)[0]
    logits = reader.model(pixels, training=False)
    steps = logits.shape[1] if reader.form.whole else pixels.shape[2] // reader.form.shrink
    assert tuple(logits.shape) == (len(pixels), steps, len(data.charset))
    assert reader.form.whole <= (reader.form.most == 0 or logits.shape[1] >= reader.form.most)


def test_its_weights_can_be_stored_and_put_back(name: str) -> None:
    reader, data = built(name)
    other, _ = built(name, seed=1, pretrained_start=False)
    other.model.set_weights(reader.model.get_weights())
    pixels = batch_of(data)[0]
    one, two = (keras.ops.convert_to_numpy(each.model(pixels, training=False)) for each in (reader, other))
    assert np.abs(one - two).max() < 1e-5


def test_a_few_steps_lower_its_loss(name: str) -> None:
    reader, data = built(name)
    before = HeldOut(reader, data).score(lambda: None).loss
    trainer = trainer_of(reader, 12, rate=None if reader.recipe.frozen else 3e-4)
    for number in range(12):
        trainer.step(batch_of(data, number))
    with trainer.averaged():
        after = HeldOut(reader, data).score(lambda: None).loss
    assert after < before


@pytest.mark.slow
def test_it_learns_eight_words_by_heart_and_reads_them_after_export(name: str, tmp_path: Path) -> None:
    reader, data = built(name)
    trainer = trainer_of(reader, STEPS, rate=1e-3)
    measure = HeldOut(reader, data)
    for number in range(STEPS):
        trainer.step(batch_of(data, number))
        if number % 20 == 19:
            with trainer.averaged():
                if measure.score(lambda: None).exact == 1.0:
                    break
    with trainer.averaged() as model:
        assert measure.score(lambda: None).exact == 1.0, "eight words are few enough to know by heart"
        pixels = [reader_training.together([line], data.charset, data.form)[0] for line in data.learn]
        assert export.to_onnx(model, tmp_path / "reader.onnx", pixels) <= export.TOLERANCE
        size = (tmp_path / "reader.onnx").stat().st_size
        assert size < 5 * model.count_params() + 1_000_000, "each weight is there once"
    bundle = bundle_of(tmp_path, reader, data)
    assert [one.text for one in bundle.read([line.strip for line in data.learn])] == list(texts_for(reader.form))


def bundle_of(folder: Path, reader: Reader, data: ReaderData) -> Bundle:
    """The exported reader behind the published line finder."""
    copy_published(folder)
    form = reader.form
    part = ReaderPart(
        decoder=form.decoder,
        whole=form.whole,
        height=form.height,
        min_width=form.min_width,
        max_width=form.max_width,
        rows=RowChoice(wide_from=0.0, sure=0.0),  # the words were learned as whole crops, not as cut by a line finder
    )
    (folder / "labeller.npz").unlink(missing_ok=True)
    spec = BundleSpec(
        project="Signs",
        labels=(BundleLabel(name="sign"),),
        charset=data.charset.symbols,
        finder=FinderPart(kind="lines", file=LINES_FILE, side=320, thresholds=(0.5,), unclip=(1.6,)),
        reader=part,
    )
    return Bundle(folder, spec, threads=1)
