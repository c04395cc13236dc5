"""What the data check and the snapshot of a large project take: processor seconds and memory, each in a fresh process.

    python benchmarks/alike.py [--images 20000] [--looks alike different] [--checkout OTHER]

Makes a project of that many images with five regions each in a temporary SQLite database; the files of its pictures
are not needed and not made. `--checkout` measures another checkout of Glyphsmith instead of this one. The last results
are in `docs/decisions/data-check.md`.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import rows


def measured(what: str) -> dict[str, float]:
    from accounts.models import User
    from annotations import datacheck, snapshots
    from annotations.models import Project

    project, user = Project.objects.get(), User.objects.get()
    calls = {"check": lambda: datacheck.check(project), "snapshot": lambda: snapshots.freeze(project, user)}
    return rows.measured(calls[what])


def inside(what: str, images: int, look: str) -> None:
    import django

    django.setup()
    if what == "make":
        rows.make(images, look)
    else:
        print(json.dumps(measured(what)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--looks", nargs="+", choices=rows.LOOKS, default=["alike", "nearly", "different"])
    parser.add_argument("--checkout", type=Path, default=rows.ROOT)
    parser.add_argument("--inside", choices=["make", "check", "snapshot"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        inside(given.inside, given.images, given.looks[0])
        return
    print("| images | that look | call | processor seconds | growth of memory, MB |\n| - | - | - | - | - |")
    checkout = given.checkout.resolve()
    for look in given.looks:
        with tempfile.TemporaryDirectory() as folder:
            options = ["--images", str(given.images), "--looks", look]
            rows.ask(__file__, checkout, Path(folder), "--inside", "make", *options)
            for what in ("check", "snapshot"):
                told = json.loads(rows.ask(__file__, checkout, Path(folder), "--inside", what, *options))
                print(
                    f"| {given.images:,} | {look} | {what} | {told['processor']:.1f} | {told['megabytes']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
