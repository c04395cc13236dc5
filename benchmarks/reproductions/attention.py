"""Attention OCR on two rows of drawn letters: what coordinates are good for, and what reading in columns cannot do.

    python benchmarks/reproductions/attention.py [--seeds 3] [--steps 400] [--words 300] [--results FOLDER]
    python benchmarks/reproductions/attention.py --pictures [--steps 400]

Claims of Wojna 2017 (arxiv.org/abs/1704.03549, section 5): attention with coordinates beats attention without, and
attention reads text that stands in several rows, which a reader of columns (CNN, two-way LSTM, CTC: Shi 2015) does not.
All three stand on the same convolutions and see the same words, from nothing. A claim counts as reproduced where the
better network is better with every seed and the 95 % intervals of all seeds together lie apart.

The table is kept in benchmarks/results/reproductions/attention.md and .json. With --pictures only the first network of
the first seed is taught, and where it looks in tested words is drawn into docs/pictures/networks/attention-N.png.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import keras
from PIL import Image

from benchmarks import measuring
from benchmarks.reproductions import words
from benchmarks.reproductions.words import Build, Kind, Score
from training.engine import drawings
from training.engine.decode import log_softmax, read_slots
from training.engine.recipe import Recipe
from training.engine.zoo import attention
from training.engine.zoo.form import Form
from training.engine.zoo.losses import ctc_unlikelihood
from training.engine.zoo.reader import Options, Reader, plain
from training.engine.zoo.tower import features

KIND = Kind(rows=2, least=1, most=2, size=(32, 48))
STEPS = 400
COLUMN_UNITS = 128
PICTURES = measuring.ROOT / "docs" / "pictures" / "networks"
DRAWN = 3
WITH, WITHOUT, COLUMNS = "attention with coordinates", "attention without", "columns, two-way LSTM, CTC"


def attentive(coordinates: bool) -> Build:
    def build(symbols: Sequence[str], seed: int) -> Reader:
        options = Options(length=KIND.longest + 1, size=KIND.size, seed=seed)
        return attention.reader(symbols, options, coordinates=coordinates)

    return build


def columns(symbols: Sequence[str], seed: int) -> Reader:
    """CRNN's decoder on the same convolutions: the cells above each other are one step."""
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((*KIND.size, 3), name="pixels")
    cells = features(pixels, Options(seed=seed))
    height, width, depth = cells.shape[1:]
    steps = keras.layers.Reshape((width, height * depth))(keras.layers.Permute((2, 1, 3))(cells))
    both = keras.layers.Bidirectional(keras.layers.LSTM(COLUMN_UNITS, return_sequences=True))(steps)
    logits = keras.layers.Dense(len(symbols), name="logits")(both)
    form, recipe = Form(height=KIND.size[0]), Recipe(epochs=1, batch=1, rate=1.0, head_rate=1.0)
    return plain(keras.Model(pixels, logits), form, recipe, (), ctc_unlikelihood)


NETWORKS: dict[str, Build] = {WITH: attentive(True), WITHOUT: attentive(False), COLUMNS: columns}


def main() -> None:
    chosen = words.asked(__doc__, STEPS, pictures=True)
    if chosen.pictures:
        draw(words.taught(NETWORKS[WITH], KIND, chosen, 0)[0])
        return
    scores: dict[str, list[Score]] = {name: [] for name in NETWORKS}
    for seed in range(chosen.seeds):
        for name, build in NETWORKS.items():
            print(name, end=", ", flush=True)
            scores[name].append(words.taught(build, KIND, chosen, seed)[1])
            keras.backend.clear_session()
        measuring.keep(
            chosen.results / "reproductions", "attention", told(scores, chosen.steps), words.numbers(scores, chosen)
        )


def draw(reader: Reader) -> None:
    """Where the reader looked in the first of the tested words, as PNG files."""
    look = reader.look
    if look is None:
        raise SystemExit("This reader does not tell where it looks.")
    known = words.charset()
    PICTURES.mkdir(parents=True, exist_ok=True)
    drawn = words.words(KIND, (0, 2), tested=True)
    for number in range(1, DRAWN + 1):
        pixels = words.batch([next(drawn)], known)[0]
        maps, logits = (keras.ops.convert_to_numpy(of(pixels, training=False))[0] for of in (look, reader.model))
        picture = drawings.draw("attention", pixels[0], maps, read_slots(log_softmax(logits), known.symbols))
        Image.fromarray(picture).save(PICTURES / f"attention-{number}.png", optimize=True)


def told(scores: dict[str, list[Score]], steps: int) -> str:
    return f"""# Two rows of drawn letters, read from nothing

Two rows of one or two letters out of {len(words.LETTERS)}, anywhere in {KIND.size[0]} × {KIND.size[1]} pixels; words
that were never learned; {steps} steps of {words.BATCH} words; the same convolutions under all three.

{words.table(scores)}
* Attention with coordinates beats attention without: **{words.beats(scores[WITH], scores[WITHOUT])}**.
* Attention with coordinates beats a reader of columns on two rows: **{words.beats(scores[WITH], scores[COLUMNS])}**.
"""


if __name__ == "__main__":
    main()
