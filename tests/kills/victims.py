"""The processes of a running server, and how one of them dies in the middle of its work."""

import json
import signal

import psutil

from tests.journeys.conftest import Stack, _start

LIGHT = ("a process of worker-default", "worker-default", "broker", "a process of web", "web")
"""Those that hold no training."""
ANSWERING = ("worker-predict", "broker", "a process of web")
"""Those that a prediction passes through."""
ALL = (*LIGHT, "worker-predict", "a process of worker-training", "worker-training", "the supervisor")


def main_process(stack: Stack, name: str) -> psutil.Process:
    status = json.loads((stack.data / "run" / "processes.json").read_text())
    return psutil.Process(next(one["pid"] for one in status["processes"] if one["name"] == name))


def kill(stack: Stack, victim: str) -> Stack:
    """Without a warning, all of it at once. Gives the running server, which is another where its supervisor died."""
    if victim == "the supervisor":
        return start_again(stack)
    name = victim.removeprefix("a process of ")
    main = main_process(stack, name)
    children = main.children(recursive=True)
    for process in children[:1] if victim != name else [main, *children]:
        process.send_signal(signal.SIGKILL)
    return stack


def start_again(stack: Stack) -> Stack:
    stack.process.send_signal(signal.SIGKILL)
    stack.process.wait()
    return _start(stack.data.parent)


def stop(stack: Stack) -> int:
    stack.process.send_signal(signal.SIGTERM)
    return stack.process.wait(timeout=30)
