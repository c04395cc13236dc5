"""What this machine computes with, said without loading what computes."""

from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/gpus")


def device() -> str:
    """ "2 × NVIDIA H100" or "CPU", as the driver tells it."""
    models = [model_of(card.read_text()) for card in sorted(DRIVER.glob("*/information"))]
    if not models:
        return "CPU"
    return models[0] if len(models) == 1 else f"{len(models)} × {models[0]}"


def model_of(information: str) -> str:
    for line in information.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "Model":
            return value.strip()
    return "GPU"
