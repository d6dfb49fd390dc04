"""A candidate that computes unseen: counted, bounded, and never in the champion's way."""

import threading
import time
from typing import Any, cast

import numpy as np
import pytest

from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import ClassProbability, Outputs, Prediction
from serve_app.inference.shadow import MAX_WAITING, Shadow, ShadowCounts

WAIT_S = 5.0
PHOTO = encode_jpeg(draw_leaf(1, size_px=32))


def predict(class_name):
    best = ClassProbability(
        class_name=class_name, dataset_label="", display_name="", probability=1.0
    )
    return Prediction(
        top=(best,), plausible=(), ood_score=0.0, refusal=None, model_version=class_name
    )


class Candidate:
    """Always sees rust, once it may; fails where it is told to."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.error = None

    def preprocess(self, images):
        return np.zeros((len(images), 3, 2, 2), dtype=np.float32)

    def infer(self, images_bchw):
        assert self.gate.wait(WAIT_S)
        if self.error is not None:
            raise self.error
        return Outputs(logits_bc=images_bchw[:, :1, 0, 0], feature_maps_bchw=images_bchw)

    def find_fault(self, image):
        return None

    def to_predictions(self, outputs, faults, *, top_k):
        return [predict("rust")]


def create_shadow(candidate, *, fraction=1.0, draw=lambda: 0.0):
    return Shadow(cast("Any", candidate), fraction=fraction, draw=draw)


def wait_for(shadow, **wanted):
    deadline_s = time.monotonic() + WAIT_S
    while shadow.counts != ShadowCounts(**wanted):
        assert time.monotonic() < deadline_s, shadow.counts
        time.sleep(0.01)


def test_differences_are_counted():
    shadow = create_shadow(Candidate())
    for class_name in ("rust", "blight", "rust"):
        shadow.offer([PHOTO], predict(class_name))
    wait_for(shadow, num_compared=3, num_disagreed=1)
    shadow.close()


def test_what_finds_no_place_is_left_out_at_once():
    candidate = Candidate()
    candidate.gate.clear()
    shadow = create_shadow(candidate)
    for _ in range(MAX_WAITING + 3):
        shadow.offer([PHOTO], predict("rust"))
    assert shadow.counts == ShadowCounts(num_left_out=3)
    candidate.gate.set()
    wait_for(shadow, num_compared=MAX_WAITING, num_left_out=3)
    shadow.close()


def test_only_a_share_is_taken():
    draws = iter([0.19, 0.2, 0.9, 0.0])
    shadow = create_shadow(Candidate(), fraction=0.2, draw=lambda: next(draws))
    for _ in range(4):
        shadow.offer([PHOTO], predict("rust"))
    wait_for(shadow, num_compared=2)
    shadow.close()


def test_a_candidate_that_fails_is_counted_and_told_once(caplog):
    candidate = Candidate()
    candidate.error = RuntimeError("graph lost")
    shadow = create_shadow(candidate)
    shadow.offer([PHOTO], predict("rust"))
    shadow.offer([PHOTO], predict("rust"))
    wait_for(shadow, num_failed=2)
    assert caplog.text.count("graph lost") == 1
    shadow.close()


@pytest.mark.parametrize("is_closed_twice", [False, True])
def test_a_closed_shadow_takes_nothing(is_closed_twice):
    shadow = create_shadow(Candidate())
    shadow.close()
    if is_closed_twice:
        shadow.close()
    shadow.offer([PHOTO], predict("rust"))
    assert shadow.counts == ShadowCounts()
