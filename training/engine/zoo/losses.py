"""How unlikely a text is under a reader's logits, in nats a character."""

import math
from typing import Any

from keras import ops

Tensor = Any


def ctc_unlikelihood(logits: Tensor, ids: Tensor, lengths: Tensor) -> Tensor:
    """[B]; logits [B, T, C], id 0 the blank. CTC (Graves 2006): the sum over all alignments."""
    steps = ops.zeros_like(lengths) + ops.shape(logits)[1]
    total = ops.ctc_loss(ids, ops.cast(logits, "float32"), lengths, steps, mask_index=0)
    return total / ops.cast(ops.maximum(lengths, 1), "float32")


def slots_unlikelihood(logits: Tensor, ids: Tensor, lengths: Tensor, smoothing: float = 0.0) -> Tensor:
    """[B]; logits [B, T, C], T > every length. Slots up to the blank that ends the text count, later ones do not.

    With `smoothing` a share of the wanted probability is spread over all C classes (Szegedy 2016, section 7). The least
    that can then be reached, the entropy of what is wanted, is taken off: 0 is perfect, as without.
    """
    logs = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    slots, classes = ops.shape(logits)[1], logits.shape[-1]
    wanted = slot_ids(ids, slots)
    picked = ops.sum(logs * ops.one_hot(wanted, classes, dtype="float32"), axis=-1)
    entropy = -(1.0 - smoothing) * picked - smoothing * ops.mean(logs, axis=-1) - floor(classes, smoothing)
    counted = ops.cast(ops.arange(slots)[None, :] <= lengths[:, None], "float32")
    return ops.sum(entropy * counted, axis=1) / ops.sum(counted, axis=1)


def slot_ids(ids: Tensor, slots: Any) -> Tensor:
    """ids [B, L] as [B, slots], filled up with blanks or cut."""
    return ops.pad(ids, ((0, 0), (0, slots)))[:, :slots]


def floor(classes: int, smoothing: float) -> float:
    """The entropy of a smoothed target: what no network gets below."""
    if smoothing == 0.0:
        return 0.0
    rest = smoothing / classes
    sure = 1.0 - smoothing + rest
    return -(sure * math.log(sure) + (classes - 1) * rest * math.log(rest))
