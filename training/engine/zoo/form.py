"""What a reader takes and how it answers, known without loading any network: serving needs no training library."""

from dataclasses import dataclass
from typing import Literal

from training.engine.crops import READER_HEIGHT, READER_MAX_WIDTH, READER_MIN_WIDTH, READER_STEP

Decoder = Literal["ctc", "slots"]
"""`ctc`: a step for each few pixels, blanks between. `slots`: one place a character, the first blank ends the text."""


@dataclass(frozen=True)
class Form:
    """Pixels float32[B, height, W, 3] RGB 0..255 in, logits float32[B, T, C] out.

    A strip is scaled to `height`; W is a multiple of 8 from `min_width` to `max_width`, and T = W / `shrink`. A `whole`
    reader reads all rows of a region at once: its crop is fitted into a box of `height` × `max_width` (W is always
    that), and T is the number of slots, whatever `shrink` says. `most` is the longest text it can say (0: any). Of
    several `views`, side by side in one crop, each is fitted into its own part of the box.
    """

    height: int = READER_HEIGHT
    min_width: int = READER_MIN_WIDTH
    max_width: int = READER_MAX_WIDTH
    shrink: int = READER_STEP
    decoder: Decoder = "ctc"
    whole: bool = False
    most: int = 0
    views: int = 1

    @classmethod
    def box(cls, height: int, width: int, *, most: int = 0) -> "Form":
        """Of a reader that sees a whole region in a box of this size and answers in slots."""
        return cls(height, width, width, 1, "slots", True, most)
