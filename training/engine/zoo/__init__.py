"""Every network the engine can train: one line a network. Importing this loads neither Keras nor TensorFlow."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from training.engine.spec import EngineError

PPOCR, FINDER = "ppocr", "finder"


@dataclass(frozen=True)
class Network:
    """`parameters` counts the default form (a reader of 100 symbols and 16 slots on its usual tower, one label).

    `guidance` tells a person in a sentence or two when to choose it, and what it needs. `towers` it can stand on, the
    usual one first; none where it has convolutions of another kind. `not_as`: formats it cannot be exported to beside
    ONNX, with the reason. `most`: the longest text it reads (0: any).
    """

    name: str
    part: str
    what: str
    paper: str
    parameters: int
    module: str
    guidance: str = ""
    towers: tuple[Literal["own", "pretrained"], ...] = ()
    not_as: tuple[tuple[str, str], ...] = ()
    most: int = 0

    def build(self, *args: Any, **options: Any) -> Any:
        """A finder's Keras model; see the module for its arguments, shapes and dtypes."""
        return import_module(self.module).build(*args, **options)

    def reader(self, symbols: Any, options: Any) -> Any:
        """A `zoo.reader.Reader` of `symbols` (by id, the blank first), built as the `zoo.reader.Options` say."""
        return import_module(self.module).reader(symbols, options)


_ZOO = "training.engine.zoo"
_PAPER = "PP-OCRv6, PaddleOCR (Apache-2.0); SVTR: arxiv.org/abs/2205.00159; DB: arxiv.org/abs/1911.08947"

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network(
            PPOCR,
            "reader",
            "PPLCNetV4, LightSVTR, CTC; reads 50 languages",
            _PAPER,
            3014740,
            f"{_ZOO}.ppocr",
            "The default: it already reads, and learns your print from 25 images on.",
        ),
        Network(
            "crnn",
            "reader",
            "7 convolutions, 2 bidirectional LSTMs, CTC",
            "CRNN, Shi 2015: arxiv.org/abs/1507.05717",
            8752996,
            f"{_ZOO}.crnn",
            "The classic line reader. It starts from nothing, and 200 crops teach it nothing: give it thousands.",
        ),
        Network(
            "attention",
            "reader",
            "convolutions, one-hot coordinates, an LSTM that looks at a place for every character",
            "Attention OCR, Wojna 2017: arxiv.org/abs/1704.03549",
            3723491,
            f"{_ZOO}.attention",
            "Reads several rows at once and shows where it looked for every character. From 200 number plates it "
            "learned, in twenty minutes, to read nearly as many as the default; keep the pretrained tower.",
            ("pretrained", "own"),
        ),
        Network(
            "transformer",
            "reader",
            "convolutions, 2-D positions, encoder and decoder with multi-head attention; one character after the other",
            "Transformer, Vaswani 2017: arxiv.org/abs/1706.03762",
            3999444,
            f"{_ZOO}.transformer",
            "Reads several rows at once and shows where it looked for every character. From 200 number plates it "
            "learned, in twelve minutes, to read nearly as many as the default; keep the pretrained tower.",
            ("pretrained", "own"),
        ),
        Network(
            "stn",
            "rectifier",
            "localisation, grid and sampler before any reader; affine, projective or thin-plate spline",
            "Spatial transformer networks, Jaderberg 2015: arxiv.org/abs/1506.02025",
            71878,
            f"{_ZOO}.stn",
            "Puts crops straight before they are read. Try it where texts are turned, slanted or bent.",
        ),
        Network(
            "ram",
            "reader",
            "6 glimpses at 3 scales, ReLU recurrence, REINFORCE; one symbol",
            "RAM, Mnih 2014: arxiv.org/abs/1406.6247",
            279399,
            f"{_ZOO}.ram",
            "To see how a network learns where to look. It reads single symbols, and starts from nothing: "
            "give it hundreds of crops of each.",
            most=1,
        ),
        Network(
            "dram",
            "reader",
            "2 glimpses a symbol, 2 LSTMs, context, REINFORCE; short texts",
            "DRAM, Ba 2015: arxiv.org/abs/1412.7755",
            566567,
            f"{_ZOO}.dram",
            "To see a network read a short number glimpse by glimpse. It starts from nothing, and 200 crops teach it "
            "nothing: give it thousands.",
        ),
        Network(FINDER, "finder", "PPLCNetV4, RepLKFPN, DB; finds any text", _PAPER, 2453353, f"{_ZOO}.finder"),
    )
}


class UnknownNetwork(EngineError):
    """The specification names a network that is not registered."""


def network(name: str, part: str) -> Network:
    """The registered network; raises UnknownNetwork that lists the ones there are."""
    found = NETWORKS.get(name)
    if found is None or found.part != part:
        known = ", ".join(sorted(n.name for n in NETWORKS.values() if n.part == part))
        raise UnknownNetwork(f"There is no {part} network named {name!r}. Choose one of: {known}.")
    return found
