"""The published networks as a bundle for a run's labels and characters: what there is before anything is annotated."""

import multiprocessing
import shutil
from pathlib import Path


def publish_start(run: Path) -> None:
    """Writes RUN/bundle from RUN's spec and manifest, without training, in a process of its own.

    The manifest's training images give the characters, the size of a picture and whether regions are upright; their
    texts and boxes teach nothing.
    """
    process = multiprocessing.get_context("spawn").Process(target=_publish, args=(run,))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"The untrained start in {run} could not be made; exit code {process.exitcode}.")


def _publish(run: Path) -> None:
    from training.engine import bundling, finder_training, held_out
    from training.engine.charset import Charset
    from training.engine.prepare import prepare
    from training.engine.spec import TrainSpec
    from training.engine.teaching import Run

    spec = TrainSpec.load(run / "spec.json")
    prepared = prepare(spec, run)
    images = prepared.of("train")
    learn, aside = held_out.part(images, spec.seed)
    side = spec.finder_side or finder_training.choose_side(images)
    window = finder_training.choose_window(images, side)
    data = finder_training.FinderData(run, spec.label_names, side, window, learn, aside)
    silent = Run(run, "", lambda report: True)
    made = bundling.Made(
        spec, silent, "none", data, Charset(prepared.charset), prepared.max_sequence_length, " ", prepared.upright
    )
    with bundling.start(made) as bundle:
        shutil.rmtree(run / bundling.BUNDLE_FOLDER, ignore_errors=True)
        shutil.copytree(bundle.folder, run / bundling.BUNDLE_FOLDER)
