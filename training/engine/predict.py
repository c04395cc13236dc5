"""A bundle that answers: find the regions of a picture, read them. NumPy, OpenCV, ONNX Runtime, no training library."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from training.engine import stacked
from training.engine.bundle import BundleError, BundleSpec
from training.engine.charset import Charset
from training.engine.confidence import Curve
from training.engine.crops import FinderInput, Picture, Pixels, cut, fit, fit_image, fitted_width, padded_width
from training.engine.decode import DECODERS, Logits, Reading, Symbol, log_softmax, strip_reading
from training.engine.geometry import Points, area, box_quad, clip_to_image
from training.engine.labeller import Labeller
from training.engine.lines import LineFinder
from training.engine.outlines import regions
from training.engine.pages import PageReader, Seen, pick_fields
from training.engine.pictures import picture_of
from training.engine.rows import read_crops, read_word
from training.engine.search import read_beam, read_lexicon, read_worded
from training.engine.sessions import open_session
from training.engine.wording import Wording

BATCH = 8  # strips a call; more saves nothing on a processor and costs memory
FAINT = 0.4
"""What a map shows less clearly is nothing, even where something must be."""


@dataclass(frozen=True, slots=True)
class Found:
    """One region read. `quad`: four x, y in pixels of the upright picture, clockwise from the text's top left.

    `confidence` (0 to 1) is how likely the text is exactly right if this is a region, `finder_score` how much there
    looks like one of this label, `characters` each with its own confidence. `doubtful`: the score is below the
    threshold, and the region is given because every training picture holds one.
    """

    label: str
    quad: tuple[tuple[float, float], ...]
    text: str
    confidence: float
    finder_score: float
    characters: tuple[tuple[str, float], ...]
    doubtful: bool = False

    def as_dict(self) -> dict[str, object]:
        return {
            "label": self.label,
            "quad": [list(corner) for corner in self.quad],
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "finder_score": round(self.finder_score, 4),
            "characters": [[symbol, round(confidence, 4)] for symbol, confidence in self.characters],
            "doubtful": self.doubtful,
        }


@dataclass(frozen=True, slots=True)
class Region:
    """A field found; `reading` is there already where all lines had to be read to find it."""

    label: str
    quad: Points
    score: float
    reading: Reading | None = None


Told = tuple[Region, Reading]
"""A field and what it says."""


class Bundle:
    """Its warm sessions and what bundle.json says. All methods may be called from several threads at once."""

    def __init__(self, folder: Path, spec: BundleSpec, threads: int | None, beam: int = 1) -> None:
        self.folder = folder
        self.spec = spec
        self.beam = beam
        self.words = {label.name: label.words for label in spec.labels}
        self._wordings = {label.name: Wording(label.shapes) for label in spec.labels if label.shapes}
        self._separators = {label.name: label.separator for label in spec.labels if label.separator is not None}
        self._charset = Charset(spec.charset)
        self._joined = {name for name, joined in zip(self.words, spec.finder.joined, strict=False) if joined}
        self.curve = Curve(*spec.sureness)
        self._maps = open_session(folder / spec.finder.file, threads) if spec.finder.kind == "maps" else None
        self._lines = LineFinder.load(folder / spec.lines.file, threads)
        self._reader = open_session(folder / spec.reader.file, threads)
        self.pages = PageReader(self._lines, self.logits, self.decode)

    @cached_property
    def labeller(self) -> Labeller:
        return Labeller.load(self.folder)

    @classmethod
    def load(
        cls, folder: Path | str, threads: int | None = None, beam: int = 1, names: Mapping[str, str] | None = None
    ) -> "Bundle":
        """Opens a bundle folder; `threads` a network (None: as many as the machine has cores). Raises EngineError.

        A reader with CTC keeps the `beam` likeliest beginnings of a text; 1 follows the best path alone. `names`: what
        labels are called now, by their ids.
        """
        spec = BundleSpec.load(Path(folder))
        bundle = cls(Path(folder), spec.called(names) if names else spec, threads, beam)
        bundle.warm()
        return bundle

    def warm(self) -> None:
        """One small call of each trained network: the first question is not the slow one, and faults show now."""
        grey = np.full((64, 64, 3), 128, dtype=np.uint8)
        known_labels = self._known_labels(grey)
        if known_labels != len(self.spec.labels):
            raise BundleError(f"{self.folder}: the finder knows {known_labels} labels, not {len(self.spec.labels)}.")
        read, known = self.logits([grey])[0].shape[1], len(self.spec.charset)
        if read != known:
            raise BundleError(f"{self.folder}: the reader knows {read} symbols, the charset {known}.")

    def _known_labels(self, picture: Picture) -> int:
        if self.spec.finder.kind == "whole":
            return 1
        return self.maps(fit_image(picture, 64)).shape[2] if self._maps else len(self.labeller.labels)

    def maps(self, fitted: FinderInput) -> Logits:
        """The finder's probabilities for a fitted picture, float32[h, w, L]."""
        if self._maps is None:
            raise BundleError(f"{self.folder}: this bundle finds fields without maps.")
        answer: Logits = self._maps.run(["maps"], {"pixels": fitted.pixels[None]})[0][0]
        return answer

    def logits(self, crops: Sequence[Picture]) -> list[Logits]:
        """The reader's raw answer for each crop read as one row, float32[T, C].

        Only strips of equal width share a batch, so a crop's answer never depends on its company.
        """
        part = self.spec.reader
        strips = [padded_width(fitted_width(crop, part.height, part.max_width), part.min_width) for crop in crops]
        by_width: dict[int, list[int]] = defaultdict(list)
        for place, width in enumerate(strips):
            by_width[width].append(place)
        answers: dict[int, Logits] = {}
        for width, places in by_width.items():
            for start in range(0, len(places), BATCH):
                some = places[start : start + BATCH]
                batch = np.stack([self._fit(crops[place], width) for place in some])
                answers.update(zip(some, self._reader.run(["logits"], {"pixels": batch})[0], strict=True))
        return [answers[place] for place in range(len(crops))]

    def _fit(self, crop: Picture, width: int) -> Pixels:
        part = self.spec.reader
        return fit(crop, part.height, width, part.max_width, boxed=part.whole, views=part.views)

    def decode(self, logits: Logits) -> Reading:
        """What float32[T, C] logits of one row, or of a whole region, say."""
        decoder, logs = self.spec.reader.decoder, log_softmax(logits, self.spec.temperature)
        if self.beam > 1 and decoder == "ctc":
            return strip_reading(read_beam(logs, self.spec.charset, self.beam))
        return strip_reading(DECODERS[decoder].read(logs, self.spec.charset))

    def read(self, crops: Sequence[Picture], labels: Sequence[str] | None = None) -> list[Reading]:
        """The text of each crop (uint8[h, w, 3], one region, its rows and all).

        With `labels`, one a crop, those whose label has a list of words say one of them, or nothing; others are read
        with an eye to how the texts of their label are built.
        """
        listed = [self.words.get(label, ()) for label in labels] if labels is not None else [()] * len(crops)
        unlisted = [place for place, words in enumerate(listed) if not words]
        unlisted_labels = [labels[place] if labels is not None else "" for place in unlisted]
        free = iter(self._read_freely([crops[place] for place in unlisted], unlisted_labels))
        return [
            self._read_word(crop, words) if words else next(free) for crop, words in zip(crops, listed, strict=True)
        ]

    def _read_freely(self, crops: Sequence[Picture], labels: Sequence[str]) -> list[Reading]:
        if self.spec.reader.whole:
            return [self.decode(logits) for logits in self.logits(crops)]
        separators = [self._separators.get(label, self.spec.reader.row_separator) for label in labels]
        found: dict[int, Reading] = {}
        for separator in dict.fromkeys(separators):
            places = [place for place, each in enumerate(separators) if each == separator]
            read = self._read_rows([crops[place] for place in places], [labels[place] for place in places], separator)
            found |= zip(places, read, strict=True)
        return [found[place] for place in range(len(crops))]

    def _read_rows(self, crops: Sequence[Picture], labels: Sequence[str], separator: str) -> list[Reading]:
        def reword(place: int, rows: Sequence[Logits], reading: Reading) -> Reading:
            return self._reworded(self._wordings.get(labels[place]), rows, reading, separator)

        choice = self.spec.reader.rows
        return read_crops(crops, self._lines, self.logits, self.decode, choice, separator, reword)

    def _reworded(
        self, wording: Wording | None, rows: Sequence[Logits], reading: Reading, separator: str = " "
    ) -> Reading:
        """What rows of logits say once it counts how texts of the label are built."""
        part = self.spec.reader
        if wording is None or not reading.text or part.decoder != "ctc":
            return reading
        logs = [log_softmax(logits, self.spec.temperature) for logits in rows]
        return read_worded(reading, logs, wording, self.spec.charset, separator)

    def _read_word(self, crop: Picture, words: Sequence[str]) -> Reading:
        part, temperature = self.spec.reader, self.spec.temperature
        if not part.whole:
            return read_word(crop, self._lines, self.logits, words, self._charset, temperature)
        logs = log_softmax(self.logits([crop])[0], temperature)
        return read_lexicon(logs, words, self._charset, part.decoder)

    def find(self, image: Path | str | Image.Image | Picture) -> list[tuple[str, Points, float]]:
        """Regions as (label, quad in pixels of the upright picture, score), from the top down."""
        return [(region.label, region.quad, region.score) for region in self._find(picture_of(image))]

    def _find(self, picture: Picture) -> list[Region]:
        if self.spec.finder.kind == "whole":
            height, width = picture.shape[:2]
            return [Region(self.spec.label_names[0], box_quad(0, 0, width, height), 1.0)]
        found = self._on_maps(picture) if self._maps else self._among_lines(picture)
        return sorted(found, key=_place)

    def _on_maps(self, picture: Picture) -> list[Region]:
        part = self.spec.finder
        fitted = fit_image(picture, part.side)
        maps = self.maps(fitted)
        height, width = picture.shape[:2]
        # Maps may be coarser than the pixels they answer for.
        finer = np.array([fitted.pixels.shape[1] / maps.shape[1], fitted.pixels.shape[0] / maps.shape[0]])
        found: list[Region] = []
        for index, label in enumerate(self.spec.label_names):
            one = np.ascontiguousarray(maps[:, :, index])
            for quad, score in self._on_map(one, index, label):
                clipped = clip_to_image(fitted.to_image(quad * finer), width, height)
                if area(clipped) >= 1:
                    found.append(Region(label, clipped, score))
        return found

    def _on_map(self, one: Logits, index: int, label: str) -> list[tuple[Points, float]]:
        """Regions of a label in pixels of its map: the sure ones, or the surest where every picture holds more."""
        part = self.spec.finder
        merge = stacked.join if label in self._joined else list
        least = part.least[index] if part.least else 0

        def above(threshold: float) -> list[tuple[Points, float]]:
            return merge(regions(one, part.binarise, threshold, part.unclip[index], part.axis_aligned))

        sure = above(part.thresholds[index])
        return sure if len(sure) >= least else sorted(above(FAINT), key=lambda piece: -piece[1])[:least]

    def _among_lines(self, picture: Picture) -> list[Region]:
        part = self.spec.finder
        page = self.pages.lines(picture, part, self.spec.reader.margin)
        found = pick_fields(page, self.labeller, part)
        return [self._field(self.spec.label_names[one.label], one.score, one.seen) for one in found]

    def _field(self, name: str, score: float, seen: Seen) -> Region:
        # What was read to find the field is no answer where only words are.
        reading = None if self.words[name] else self._reworded(self._wordings.get(name), [seen.logits], seen.reading)
        return Region(name, seen.quad, score, reading)

    def predict(self, image: Path | str | Image.Image | Picture) -> list[Found]:
        """Everything found and read. Paths and Pillow images are turned upright; pixels are taken as they are."""
        picture = picture_of(image)
        told = self._read_regions(picture, self._find(picture))
        if self._maps:
            told = self._by_their_texts(picture, told)
        return [self._told(region, reading) for region, reading in sorted(told, key=_from_the_top)]

    def _told(self, region: Region, reading: Reading) -> Found:
        return Found(
            label=region.label,
            quad=tuple((round(float(x), 2), round(float(y), 2)) for x, y in region.quad),
            text=reading.text,
            confidence=self.curve.at(reading),
            finder_score=region.score,
            characters=tuple(map(_pair, reading.symbols)),
            doubtful=region.score < self.spec.finder.thresholds[self.spec.label_names.index(region.label)],
        )

    def _read_regions(self, picture: Picture, found: Sequence[Region]) -> list[Told]:
        unread = [region for region in found if region.reading is None]
        crops = [cut(picture, region.quad, self.spec.reader.margin) for region in unread]
        read = iter(self.read(crops, [region.label for region in unread]))
        return [(region, region.reading or next(read)) for region in found]

    def _by_their_texts(self, picture: Picture, told: Sequence[Told]) -> list[Told]:
        """The fields as their texts tell them: halves of one as one, and no sign that says HONDA among numbers."""
        kept: list[Told] = []
        for name in self.words:
            some, wording = [one for one in told if one[0].label == name], self._wordings.get(name)
            if wording is not None:
                if name in self._joined:
                    some = self._join_halves(picture, some, wording)
                foreign = wording.foreign([reading.text for _, reading in some])
                some = [one for one, is_foreign in zip(some, foreign, strict=True) if not is_foreign]
            kept += some
        return kept

    def _join_halves(self, picture: Picture, rows: list[Told], wording: Wording) -> list[Told]:
        """Fields of one label; rows of one that were found and read one by one as one region, read anew."""

        def pair() -> tuple[int, int] | None:
            texts = [(region.quad, reading.text) for region, reading in rows]
            return stacked.halves(texts, wording, self.spec.reader.row_separator)

        while places := pair():
            upper, lower = (rows[place][0] for place in places)
            whole = Region(upper.label, stacked.around(upper.quad, lower.quad), max(upper.score, lower.score))
            rest = [one for place, one in enumerate(rows) if place not in places]
            rows = [*rest, *self._read_regions(picture, [whole])]
        return rows


def _place(region: Region) -> tuple[float, float]:
    return float(region.quad[0, 1]), float(region.quad[0, 0])


def _from_the_top(told: Told) -> tuple[float, float]:
    return _place(told[0])


def _pair(symbol: Symbol) -> tuple[str, float]:
    return symbol.symbol, symbol.confidence
