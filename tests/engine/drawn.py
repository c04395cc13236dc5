"""Pictures with text drawn by Pillow, and the run folders made of them."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.engine.crops import Picture
from training.engine.manifest import ManifestImage, ManifestRegion, Quad, Split, write_manifest
from training.engine.spec import LabelSpec, TrainSpec

Box = tuple[int, int, int, int]


def quad(box: Box) -> Quad:
    left, top, right, bottom = map(float, box)
    return (left, top), (right, top), (right, bottom), (left, bottom)


def sign(
    text: str, size: tuple[int, int] = (640, 480), at: tuple[int, int] = (150, 180), letter: int = 44
) -> tuple[Image.Image, Box]:
    """A grey picture with a white sign that says `text` (line feeds part rows), and the box of the sign."""
    picture = Image.new("RGB", size, (120, 140, 130))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(letter)
    _, _, right, bottom = draw.multiline_textbbox((at[0] + 18, at[1] + 10), text, font=font)
    box = (at[0], at[1], round(right) + 18, round(bottom) + 14)
    draw.rectangle(box, fill="white")
    draw.multiline_text((at[0] + 18, at[1] + 10), text, fill="black", font=font)
    return picture, box


def crop_of(text: str, degrees: float = 0.0, letter: int = 44) -> Picture:
    """The pixels of a sign alone, turned by some degrees inside its upright box."""
    picture, box = sign(text, letter=letter)
    alone = picture.crop(box).rotate(degrees, expand=True, fillcolor=(120, 140, 130), resample=Image.Resampling.BICUBIC)
    return np.asarray(alone)


def run_folder(folder: Path, signs: list[tuple[str, Split]], label: str = "sign") -> TrainSpec:
    """A run folder with one image a sign."""
    (folder / "images").mkdir(parents=True)
    images = []
    for number, (text, split) in enumerate(signs):
        picture, box = sign(text, at=(40 + 13 * number, 60 + 11 * number))
        picture.save(folder / "images" / f"{number}.png")
        region = ManifestRegion(label=label, quad=quad(box), text=text)
        images.append(ManifestImage(image=f"images/{number}.png", split=split, regions=(region,)))
    write_manifest(folder / "manifest.jsonl", images)
    spec = TrainSpec(project="Signs", labels=(LabelSpec(name=label),))
    spec.save(folder / "spec.json")
    return spec
