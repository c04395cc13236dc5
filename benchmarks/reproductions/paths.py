"""Pictures of where a reader looked: its glimpses as numbered squares on the canvas."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.measuring import ROOT
from benchmarks.reproductions.digits import SYMBOLS, Drawn, Random, batch
from training.engine.crops import Picture
from training.engine.decode import read_slots
from training.engine.zoo.reader import Reader

FOLDER = ROOT / "docs" / "pictures" / "networks"
SHOWN = 8
ZOOM = 4
GAP = 8
FIRST, LAST = np.array([255, 210, 60]), np.array([235, 60, 60])
"""Colours of the first glimpse and the last."""


def save(reader: Reader, draw: Callable[[Random], Drawn], path: Path) -> None:
    """Eight canvases in two rows, with the path of the glimpses; below each what was read."""
    random = np.random.default_rng(5)
    some = [draw(random) for _ in range(SHOWN)]
    pixels = batch(some)[0]
    looks, logits = (np.asarray(model(pixels)) for model in (reader.look, reader.model) if model is not None)
    read = [read_slots(one, SYMBOLS).text for one in logits]
    panels = [panel(one.canvas, look, text) for one, look, text in zip(some, looks, read, strict=True)]
    half = SHOWN // 2
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [np.concatenate(panels[start : start + half], axis=1) for start in (0, half)]
    cv2.imwrite(str(path), np.concatenate(rows, axis=0)[..., ::-1])


def panel(canvas: np.ndarray, looks: np.ndarray, text: str) -> Picture:
    """uint8 RGB: the canvas enlarged, looks [N, 3] on it, the text below, white around."""
    height, width = canvas.shape[0] * ZOOM, canvas.shape[1] * ZOOM
    large = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_NEAREST)
    shown = np.repeat(np.clip(large, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    middles = [((y + 1) * height / 2, (x + 1) * width / 2, side * height / 2) for y, x, side in looks]
    for number, (y, x, half) in enumerate(middles):
        share = number / max(1, len(middles) - 1)
        colour = tuple(int(c) for c in FIRST + share * (LAST - FIRST))
        at = (round(x), round(y))
        cv2.rectangle(shown, (round(x - half), round(y - half)), (round(x + half), round(y + half)), colour, 1)
        cv2.putText(shown, str(number + 1), at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
        if number:
            before = middles[number - 1]
            cv2.line(shown, (round(before[1]), round(before[0])), at, colour, 1, cv2.LINE_AA)
    framed = np.full((height + 4 * GAP, width + GAP, 3), 255, np.uint8)
    framed[:height, :width] = shown
    cv2.putText(framed, text, (4, height + 3 * GAP), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (40, 40, 40), 2, cv2.LINE_AA)
    return framed
