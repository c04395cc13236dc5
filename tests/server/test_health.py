from pathlib import Path

import redis
from pytest_django import Settings
from rest_framework.test import APIClient

from runner import heartbeats


def test_all_is_well_while_everything_answers(db: None, valkey: redis.Redis, anyone: APIClient) -> None:
    for kind in heartbeats.KINDS:
        heartbeats.beat(kind)
    answer = anyone.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert all(check == {"ok": True, "message": ""} for check in answer.json()["checks"].values())


def test_a_kind_of_worker_that_is_silent_is_named(db: None, valkey: redis.Redis, anyone: APIClient) -> None:
    heartbeats.beat("predict")
    answer = anyone.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    checks = answer.json()["checks"]
    assert checks["worker_predict"]["ok"]
    assert checks["worker_training"] == {"ok": False, "message": "No training worker has answered for 15 seconds."}


def test_a_heartbeat_ends_by_itself_and_when_the_worker_stops(valkey: redis.Redis) -> None:
    heartbeats.beat("predict")
    assert 0 < valkey.ttl(heartbeats.key("predict")) <= 15
    assert heartbeats.alive() == {"default": False, "predict": True, "training": False}
    heartbeats.stop("predict")
    assert not heartbeats.alive()["predict"]


def test_the_training_workers_device_is_known_while_it_lives(valkey: redis.Redis) -> None:
    assert heartbeats.training_device() is None
    heartbeats.beat("training")
    assert heartbeats.training_device()


def test_a_broker_that_is_away_makes_it_unwell(db: None, settings: Settings, tmp_path: Path, anyone: APIClient) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"
    answer = anyone.get("/healthz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert not checks["broker"]["ok"]
    assert "none.sock" in checks["broker"]["message"]
    assert not checks["worker_default"]["ok"]
    assert checks["database"]["ok"]


def test_a_data_folder_that_cannot_be_written_makes_it_unwell(
    db: None, settings: Settings, tmp_path: Path, valkey: redis.Redis, anyone: APIClient
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    settings.DATA_DIR = tmp_path / "data"
    answer = anyone.get("/healthz")
    assert answer.status_code == 503
    assert "cannot be written" in answer.json()["checks"]["disk"]["message"]


def test_a_full_disk_makes_it_unwell(db: None, settings: Settings, valkey: redis.Redis, anyone: APIClient) -> None:
    settings.MIN_FREE_BYTES = 10**18
    answer = anyone.get("/healthz")
    assert answer.status_code == 503
    assert "are needed" in answer.json()["checks"]["disk"]["message"]


def test_it_is_read_and_not_written(anyone: APIClient) -> None:
    assert anyone.post("/healthz").status_code == 405
