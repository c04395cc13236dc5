"""The three kinds of background worker: what each takes, in what kind of process, and how it stops."""

import importlib
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import redis
from celery import beat, bootsteps, signals
from celery.concurrency import prefork, thread
from celery.exceptions import SecurityWarning
from django.conf import settings

from runner import heartbeats
from server.celery import app

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_LOOKS_AT_THE_CLOCK = 1
SECONDS_TO_END = 3  # for tasks whose grace, worker_soft_shutdown_timeout, is over
SECONDS_TO_LEAVE = 1  # for a worker that waits in vain, and again for giving its tasks back


class Threads(thread.TaskPool):
    """Threads that can be left: none can be killed, so the process ends under those that still work."""

    def kill_job(self, *args: Any, **kwargs: Any) -> None:
        """The message goes back to its queue; the thread ends with the process."""

    terminate_job = kill_job
    executor: ThreadPoolExecutor

    def on_stop(self) -> None:
        self.executor.shutdown(wait=False, cancel_futures=True)


class Processes(prefork.TaskPool):
    """Processes that end in time: a task that began just as the worker was told to stop hears nothing, and is killed.

    Nothing is lost by it: the message of a task that may run twice goes back to its queue, and a run is swept.
    """

    def on_stop(self) -> None:
        end = threading.Timer(SECONDS_TO_END, self.kill)
        end.daemon = True
        end.start()
        try:
            super().on_stop()
        finally:
            end.cancel()

    def kill(self) -> None:
        for process in self.info["processes"]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@dataclass(frozen=True)
class Kind:
    pool: type
    concurrency: int
    settings: dict[str, Any] = field(default_factory=dict)
    # What its tasks import, loaded before the processes part: once, and not while the first asker waits.
    preloaded: tuple[str, ...] = ()


KINDS = {
    "default": Kind(
        Processes,
        settings.DEFAULT_WORKERS,
        {"worker_max_tasks_per_child": 200},
        ("annotations.intake", "annotations.sweeping", "training.mails", "training.sweeps"),
    ),
    # Threads share one warm model; ONNX Runtime computes outside of Python's lock.
    "predict": Kind(Threads, settings.PREDICT_THREADS, preloaded=("training.bundles", "training.predictions")),
    # A fresh process a run: TensorFlow neither forks after its first use nor gives its memory back. A run is taken from
    # the queue only when this worker is free, so that a second host's worker can have it meanwhile.
    "training": Kind(Processes, 1, {"worker_max_tasks_per_child": 1, "worker_disable_prefetch": True}),
}


def run(kind: str) -> None:
    """Works until SIGTERM: a task then has worker_soft_shutdown_timeout seconds, and goes back on its queue."""
    warnings.simplefilter("ignore", SecurityWarning)  # of running as root, which in a container is usual
    chosen = KINDS[kind]
    for name in chosen.preloaded:
        importlib.import_module(name)
    app.conf.update(chosen.settings)
    app.steps["worker"].add(heart(kind))
    if kind == "default":
        app.steps["worker"].add(Clock)
    worker = app.Worker(
        queues=[kind],
        pool_cls=chosen.pool,
        concurrency=chosen.concurrency,
        hostname=f"{kind}-{os.getpid()}@{socket.gethostname()}",
        loglevel=settings.LOG_LEVEL,
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    )
    Watch(worker, kind).begin()
    worker.start()
    leave(worker.exitcode or 0)


class Watch:
    """Told to stop, a worker ends, even where it waits for something that will never come.

    That happens to a task that ends or begins in the moment of the signal. Celery works off a stop inside the signal's
    handler and says "shutting down" only afterwards, so the signal itself must start the clock; and a handler may hold
    no lock another part of the process could have, so it does no more than set an event.
    """

    def __init__(self, worker: Any, kind: str) -> None:
        self._worker = worker
        self._kind = kind
        self._told = threading.Event()

    def begin(self) -> None:
        threading.Thread(target=self._wait, name="watch", daemon=True).start()
        signals.worker_ready.connect(self._wrap, weak=False)

    def _wrap(self, **_: Any) -> None:
        """Only now: Celery sets its own handlers while it starts."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._noting(signal.getsignal(number)))

    def _noting(self, handler: Any) -> Callable[..., None]:
        def noting(*arguments: Any) -> None:
            self._told.set()
            handler(*arguments)

        return noting

    def _wait(self) -> None:
        self._told.wait()
        time.sleep(settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT + SECONDS_TO_END + SECONDS_TO_LEAVE)
        # The lock the worker hangs on may be the broker's or the log's: what must be done may not wait for it either.
        giving_up = threading.Thread(target=self._give_up, daemon=True)
        giving_up.start()
        giving_up.join(SECONDS_TO_LEAVE)
        os._exit(1)

    def _give_up(self) -> None:
        """What was not acknowledged goes back on its queue."""
        if isinstance(self._worker.pool, Processes):
            self._worker.pool.kill()
        self._worker.consumer.task_consumer.channel.qos.restore_unacked_once(stderr=sys.stderr)
        heartbeats.stop(self._kind)
        logger.warning("The worker did not end by itself; its tasks went back on their queue.")


def leave(status: int) -> NoReturn:
    """Ends the process without waiting for its threads, as Python would."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def heart(kind: str) -> type[bootsteps.StartStopStep]:
    """A step that says "alive" from the worker's own loop: a worker whose loop hangs falls silent."""

    class Heart(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Timer", "celery.worker.components:Pool")

        def start(self, worker: Any) -> None:
            self.say()
            self.entry = worker.timer.call_repeatedly(heartbeats.SECONDS_BETWEEN, self.say)

        def say(self) -> None:
            try:
                heartbeats.beat(kind)
            except redis.RedisError as error:
                logger.warning("The broker took no heartbeat: %s", error)

        def stop(self, worker: Any) -> None:
            self.entry.cancel()
            try:
                heartbeats.stop(kind)
            except redis.RedisError:
                logger.info("The broker was gone before this worker.")

        def terminate(self, worker: Any) -> None:
            self.stop(worker)

    return Heart


class Clock(bootsteps.StartStopStep):
    """Sends the periodic tasks of CELERY_BEAT_SCHEDULE from the default worker's loop, without a process of its own.

    Several default workers send each task several times; they are sweeps that may run twice.
    """

    requires = ("celery.worker.components:Timer", "celery.worker.components:Pool")

    def start(self, worker: Any) -> None:
        schedule = Path(settings.DATA_DIR) / "run" / f"clock-{socket.gethostname()}"
        self.scheduler = beat.PersistentScheduler(app, schedule_filename=str(schedule))
        self.entry = worker.timer.call_repeatedly(SECONDS_BETWEEN_LOOKS_AT_THE_CLOCK, self.look)

    def look(self) -> None:
        self.scheduler.tick()
        if self.scheduler.should_sync():
            self.scheduler.sync()

    def stop(self, worker: Any) -> None:
        self.entry.cancel()
        self.scheduler.close()

    def terminate(self, worker: Any) -> None:
        self.stop(worker)
