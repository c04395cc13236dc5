"""What is compared: a bundle of this project, and RapidOCR's PP-OCRv6, the best general reader, untrained."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from training.engine.crops import Picture
from training.engine.geometry import QuadLike, bounding_box, box_quad, order_corners
from training.engine.predict import Bundle

CAPPED_SIDE = 736
"""Pixels of the longer side at which RapidOCR's detector finds nearly as much as by default, in a third of the time."""
SHARED_WIDTH = 0.5  # of the narrower of two lines that stand one above the other
ROW_DISTANCE = (0.5, 2.0)  # of their mean height, between their middles


@dataclass(frozen=True)
class Answer:
    """A text found at `quad`; `label` None: the system cannot say which field it is."""

    quad: QuadLike
    text: str
    label: str | None = None


class System(Protocol):
    @property
    def name(self) -> str: ...

    def photo(self, picture: Picture) -> list[Answer]:
        """All texts found on a whole picture."""

    def region(self, crop: Picture) -> str:
        """The text of a region cut out."""


class Ours:
    name = "this model"

    def __init__(self, bundle: Path, threads: int) -> None:
        self.bundle = Bundle.load(bundle, threads)

    def photo(self, picture: Picture) -> list[Answer]:
        return [Answer(found.quad, found.text, found.label) for found in self.bundle.predict(picture)]

    def region(self, crop: Picture) -> str:
        """As a region of the bundle's label; of one with several labels, as any text."""
        names = self.bundle.spec.label_names
        return self.bundle.read([crop], names if len(names) == 1 else None)[0].text


class Rapid:
    """RapidOCR: any line may be the field; in a crop, all lines are joined.

    `capped`: the detector sees a longer side of at most `CAPPED_SIDE` pixels. `joined`: two lines that stand one above
    the other are also given as one answer, so that any line or pair may be the field: what a user would have to write.
    """

    title = "RapidOCR, PP-OCRv6 small"

    def __init__(self, threads: int, *, capped: bool = False, joined: bool = False) -> None:
        from rapidocr import RapidOCR

        parameters: dict[str, Any] = {
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        if capped:
            parameters |= {"Det.limit_side_len": CAPPED_SIDE, "Det.limit_type": "max"}
        self.name = self.title
        self.name += f", side at most {CAPPED_SIDE}" if capped else ""
        self.name += ", stacked lines joined by hand" if joined else ""
        self.joined = joined
        self.engine = RapidOCR(params=parameters)

    def photo(self, picture: Picture) -> list[Answer]:
        lines = self._lines(picture)
        return lines + stacked_pairs(lines) if self.joined else lines

    def region(self, crop: Picture) -> str:
        # It misses text that touches the edge; a border is what serves it best.
        edge = crop.shape[0] // 2
        framed = cv2.copyMakeBorder(crop, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        return " ".join(line.text for line in self._lines(np.asarray(framed, dtype=np.uint8)))

    def line(self, crop: Picture) -> str:
        """The crop read as one line, without looking for lines in it."""
        answer = self.engine(_bgr(crop), use_det=False, use_cls=False, use_rec=True)
        return " ".join(answer.txts or ())

    def _lines(self, picture: Picture) -> list[Answer]:
        answer = self.engine(_bgr(picture))
        if answer.boxes is None:
            return []
        return [Answer(order_corners(box), text) for box, text in zip(answer.boxes, answer.txts, strict=True)]


def _bgr(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, :, ::-1])


def stacked_pairs(lines: Sequence[Answer]) -> list[Answer]:
    """Each two lines that stand one above the other as one answer: the box around both, the upper text first."""
    return [
        Answer(_around(upper.quad, lower.quad), f"{upper.text} {lower.text}")
        for upper in lines
        for lower in lines
        if upper is not lower and _stands_on(upper.quad, lower.quad)
    ]


def _stands_on(upper: QuadLike, lower: QuadLike) -> bool:
    one, two = bounding_box(upper), bounding_box(lower)
    shared = min(one[2], two[2]) - max(one[0], two[0])
    height = (one[3] - one[1] + two[3] - two[1]) / 2
    distance = (two[1] + two[3] - one[1] - one[3]) / 2
    beside = shared >= SHARED_WIDTH * min(one[2] - one[0], two[2] - two[0])
    return beside and ROW_DISTANCE[0] * height <= distance <= ROW_DISTANCE[1] * height


def _around(one: QuadLike, two: QuadLike) -> QuadLike:
    return box_quad(*bounding_box(np.concatenate([np.asarray(one), np.asarray(two)])))
