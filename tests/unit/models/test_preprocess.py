"""One preprocessing: shapes, range, and the same numbers as the training loop's."""

import numpy as np
import torch

from models.leaf_drawing import draw_leaf
from models.preprocess import Preprocessing, preprocess_images, resize_image
from train_jobs.learner import to_network_input


def test_shape_type_and_range() -> None:
    images = [draw_leaf(0, size_px=100), draw_leaf(1, size_px=300)[:200]]
    batch = preprocess_images(images, Preprocessing(size_px=64))
    assert batch.shape == (2, 3, 64, 64)
    assert batch.dtype == np.float32
    assert -1 <= batch.min() < batch.max() <= 1


def test_training_scales_as_serving_does() -> None:
    image = resize_image(draw_leaf(3), 64)
    served = preprocess_images([image], Preprocessing(size_px=64))
    trained = to_network_input(torch.from_numpy(image[None].copy())).numpy()
    np.testing.assert_allclose(trained, served, atol=1e-6)


def test_a_drawing_depends_on_its_seed_alone() -> None:
    np.testing.assert_array_equal(draw_leaf(5), draw_leaf(5))
    assert (draw_leaf(5) != draw_leaf(6)).any()
