"""``python -m loadtest.hot_path --quick`` on drawn leaves: everything is measured and compared."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.jpeg_scale import enlarge
from models.images import decode_image
from models.labels import get_label
from models.leaf_drawing import draw_leaf, encode_jpeg

PROJECT_DIR = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(tmp_path):
    for part in ("train", "val", "field"):
        for seed, class_name in enumerate(("apple__apple_scab", "tomato__healthy")):
            folder = tmp_path / "data" / part / get_label(class_name).dataset_label
            folder.mkdir(parents=True)
            (folder / "leaf.jpg").write_bytes(encode_jpeg(draw_leaf(seed)))
    return tmp_path / "data"


def test_the_quick_measurement_compares_everything_with_what_is_served(data, tmp_path):
    results = tmp_path / "hot_path.json"
    command = [sys.executable, "-m", "loadtest.hot_path", "--quick", "--data", str(data)]
    done = subprocess.run(
        [*command, "--results", str(results)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(results.read_text())
    (scale,) = document["jpeg_scale"]
    assert scale["num_photos"] == 2
    assert scale["reduced_ms"] > 0
    assert scale["max_probability_change"] < 0.2
    served, int8 = document["accuracy"][:2]
    assert served["runtime"] == "onnxruntime fp32"
    assert (served["same_class"], served["max_probability_change"]) == (1, 0)
    assert int8["runtime"] == "onnxruntime int8"
    assert int8["max_probability_change"] > 0
    single = [row for row in document["speed"] if row["batch"] == 1]
    assert {row["gain"] for row in single if row["runtime"] == "onnxruntime fp32"} == {1}
    assert all(row["rps"] > 0 for row in document["speed"])


def test_an_enlarged_photo_is_decoded_reduced():
    enlarged = enlarge(encode_jpeg(draw_leaf(1)), 1200)
    assert decode_image(enlarged).shape == (600, 600, 3)
