"""Warm bundles of the predict worker: the last few that were asked for, opened once."""

import logging
import threading
from collections import OrderedDict
from uuid import UUID

from training import folders
from training.engine.predict import Bundle
from training.engine.spec import EngineError
from training.predictions import Unusable

log = logging.getLogger(__name__)

KEPT = 4
_warm: OrderedDict[UUID, Bundle] = OrderedDict()
_opening: dict[UUID, threading.Lock] = {}
_guard = threading.Lock()


def warm(run_id: UUID) -> Bundle:
    """The bundle of a run, opened once however many threads ask at the same time. Raises Unusable."""
    with _guard:
        if found := _known(run_id):
            return found
        opening = _opening.setdefault(run_id, threading.Lock())
    with opening:
        with _guard:
            if found := _known(run_id):
                return found
        opened = _open(run_id)
        with _guard:
            _warm[run_id] = opened
            _opening.pop(run_id, None)
            while len(_warm) > KEPT:
                _warm.popitem(last=False)
    return opened


def _open(run_id: UUID) -> Bundle:
    try:
        return Bundle.load(folders.bundle(run_id))
    except EngineError as error:
        log.error("the bundle of run %s cannot be opened: %s", run_id, error)
        raise Unusable from error


def _known(run_id: UUID) -> Bundle | None:
    found = _warm.get(run_id)
    if found is not None:
        _warm.move_to_end(run_id)
    return found
