"""Lines of text inside a region: where its rows are and how they slant.

A region is drawn upright around a text that may slant, and may have two rows. The published PP-OCRv6 detector finds
text lines of any kind; run on the small region alone, at 96 pixels of height, it costs about what one reading costs.
It is used as published: what it knows of text in general is what is wanted here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import onnxruntime

from training.engine.crops import FINDER_STEP, PAD_VALUE, Picture, Pixels, cut
from training.engine.geometry import Points, bounding_box, box_quad, flat_size
from training.engine.outlines import Map, Outline, outlines, regions
from training.engine.sessions import open_session
from training.engine.spec import EngineError

LINES_FILE = "lines.onnx"
PUBLISHED_FILE = "PP-OCRv6_det_small.onnx"

HEIGHT = 96  # pixels; of 64, 96, 128 and 192 the one after which most plates were read exactly
MAX_WIDTH = 640
BORDER = 0.15  # of the height, repeated around: text that touches the edge is found less often
BINARISE = 0.3
LEAST_SCORE = 0.5
UNCLIP = 1.6
LEAST_HEIGHT = 0.5  # of the tallest line; lower ones are slogans and screws
SAME_ROW = 0.5  # of the tallest line's height between two middles


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in pixels of the crop."""

    quad: Points
    score: float


def published_path() -> Path:
    """The detector inside the installed `rapidocr` package. Raises EngineError where it is not installed."""
    package = find_spec("rapidocr")
    path = Path(package.origin).parent / "models" / PUBLISHED_FILE if package and package.origin else None
    if path is None or not path.is_file():
        raise EngineError(f"The published weights {PUBLISHED_FILE} are missing: install the package rapidocr.")
    return path


def copy_published(folder: Path) -> None:
    """Puts the line finder into a bundle."""
    import onnx  # serving needs none of it

    from training.engine import onnx_files

    onnx_files.save(onnx.load(published_path()), folder / LINES_FILE)


class LineFinder:
    """The detector's session; may be used from several threads at once."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    @classmethod
    def load(cls, path: Path, threads: int | None = None) -> "LineFinder":
        return cls(open_session(path, threads))

    @classmethod
    def published(cls, threads: int | None = None) -> "LineFinder":
        """As a bundle will hold it. Raises EngineError where `rapidocr` is not installed."""
        with TemporaryDirectory() as temporary:
            copy_published(Path(temporary))
            return cls.load(Path(temporary) / LINES_FILE, threads)

    def find(self, crop: Picture) -> list[Line]:
        """Lines of the crop uint8[h, w, 3], best first, in its own pixels."""
        pixels, scale, border = _fit_crop(crop)
        found = regions(self._probabilities(pixels), BINARISE, LEAST_SCORE, UNCLIP, axis_aligned=False)
        return [Line((quad - border) / scale, score) for quad, score in found]

    def outlines(self, pixels: Pixels) -> list[Outline]:
        """The middles of all lines in float32[H, W, 3] RGB, sides multiples of 32, in its own pixels, best first."""
        found = outlines(self._probabilities(pixels), BINARISE, axis_aligned=False)
        return [one for one in found if one.score >= LEAST_SCORE]

    def _probabilities(self, pixels: Pixels) -> Map:
        normal = np.ascontiguousarray((pixels[:, :, ::-1] / 127.5 - 1).transpose(2, 0, 1)[None], dtype=np.float32)
        answer: Map = self._session.run(None, {self._input: normal})[0][0, 0]
        return answer


def _fit_crop(crop: Picture) -> tuple[Pixels, Points, int]:
    """Pixels float32[H, W, 3] RGB in multiples of 32, their scale (x, y) and the border put around the crop."""
    height, width = crop.shape[:2]
    scale = min(HEIGHT / height, MAX_WIDTH / width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(crop, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    border = round(BORDER * high)
    framed = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
    rows, columns = (-(-side // FINDER_STEP) * FINDER_STEP for side in framed.shape[:2])
    pixels = np.full((rows, columns, 3), PAD_VALUE, dtype=np.float32)
    pixels[: framed.shape[0], : framed.shape[1]] = framed
    return pixels, np.array([wide / width, high / height]), border


def rows_of(lines: Sequence[Line]) -> list[Points]:
    """One quad a row, from the top down seen along the lines' own slant; much lower print is dropped.

    Pieces of a row become one quad, so that the reader sees the gaps between them.
    """
    if not lines:
        return []
    heights = [flat_size(line.quad)[1] for line in lines]
    tallest = max(heights)
    quads = [line.quad for line, height in zip(lines, heights, strict=True) if height >= LEAST_HEIGHT * tallest]
    along = _direction(quads)
    turned = np.stack([along, np.array([-along[1], along[0]])], axis=1)
    rows: list[list[Points]] = []
    first = -np.inf
    for quad in sorted((q @ turned for q in quads), key=lambda q: float(q[:, 1].mean())):
        middle = float(quad[:, 1].mean())
        if middle - first < SAME_ROW * tallest:
            rows[-1].append(quad)
        else:
            rows.append([quad])
            first = middle
    return [
        box_quad(*bounding_box(np.concatenate(row))) @ turned.T if len(row) > 1 else row[0] @ turned.T for row in rows
    ]


def _direction(quads: Sequence[Points]) -> Points:
    """The unit vector along the text, longer lines counting more."""
    along = np.sum([(quad[1] - quad[0]) + (quad[2] - quad[3]) for quad in quads], axis=0)
    length = float(np.linalg.norm(along))
    return along / length if length > 0 else np.array([1.0, 0.0])


def strips(crop: Picture, rows: Sequence[Points]) -> list[Picture]:
    """Each row, rectified."""
    return [cut(crop, quad, margin=0.0) for quad in rows]
