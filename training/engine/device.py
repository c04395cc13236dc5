"""What a run trains on: processor or GPUs, in which precision, spread how."""

import ctypes
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.engine.autodiff import backend
from training.engine.spec import Precision

# Options of mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3


@dataclass(frozen=True)
class Device:
    """`name` for people; `policy` a Keras dtype policy; `strategy` spreads a batch over `replicas` devices."""

    name: str
    policy: str
    strategy: Any

    @property
    def replicas(self) -> int:
        return int(self.strategy.num_replicas_in_sync)


def choose(precision: Precision = "auto") -> Device:
    """All GPUs there are, else the processor. No GPU is no error."""
    keep_memory()
    gpus, capability, strategy = backend().choose()
    policy = _policy(capability) if precision == "auto" else precision
    return Device(_name(gpus), policy, strategy)


def keep_memory() -> None:
    """Lets glibc keep freed memory for the next step instead of fetching every page anew from the system.

    A training step frees and takes the same hundreds of megabytes again; without this a fifth of it is page faults.
    """
    with suppress(OSError, AttributeError):  # another C library, another system: then it stays as it is
        libc = ctypes.CDLL("libc.so.6")
        for option, size in ((_MMAP_THRESHOLD, 32 << 20), (_TRIM_THRESHOLD, 1 << 30), (_TOP_PAD, 64 << 20)):
            libc.mallopt(option, size)


def _policy(capability: tuple[int, ...] | None) -> str:
    """bfloat16 where it is computed in hardware (Ampere and later, AMX), float16 on Volta and Turing."""
    if capability is None:
        return "mixed_bfloat16" if "amx_bf16" in _processor("flags").split() else "float32"
    if capability >= (8, 0):
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= (7, 0) else "float32"


def _name(gpus: list[str]) -> str:
    if not gpus:
        return _processor("model name") or "CPU"
    return f"{len(gpus)} × {gpus[0]}" if len(gpus) > 1 else gpus[0]


def _processor(field: str) -> str:
    """A line of /proc/cpuinfo; empty where the system has none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == field), "")
