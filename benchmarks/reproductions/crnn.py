"""CRNN on drawn words: it reads words that it never learned.

    python benchmarks/reproductions/crnn.py [--seeds 3] [--steps 400] [--words 300] [--results FOLDER]

Claim of Shi 2015 (arxiv.org/abs/1507.05717, section 1): a network that is taught whole words, without being told where
their letters lie, reads any combination of them, not those of a lexicon alone. It counts as reproduced where the lower
end of the 95 % interval lies above one half with every seed: guessing reads next to nothing.

The table is kept in benchmarks/results/reproductions/crnn.md and .json.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import keras

from benchmarks import measuring
from benchmarks.reproductions import words
from benchmarks.reproductions.words import Kind, Score
from training.engine.zoo import crnn
from training.engine.zoo.reader import Options, Reader

KIND = Kind(rows=1, least=2, most=4, size=(32, 48))
STEPS = 400
NAME = "CRNN"
ENOUGH = 0.5


def build(symbols: Sequence[str], seed: int) -> Reader:
    return crnn.reader(symbols, Options(seed=seed))


def main() -> None:
    chosen = words.asked(__doc__, STEPS)
    found: list[Score] = []
    for seed in range(chosen.seeds):
        found.append(words.taught(build, KIND, chosen, seed)[1])
        keras.backend.clear_session()
        measuring.keep(
            chosen.results / "reproductions", "crnn", told(found, chosen.steps), words.numbers({NAME: found}, chosen)
        )


def told(found: list[Score], steps: int) -> str:
    verdict = "reproduced" if all(one.interval[0] > ENOUGH for one in found) else "not reproduced"
    return f"""# Drawn words that were never learned

Two to four letters out of {len(words.LETTERS)}, in {KIND.size[0]} × {KIND.size[1]} pixels; four words in five are for
learning, these are the others; {steps} steps of {words.BATCH} words, from nothing.

{words.table({NAME: found})}
* CRNN reads combinations it never saw: **{verdict}**.
"""


if __name__ == "__main__":
    main()
