"""What guarding and watching cost a request: ``pytest -s`` prints the microseconds.

The layers run as in a replica: metrics through Ray, tokens from the ledger's actor, the log line as
Serve formats and writes it.
"""

import asyncio
import logging
import logging.handlers
import time
from types import SimpleNamespace

import pytest
import ray
from ray._common.formatters import JSONFormatter

from serve_app.layers.access_log import AccessLog, AccessMiddleware
from serve_app.layers.headers import SecurityHeadersMiddleware
from serve_app.layers.rate_limit import RateLimit
from serve_app.layers.rate_limiter import RateLimiter, RateLimitMiddleware
from serve_app.layers.ray_ledger import ACTOR_NAME, NAMESPACE, RayLedger
from serve_app.meters.metrics import ServiceMetrics
from serve_app.meters.ray_meter import RayMeter

MAX_COST_S = 100e-6
NUM_REQUESTS = 2000
NUM_ROUNDS = 5

TIMED = SimpleNamespace(
    prediction=SimpleNamespace(
        refusal=None,
        top=[SimpleNamespace(class_name="tomato__late_blight", probability=0.97)],
        model_version="v1",
    ),
    decode_ms=1.2,
    queue_ms=0.1,
    infer_ms=6.0,
)


@pytest.fixture
def log(tmp_path):
    logger = logging.getLogger("test of the cost")
    handler = logging.handlers.RotatingFileHandler(tmp_path / "replica.log", maxBytes=10**9)
    handler.setFormatter(JSONFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield AccessLog(logger=logger, context={"replica": "x" * 8})
    logger.removeHandler(handler)
    handler.close()


async def get_timed():
    return TIMED


async def answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}


async def drop(message):
    return


async def measure_s(app):
    """Return the seconds of one request in the best round: the others met the machine's noise."""
    rounds_s = []
    for _ in range(NUM_ROUNDS):
        started_s = time.perf_counter()
        for _ in range(NUM_REQUESTS):
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/v1/predictions",
                "headers": [],
                "route": SimpleNamespace(path="/v1/predictions"),
                "state": {"api_key": SimpleNamespace(name="farm"), "timed": TIMED},
            }
            await app(scope, receive, drop)
        rounds_s.append((time.perf_counter() - started_s) / NUM_REQUESTS)
    return min(rounds_s)


def test_guards_and_watching_cost_less_than_a_tenth_of_a_millisecond(ray_cluster, log):
    async def measure():
        metrics = ServiceMetrics(RayMeter(), num_threads=2, get_model_version=lambda: "v1")
        ledger = RayLedger("a")
        ledger.wait_until_ready(30)
        limiter = RateLimiter(RateLimit(requests_per_minute=10_000_000), ledger.lend)

        async def predict(scope, receive, send):
            await metrics.watch(get_timed())
            await answer(scope, receive, send)

        app = AccessMiddleware(
            SecurityHeadersMiddleware(RateLimitMiddleware(predict, limiter)),
            metrics=metrics,
            log=log,
            get_model_version=lambda: "v1",
            routes=(),
        )
        return await measure_s(app) - await measure_s(answer)

    cost_s = asyncio.run(measure())
    ray.kill(ray.get_actor(ACTOR_NAME, NAMESPACE))
    print(f"guards, metrics and log: {1e6 * cost_s:.0f} us a request")  # noqa: T201 - for -s
    assert cost_s < MAX_COST_S
