"""Drift as the control application measures it: the real model, its real page of metrics."""

import asyncio
import shutil

import pytest

from cluster.keys import ApiKeys
from loadtest.artifact_copies import copy_as_other_version
from models.artifact import REPLAY_FILE
from models.drift import MIN_PREDICTIONS
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.errors import NotReadyError
from serve_app.loop.drift_gauges import DriftGauges
from serve_app.loop.drift_watch import DriftWatch
from serve_app.meters.local_meter import LocalMeter
from serve_app.parts import load_parts


class Service:
    """A predict application whose model can be changed, and who watches it."""

    def __init__(self, artifact_dir, tmp_path):
        self.keys_path = tmp_path / "keys.json"
        self.keys_path.write_text(ApiKeys(keys=()).model_dump_json())
        self.use(artifact_dir)
        self.watch = DriftWatch(self.get_model, self.read_page, lambda _: self.artifact_dir)

    def use(self, artifact_dir):
        self.artifact_dir = artifact_dir
        self.parts = load_parts(artifact_dir, self.keys_path)

    async def get_model(self):
        return self.parts.describe_model()

    async def read_page(self):
        return await self.parts.metrics.read_page()

    def diagnose(self, times):
        photo = encode_jpeg(draw_leaf(1, size_px=256))
        timed = asyncio.run(self.parts.models.predict([photo], top_k=1))
        for _ in range(times):
            self.parts.metrics.record_prediction(timed)

    def look(self):
        asyncio.run(self.watch.look())
        return self.watch.describe(self.watch.model_version)


def read_gauge(meter, name):
    lines = asyncio.run(meter.read_page()).decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"ray_{name} "))


@pytest.fixture
def service(champion_dir, tmp_path):
    return Service(champion_dir, tmp_path)


def test_a_flood_of_one_drawing_is_a_strong_drift(service):
    assert service.watch.model_version == "none"
    assert service.watch.describe("none") is None
    first = service.look()
    assert (first["num_predictions"], first["is_strong"]) == (0, False)
    service.diagnose(MIN_PREDICTIONS)
    drift = service.look()
    assert drift["num_predictions"] == MIN_PREDICTIONS
    assert drift["is_strong"]
    assert drift["class_psi"] > 1
    assert "other crops" in drift["summary"]


def test_gauges_show_what_was_measured_and_nothing_before(service):
    meter = LocalMeter()
    gauges = DriftGauges(meter)
    gauges.show(service.watch.measure())
    service.look()
    gauges.show(service.watch.measure())
    assert read_gauge(meter, "leafray_drift_class_psi") == 0
    service.diagnose(MIN_PREDICTIONS)
    drift = service.look()
    gauges.show(service.watch.measure())
    for name in ("class_psi", "confidence_psi", "unknown_share"):
        assert drift[name] > 0
        assert read_gauge(meter, f"leafray_drift_{name}") == pytest.approx(drift[name])


def test_another_model_is_measured_anew(service, champion_dir, tmp_path):
    service.look()
    service.diagnose(3)
    assert service.look()["num_predictions"] == 3
    old_version = service.watch.model_version
    service.use(copy_as_other_version(champion_dir, tmp_path / "other"))
    assert service.look()["num_predictions"] == 0
    assert service.watch.describe(old_version) is None


def test_a_model_without_features_has_nothing_to_compare_with(champion_dir, tmp_path):
    shutil.copytree(champion_dir, tmp_path / "bare")
    (tmp_path / "bare" / REPLAY_FILE).write_bytes(b"damaged")
    service = Service(champion_dir, tmp_path)
    service.artifact_dir = tmp_path / "bare"
    assert service.look() is None


def test_an_artifact_that_is_known_a_little_later_is_compared_with_then(service):
    artifact_dir, service.artifact_dir = service.artifact_dir, None
    assert service.look() is None
    service.diagnose(2)
    service.artifact_dir = artifact_dir
    assert service.look()["num_predictions"] == 2


def test_a_service_that_is_away_is_told(service):
    async def is_away():
        raise NotReadyError("No model answers.")

    watch = DriftWatch(is_away, service.read_page, lambda _: service.artifact_dir)
    with pytest.raises(NotReadyError):
        asyncio.run(watch.look())
