"""What is counted of predictions that wait, fail and change their model; names of routes."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from serve_app.layers.access_log import name_route
from serve_app.meters.local_meter import LocalMeter
from serve_app.meters.metrics import ServiceMetrics


def make_timed(refusal=None):
    prediction = SimpleNamespace(
        refusal=refusal and SimpleNamespace(code=refusal),
        top=[SimpleNamespace(class_name="apple__healthy", probability=0.6)],
    )
    timed = SimpleNamespace(prediction=prediction, decode_ms=2.0, queue_ms=500.0, infer_ms=7.0)
    return cast("Any", timed)


def read_lines(metrics):
    return asyncio.run(metrics.read_page()).decode().splitlines()


@pytest.fixture
def versions():
    return ["v1"]


@pytest.fixture
def metrics(versions):
    return ServiceMetrics(LocalMeter(), num_threads=1, get_model_version=lambda: versions[-1])


def test_predictions_beyond_the_threads_wait(metrics):
    async def watch_three():
        may_end = asyncio.Event()

        async def work():
            await may_end.wait()
            return make_timed()

        tasks = [asyncio.create_task(metrics.watch(work())) for _ in range(3)]
        await asyncio.sleep(0)
        during = (await metrics.read_page()).decode()
        may_end.set()
        await asyncio.gather(*tasks)
        return during.splitlines()

    assert "ray_leafray_requests_waiting 2.0" in asyncio.run(watch_three())
    assert "ray_leafray_requests_waiting 0.0" in read_lines(metrics)


def test_work_that_fails_is_no_diagnosis_and_waits_no_longer(metrics):
    async def fail():
        raise ValueError("no image")

    with pytest.raises(ValueError, match="no image"):
        asyncio.run(metrics.watch(fail()))
    lines = read_lines(metrics)
    assert "ray_leafray_requests_waiting 0.0" in lines
    assert "ray_leafray_confidence_count 0.0" in lines


def test_refusals_are_told_from_known_leaves(metrics):
    for refusal in (None, None, "blurred"):
        metrics.record_prediction(make_timed(refusal))
    lines = read_lines(metrics)
    name = 'ray_leafray_predictions_total{class_name="apple__healthy",outcome='
    assert f'{name}"known"}} 2.0' in lines
    assert f'{name}"blurred"}} 1.0' in lines
    assert 'ray_leafray_stage_seconds_sum{stage="queue"} 1.5' in lines
    assert 'ray_leafray_confidence_bucket{le="0.6"} 3.0' in lines
    assert 'ray_leafray_confidence_bucket{le="0.5"} 0.0' in lines


def test_only_the_model_that_answers_is_told(metrics, versions):
    assert 'ray_leafray_model_info{model_version="v1"} 1.0' in read_lines(metrics)
    versions.append("v2")
    told = [line for line in read_lines(metrics) if line.startswith("ray_leafray_model_info{")]
    assert told == ['ray_leafray_model_info{model_version="v2"} 1.0']


@pytest.mark.parametrize(
    ("route", "path", "name"),
    [
        (SimpleNamespace(path="/v1/uploads/{id}"), "/v1/uploads/7", "/v1/uploads/{id}"),
        (None, "/v1/model", "/v1/model"),
        (None, "/v1/made/up", "other"),
        (SimpleNamespace(), "/v1/made/up", "other"),
    ],
)
def test_a_route_is_named_by_its_pattern(route, path, name):
    scope = {"path": path} | ({} if route is None else {"route": route})
    assert name_route(scope, frozenset({"/v1/model"})) == name
