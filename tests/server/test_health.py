import redis
from rest_framework.test import APIClient

from server import heartbeats


def test_a_kind_of_worker_is_alive_while_it_says_so(db: None, valkey: redis.Redis, anyone: APIClient) -> None:
    heartbeats.beat("predict")
    answer = anyone.get("/healthz")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert checks["worker_predict"]["ok"]
    assert not checks["worker_training"]["ok"]
    assert answer.json()["status"] == "degraded"
