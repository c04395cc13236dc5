"""Run a command that the kernel ends when its parent dies: python shim.py SIGNAL PARENT NICENESS COMMAND...

A file of its own, run by path: code between fork and exec in a process with threads may hang.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    signal_number, parent, niceness = (int(word) for word in sys.argv[1:4])
    command = sys.argv[4:]
    os.nice(niceness)
    if signal_number:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
