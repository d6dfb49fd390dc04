"""A page of metrics, from the service's own meter and as Ray writes it, made figures."""

import asyncio

import pytest

from gui.service.reading import ANSWER, Gauges, get_stage, get_status, read_page
from serve_app.meters.local_meter import LocalMeter
from serve_app.meters.metrics import ServiceMetrics

RAY_PAGE = b"""\
# HELP ray_leafray_requests_total Requests answered.
# TYPE ray_leafray_requests_total counter
ray_leafray_requests_total{WorkerId="a",method="POST",route="/v1/predictions",status="200"} 40.0
ray_leafray_requests_total{WorkerId="a",method="GET",route="/metrics",status="200"} 900.0
# TYPE ray_serve_deployment_replica_healthy gauge
ray_serve_deployment_replica_healthy{application="predict",replica="x"} 1.0
ray_serve_deployment_replica_healthy{application="predict",replica="y"} 1.0
ray_serve_deployment_replica_healthy{application="control",replica="z"} 1.0
ray_serve_autoscaling_target_replicas{application="predict"} 3.0
ray_leafray_requests_waiting{WorkerId="a"} 2.0
ray_leafray_requests_waiting{WorkerId="b"} 3.0
ray_leafray_model_info{WorkerId="a",model_version="v1"} 1.0
ray_node_cpu_utilization{NodeAddress="1"} 30.0
ray_node_cpu_utilization{NodeAddress="2"} 50.0
ray_node_mem_used{NodeAddress="1"} 1.0e9
ray_node_mem_total{NodeAddress="1"} 4.0e9
ray_node_disk_free 7.0
"""


def test_a_page_of_ray_tells_the_figures_of_the_predicting_application() -> None:
    reading = read_page(RAY_PAGE, time_s=5.0)
    assert reading.gauges == Gauges(
        waiting=5.0, replicas=2.0, wanted=3.0, cpu_percent=40.0, memory_percent=25.0
    )
    assert list(reading.counts.values()) == [40.0]


def test_the_services_own_page_tells_requests_and_stages() -> None:
    metrics = ServiceMetrics(LocalMeter(), num_threads=1, get_model_version=lambda: "v1")
    for status in (200, 200, 503):
        metrics.record_request(
            route="/v1/predictions", method="POST", status=status, duration_s=0.02
        )
    metrics.record_request(route="/metrics", method="GET", status=200, duration_s=0.001)
    reading = read_page(asyncio.run(metrics.read_page()), time_s=1.0)
    by_status = {get_status(series): value for series, value in reading.counts.items()}
    assert (by_status["200"], by_status["503"]) == (2.0, 1.0)
    assert ANSWER in {get_stage(series) for series in reading.counts}
    assert reading.gauges == Gauges(replicas=1.0)


@pytest.mark.parametrize("page", [b"", b"<html>hello</html>", b"other_metric 1.0\n"])
def test_a_page_without_our_figures_tells_none(page: bytes) -> None:
    reading = read_page(page, time_s=1.0)
    assert reading.counts == {}
    assert reading.gauges == Gauges()


def test_a_page_that_is_broken_raises() -> None:
    with pytest.raises(ValueError, match="not_a_number"):
        read_page(b"ray_leafray_requests_waiting not_a_number\n", time_s=1.0)
    with pytest.raises(ValueError, match="utf-8"):
        read_page(b'ray_leafray_requests_waiting{a="\xff"} 1\n', time_s=1.0)
