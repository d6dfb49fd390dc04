"""The evidence laid over a photo."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gui.diagnose.explanation import paint_heat, sharpen_heat, to_reference
from gui.diagnose.laptop_diagnoser import LaptopDiagnoser
from gui.diagnose.previews import create_preview
from models.artifact import CHAMPION_DIR
from models.leaf_drawing import draw_leaf
from models.predictor import Predictor
from serve_app.inference.heatmap import HeatmapPainter


@pytest.fixture(scope="module")
def image() -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(draw_leaf(5, size_px=640, class_idx=30)))


def test_where_nothing_speaks_for_the_class_the_photo_stays_as_it_is(
    image: NDArray[np.uint8],
) -> None:
    heat = paint_heat(image, np.zeros((7, 7), dtype=np.float32))
    assert np.array_equal(heat, image)


def test_the_servers_small_map_changes_the_large_photo_as_this_laptop_would(
    image: NDArray[np.uint8],
) -> None:
    predictor = Predictor.load(CHAMPION_DIR)
    feature_map = predictor.infer(predictor.preprocess([image])).feature_maps_bchw[0]
    class_name = "tomato__late_blight"
    painter = HeatmapPainter(CHAMPION_DIR, predictor.card.class_names)
    png = painter.paint(image, feature_map, class_name)
    heat_map = np.asarray(Image.open(io.BytesIO(png)))
    large = create_preview(image).large
    assert max(heat_map.shape) < max(large.shape)
    sharpened = sharpen_heat(large, image, heat_map)
    painted = LaptopDiagnoser(CHAMPION_DIR).explain(image, class_name).heat
    assert sharpened.shape == painted.shape == large.shape
    error = np.abs(sharpened.astype(int) - painted.astype(int))
    assert np.abs(painted.astype(int) - large.astype(int)).mean() > 4
    assert error.mean() < 2


def test_a_map_of_another_shape_is_shown_as_it_came(image: NDArray[np.uint8]) -> None:
    heat_map = np.full((40, 100, 3), 77, dtype=np.uint8)
    assert np.array_equal(sharpen_heat(image, image, heat_map), np.full_like(image, 77))


def test_a_class_of_a_newer_server_keeps_its_own_name() -> None:
    assert to_reference("tomato__late_blight", 0.5, None).display_name == "Tomato: late blight"
    assert to_reference("quince__rust", 0.5, None).display_name == "quince__rust"
