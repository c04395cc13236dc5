"""The steps of a run from a shell: `python -m training.engine prepare|train|evaluate|predict|export|zoo`.

Answers go to standard output, progress and errors to standard error. Exit codes: 0 done, 2 refused with a sentence,
130 or 143 stopped by Ctrl-C or SIGTERM with everything so far kept.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, get_args

from training.engine.progress import Bar
from training.engine.report import Report, Stopped
from training.engine.spec import EngineError, Format, TrainSpec

REFUSED = 2


class StopRequest:
    """Turns Ctrl-C and SIGTERM into a polite question; a second one ends the process at once."""

    def __init__(self) -> None:
        self.signal: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            raise SystemExit(128 + number)
        self.signal = number

    @property
    def asked(self) -> bool:
        return self.signal is not None


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    stop = StopRequest()
    try:
        chosen.step(chosen, stop)
    except Stopped:
        print("Stopped. Everything so far is kept; the same command goes on from there.", file=sys.stderr)
        return 128 + (stop.signal or signal.SIGTERM)
    except EngineError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.engine", description="Train and use an OCR model.")
    steps = parser.add_subparsers(required=True, metavar="prepare|train|evaluate|predict|export|zoo")

    def step(name: str, about: str, run: Callable[[argparse.Namespace, StopRequest], None]) -> argparse.ArgumentParser:
        one = steps.add_parser(name, help=about, description=about)
        one.add_argument("--json", action="store_true", help="answer in JSON")
        one.set_defaults(step=run)
        return one

    prepare = step("prepare", "Cut crops, write records and charset, say what was left out.", _prepare)
    train = step("train", "Train from a run folder, or go on where it stopped.", _train)
    for one in (prepare, train):
        one.add_argument("run", type=Path, help="run folder with spec.json and manifest.jsonl")
        one.add_argument("--records", type=Path, help="folder of FSNS records: make the run's manifest of them first")
    evaluate = step("evaluate", "Measure a bundle on a manifest's images.", _evaluate)
    evaluate.add_argument("bundle", type=Path)
    evaluate.add_argument("manifest", type=Path)
    evaluate.add_argument("--split", choices=("test", "train", "all"), default="test")
    evaluate.add_argument("--into", type=Path, help="folder for evaluation.json and the crops of the misses")
    evaluate.add_argument("--threads", type=_positive, help="threads a network (default: all cores)")
    predict = step("predict", "Find and read the fields of pictures.", _predict)
    predict.add_argument("bundle", type=Path)
    predict.add_argument("images", type=Path, nargs="+", metavar="image")
    predict.add_argument("--threads", type=_positive, help="threads a network (default: all cores)")
    predict.add_argument("--beam", type=_positive, default=1, help="beginnings of a text to keep (default: 1)")
    export = step("export", "Write a finished run's networks in more formats, into its bundle.", _export)
    export.add_argument("run", type=Path, help="run folder with bundle and checkpoint")
    export.add_argument("--as", dest="formats", nargs="+", required=True, choices=get_args(Format), help="formats")
    step("zoo", "List the architectures.", _zoo)
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    print()


def _ticker(bar: Bar, stop: StopRequest, what: str = "images") -> Callable[[int, int], bool]:
    def tick(done: int, of: int) -> bool:
        bar.show(done / max(of, 1), f"{done} of {of} {what}")
        return not stop.asked

    return tick


def _prepare(chosen: argparse.Namespace, stop: StopRequest) -> None:
    from training.engine.prepare import prepare

    spec = TrainSpec.load(chosen.run / "spec.json")
    _unpack(spec, chosen, stop)
    with Bar("preparing") as bar:
        prepared = prepare(spec, chosen.run, _ticker(bar, stop))
    if chosen.json:
        _print_json(prepared.model_dump(mode="json"))
        return
    for remark in prepared.remarks:
        place = remark.image if remark.region is None else f"{remark.image}, region {remark.region + 1}"
        print(f"{remark.level}: {place}: {remark.reason}")
    records = prepared.records
    print(f"{records['train']} crops to train on, {records['test']} held out; {len(prepared.charset)} symbols.")


def _unpack(spec: TrainSpec, chosen: argparse.Namespace, stop: StopRequest) -> None:
    """Makes the run's manifest of records where some are given, and says which of them are left out."""
    if chosen.records is None:
        return
    from training.engine.unpack import unpack

    with Bar("reading records") as bar:
        told = unpack(spec, chosen.records, chosen.run, _ticker(bar, stop, "files"))
    for fault in told.faults:
        print(f"left out: {fault.file}, record {fault.index}: {fault.reason}", file=sys.stderr)
    if told.left_out > len(told.faults):
        print(f"left out: {told.left_out - len(told.faults)} more records.", file=sys.stderr)
    print(
        f"{told.train} records to train on, {told.test} held out, {told.left_out} left out.",
        file=sys.stderr,
    )


def _train(chosen: argparse.Namespace, stop: StopRequest) -> None:
    spec = TrainSpec.load(chosen.run / "spec.json")
    _unpack(spec, chosen, stop)
    from training.engine.loop import train

    started = time.monotonic()
    with Bar("starting") as bar:

        def on_epoch(report: Report) -> bool:
            if chosen.json:
                print(json.dumps(report.as_dict()), flush=True)
            bar.show(report.fraction, _told(report), report.seconds_left)
            return not stop.asked

        train(spec, chosen.run, on_epoch)
    print(f"Trained in {(time.monotonic() - started) / 60:.1f} minutes.", file=sys.stderr)
    if not chosen.json:
        from training.engine.evaluate import EVALUATION_FILE, Evaluation, summary

        print(summary(Evaluation.load(chosen.run / EVALUATION_FILE)))


def _told(report: Report) -> str:
    """`training reader 3/20  loss 0.12  held out exact 91 %`"""
    words: list[str] = [report.step, report.part]
    if report.epochs:
        words.append(f"{report.epoch}/{report.epochs}")
    if report.loss is not None:
        words.append(f" loss {report.loss:.3g}")
    for name, value in (("exact", report.exact), ("f1", report.f1)):
        if value is not None:
            words.append(f" {name} {100 * value:.0f} %")
    return " ".join(word for word in (*words, report.message) if word)


def _evaluate(chosen: argparse.Namespace, stop: StopRequest) -> None:
    from training.engine.evaluate import describe, evaluate, summary
    from training.engine.manifest import read_manifest
    from training.engine.predict import Bundle

    images = read_manifest(chosen.manifest)
    bundle = Bundle.load(chosen.bundle, chosen.threads)
    split = None if chosen.split == "all" else chosen.split
    with Bar("evaluating") as bar:
        found = evaluate(bundle, images, chosen.manifest.parent, split, chosen.into, _ticker(bar, stop))
    if chosen.json:
        _print_json(found.model_dump(mode="json"))
        return
    for miss in found.misses:
        print(describe(miss))
    given, finder = found.overall.reading.exact, found.overall.finder
    print(summary(found))
    print(f"Given the region, it reads {given.right} of {given.of}; it finds {finder.matched} of {finder.regions}.")


def _predict(chosen: argparse.Namespace, stop: StopRequest) -> None:
    from training.engine.predict import Bundle

    bundle = Bundle.load(chosen.bundle, chosen.threads, chosen.beam)
    answers = []
    with Bar("predicting", quiet=len(chosen.images) == 1) as bar:
        for number, image in enumerate(chosen.images):
            if not _ticker(bar, stop)(number, len(chosen.images)):
                raise Stopped("Stopped while predicting.")
            found = bundle.predict(image)
            answers.append({"image": str(image), "regions": [one.as_dict() for one in found]})
            if not chosen.json:
                bar.clear()
                for one in found:
                    print(f"{image}\t{one.label}\t{one.text}\t{one.confidence:.2f}")
    if chosen.json:
        _print_json(answers)


def _export(chosen: argparse.Namespace, stop: StopRequest) -> None:
    from training.engine.bundle import BundleSpec

    BundleSpec.load(chosen.run / "bundle")  # what is no finished run is refused before TensorFlow is loaded
    from training.engine.formats.afterwards import add

    with Bar("exporting") as bar:
        written = add(chosen.run, tuple(dict.fromkeys(chosen.formats)), _ticker(bar, stop, "files"))
    if chosen.json:
        _print_json([one.model_dump(mode="json") for one in written])
        return
    for one in written:
        print(f"{one.path}\t{one.bytes / 1e6:.1f} MB\tdiffers by at most {one.parity:.1g} from the trained network")


def _zoo(chosen: argparse.Namespace, stop: StopRequest) -> None:
    from training.engine.zoo import NETWORKS

    networks = list(NETWORKS.values())
    if chosen.json:
        told = ("name", "part", "what", "paper", "parameters")
        _print_json([{key: getattr(one, key) for key in told} | {"not_as": dict(one.not_as)} for one in networks])
        return
    for network in networks:
        print(
            f"{network.name:10} {network.part:8} {network.parameters:>12,} parameters  {network.what} ({network.paper})"
        )
        for form, why in network.not_as:
            print(f"{'':20} not as {form}: {why}")


if __name__ == "__main__":
    sys.exit(main())
