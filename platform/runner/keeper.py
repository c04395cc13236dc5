"""Outlives a killed supervisor just long enough to end what it left: python -m runner.keeper MARK.

Its standard input is a pipe that only the supervisor holds; the pipe closes when the supervisor is gone,
however it went. The kernel's own death signal reaches direct children and Linux only; this reaches the rest.
"""

import os
import signal
import sys

from runner import leftovers


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 4096):
        pass
    leftovers.end_marked(sys.argv[1])


if __name__ == "__main__":
    main()
