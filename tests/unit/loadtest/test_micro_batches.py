"""Threads that take several photos at once: how many, and that none is lost."""

import threading

import numpy as np
import pytest

from loadtest.micro_batches import Load, measure
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import Predictor

IMAGES = [encode_jpeg(draw_leaf(seed, size_px=64)) for seed in range(3)]


@pytest.fixture(scope="module")
def predictor(champion_dir):
    return Predictor.load(champion_dir)


@pytest.mark.parametrize(("batch", "num_callers"), [(1, 4), (3, 8), (8, 4)])
def test_no_more_are_taken_than_a_batch_and_than_wait(predictor, batch, num_callers):
    taken = []
    lock = threading.Lock()

    def run(images_bchw):
        with lock:
            taken.append(len(images_bchw))
        return predictor.infer(images_bchw)

    load = Load(num_callers=num_callers, num_threads=1, measured_s=1.0)
    summary = measure(predictor, lambda: run, IMAGES, batch=batch, load=load)
    assert set(taken) <= set(range(1, min(batch, num_callers) + 1))
    assert max(taken) == min(batch, num_callers)
    assert 0 < summary.num_answered <= np.sum(taken)
    assert summary.p50_ms > 0
