"""Inference is bounded: few at once, few waiting, the rest refused at once."""

import asyncio
import threading
import time
from typing import Any, cast

import numpy as np
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from models.images import ImageError
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import ClassProbability, Outputs, Prediction
from serve_app.errors import BusyError, NotReadyError
from serve_app.inference.engine import InferenceEngine, InferenceLimits
from serve_app.inference.health import HealthProbe
from serve_app.inference.micro_batch import PlantPhotos, TimedPrediction, diagnose_plants

WAIT_S = 5.0
PHOTO = encode_jpeg(draw_leaf(1, size_px=32))
TOP = tuple(
    ClassProbability(class_name=name, dataset_label=name, display_name=name, probability=0.5)
    for name in ("a", "b")
)


class GatedPredictor:
    """A predictor whose inference waits for ``gate``; its logit is the mean of the image."""

    def __init__(self):
        self.gate = threading.Event()
        self.started = threading.Event()
        self.num_running = 0
        self.max_running = 0
        self.num_done = 0
        self.batch_sizes = []
        self._lock = threading.Lock()

    def preprocess(self, images):
        return np.stack([np.full((3, 2, 2), image.mean(), dtype=np.float32) for image in images])

    def infer(self, images_bchw):
        with self._lock:
            self.num_running += 1
            self.max_running = max(self.max_running, self.num_running)
            self.batch_sizes.append(len(images_bchw))
        self.started.set()
        assert self.gate.wait(WAIT_S)
        with self._lock:
            self.num_running -= 1
            self.num_done += len(images_bchw)
        logits_bc = images_bchw.mean(axis=(2, 3))[:, :1]
        return Outputs(logits_bc=logits_bc, feature_maps_bchw=images_bchw)

    def find_fault(self, image):
        return None

    def to_predictions(self, outputs, faults, *, top_k):
        return [
            Prediction(
                top=TOP[:top_k],
                plausible=(),
                ood_score=float(score),
                refusal=fault,
                model_version="v",
            )
            for score, fault in zip(outputs.logits_bc[:, 0], faults, strict=True)
        ]


class SpoilingPredictor(GatedPredictor):
    """A predictor whose second run fails."""

    def infer(self, images_bchw):
        outputs = super().infer(images_bchw)
        if len(self.batch_sizes) == 2:
            raise RuntimeError("graph lost")
        return outputs


class FragilePredictor(GatedPredictor):
    """A predictor that a white photo breaks in a way that nobody foresaw."""

    def find_fault(self, image):
        if image.min() > 250:
            raise RuntimeError("nobody foresaw this")


def create_engine(predictor, *, clock=time.perf_counter, **limits):
    painter = cast("Any", None)
    return InferenceEngine(cast("Any", predictor), painter, InferenceLimits(**limits), clock=clock)


def test_one_more_than_fits_is_refused_at_once_and_nothing_is_lost():
    predictor = GatedPredictor()
    engine = create_engine(predictor, num_threads=2, max_waiting=3)

    async def scenario():
        asked = [asyncio.create_task(engine.predict([PHOTO], top_k=1)) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError) as refused:
            await asyncio.wait_for(engine.predict([PHOTO], top_k=1), WAIT_S)
        predictor.gate.set()
        answers = await asyncio.gather(*asked)
        again = await engine.predict([PHOTO], top_k=1)
        return refused.value, answers, again

    refused, answers, again = asyncio.run(scenario())
    engine.close()
    assert refused.headers["Retry-After"] == "1"
    assert len(answers) == 5
    assert again.prediction.ood_score == answers[0].prediction.ood_score
    assert predictor.max_running <= 2


def test_who_leaves_the_queue_frees_the_place_without_computing():
    predictor = GatedPredictor()
    engine = create_engine(predictor, num_threads=1, max_waiting=1)

    async def scenario():
        first = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        assert await asyncio.to_thread(predictor.started.wait, WAIT_S)
        second = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0.01)
        third = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        await asyncio.sleep(0)
        predictor.gate.set()
        await asyncio.gather(first, third)

    asyncio.run(scenario())
    engine.close()
    assert predictor.num_done == 2


def test_who_waited_too_long_costs_nothing():
    predictor = GatedPredictor()
    now_s = 0.0
    engine = create_engine(
        predictor, clock=lambda: now_s, num_threads=1, max_waiting=1, max_wait_s=10.0
    )

    async def scenario():
        nonlocal now_s
        first = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        assert await asyncio.to_thread(predictor.started.wait, WAIT_S)
        second = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        await asyncio.sleep(0)
        now_s = 10.1
        predictor.gate.set()
        await first
        with pytest.raises(BusyError, match="waited too long"):
            await second

    asyncio.run(scenario())
    engine.close()
    assert predictor.num_done == 1


def ask_while_one_is_computed(predictor, engine, questions):
    """Return the outcomes of questions that were all waiting when a thread became free."""

    async def scenario():
        first = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        assert await asyncio.to_thread(predictor.started.wait, WAIT_S)
        asked = [
            asyncio.create_task(engine.predict(photos, top_k=top_k)) for photos, top_k in questions
        ]
        await asyncio.sleep(0)
        predictor.gate.set()
        await first
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(scenario())


def test_what_waits_is_computed_together_and_everybody_gets_the_own_answer():
    predictor = GatedPredictor()
    engine = create_engine(predictor, micro_batch=4)
    leaves = [encode_jpeg(draw_leaf(seed, size_px=32)) for seed in range(6)]
    questions = [
        (leaves[:1], 1),
        (leaves[1:2], 2),
        ([b"no image"], 1),
        (leaves[2:3], 1),
        (leaves[3:5], 1),
        (leaves[5:], 1),
    ]
    together = ask_while_one_is_computed(predictor, engine, questions)
    assert predictor.batch_sizes == [1, 3, 3]
    assert isinstance(together.pop(2), ImageError)
    del questions[2]

    async def ask_one_by_one():
        return [await engine.predict(photos, top_k=top_k) for photos, top_k in questions]

    alone = asyncio.run(ask_one_by_one())
    engine.close()
    assert [timed.prediction for timed in together] == [timed.prediction for timed in alone]
    assert [len(timed.prediction.top) for timed in together] == [1, 2, 1, 1, 1]
    assert len({timed.prediction.ood_score for timed in together}) == 5


def test_a_thread_leaves_their_share_to_the_others():
    predictor = GatedPredictor()
    engine = create_engine(predictor, num_threads=2, micro_batch=8)

    async def scenario():
        asked = [asyncio.create_task(engine.predict([PHOTO], top_k=1)) for _ in range(2)]
        await asyncio.sleep(0.05)
        asked += [asyncio.create_task(engine.predict([PHOTO], top_k=1)) for _ in range(4)]
        await asyncio.sleep(0)
        predictor.gate.set()
        await asyncio.gather(*asked)

    asyncio.run(scenario())
    engine.close()
    # The first to come sees four and takes half of them.
    assert max(predictor.batch_sizes) == 2


def test_a_model_that_fails_tells_everybody_who_asked():
    predictor = SpoilingPredictor()
    engine = create_engine(predictor)
    questions = [([PHOTO], 1)] * 3
    outcomes = ask_while_one_is_computed(predictor, engine, questions)
    assert [str(outcome) for outcome in outcomes] == ["graph lost"] * 3
    # Each of them has given its place back.
    again = ask_while_one_is_computed(predictor, engine, questions[:1])
    engine.close()
    assert isinstance(again[0], TimedPrediction)


def test_a_photo_that_breaks_something_costs_its_neighbours_nothing():
    predictor = FragilePredictor()
    engine = create_engine(predictor)
    white = encode_jpeg(np.full((32, 32, 3), 255, np.uint8))
    broken, other = ask_while_one_is_computed(predictor, engine, [([white], 1), ([PHOTO], 1)])
    engine.close()
    assert str(broken) == "nobody foresaw this"
    assert isinstance(other, TimedPrediction)


def test_a_heat_map_that_fails_costs_its_neighbours_nothing():
    predictor = GatedPredictor()
    predictor.gate.set()

    class BlindPainter:
        def paint(self, image, feature_map_chw, class_name):
            raise RuntimeError("no paint")

    plants = [
        PlantPhotos(photos=[PHOTO], top_k=1, with_heatmap=is_mapped, submitted_s=0.0)
        for is_mapped in (True, False)
    ]
    painter = cast("Any", BlindPainter())
    broken, other = diagnose_plants(cast("Any", predictor), painter, plants)
    assert str(broken) == "no paint"
    assert isinstance(other, TimedPrediction)


def test_a_refused_photo_gives_its_place_back():
    predictor = GatedPredictor()
    predictor.gate.set()
    engine = create_engine(predictor, num_threads=1, max_waiting=0)

    async def scenario():
        for _ in range(3):
            with pytest.raises(ImageError):
                await engine.predict([b"no image"], top_k=1)
            await asyncio.sleep(0.01)
        return await engine.predict([PHOTO], top_k=1)

    timed = asyncio.run(scenario())
    engine.close()
    assert timed.decode_ms > 0
    assert min(timed.queue_ms, timed.infer_ms) >= 0


def test_several_photos_become_one_answer_by_the_mean_of_logits():
    predictor = GatedPredictor()
    predictor.gate.set()
    engine = create_engine(predictor)
    photos = [PHOTO, encode_jpeg(draw_leaf(2, size_px=32))]

    async def scenario():
        single = [await engine.predict([photo], top_k=1) for photo in photos]
        return single, await engine.predict(photos, top_k=1)

    single, fused = asyncio.run(scenario())
    engine.close()
    mean = sum(timed.prediction.ood_score for timed in single) / 2
    assert fused.prediction.ood_score == pytest.approx(mean)


def test_a_batch_takes_no_more_places_than_its_group_and_keeps_its_order():
    predictor = GatedPredictor()
    engine = create_engine(predictor, num_threads=4, max_waiting=0, batch_group=2)
    photos = [encode_jpeg(draw_leaf(seed, size_px=32)) for seed in range(5)]
    photos.insert(2, b"no image")

    async def scenario():
        batch = asyncio.create_task(engine.predict_each(photos, top_k=1))
        assert await asyncio.to_thread(predictor.started.wait, WAIT_S)
        # Two of the four places are left to others while the batch is under way.
        others = [asyncio.create_task(engine.predict([PHOTO], top_k=1)) for _ in range(2)]
        await asyncio.sleep(0.01)
        predictor.gate.set()
        await asyncio.gather(*others)
        outcomes = await batch
        alone = [await engine.predict([photo], top_k=1) for photo in photos if photo != b"no image"]
        return outcomes, alone

    outcomes, alone = asyncio.run(scenario())
    engine.close()
    assert isinstance(outcomes[2], ImageError)
    del outcomes[2]
    scores = [timed.prediction.ood_score for timed in outcomes]
    assert scores == [timed.prediction.ood_score for timed in alone]
    assert len(set(scores)) == 5


def test_a_batch_waits_for_places_that_others_hold():
    predictor = GatedPredictor()
    engine = create_engine(predictor, num_threads=1, max_waiting=0)

    async def scenario():
        other = asyncio.create_task(engine.predict([PHOTO], top_k=1))
        batch = asyncio.create_task(engine.predict_each([PHOTO, PHOTO], top_k=1))
        await asyncio.sleep(0.01)
        assert not batch.done()
        predictor.gate.set()
        await other
        return await batch

    outcomes = asyncio.run(scenario())
    engine.close()
    assert [timed.prediction.ood_score for timed in outcomes] == [
        outcomes[0].prediction.ood_score
    ] * 2


def test_a_batch_gives_up_in_time_what_it_has_not_begun():
    predictor = GatedPredictor()
    predictor.gate.set()
    now_s = 0.0

    def clock():
        nonlocal now_s
        now_s += 1.0
        return now_s

    engine = create_engine(predictor, clock=clock, batch_group=1, max_batch_s=18.0, max_wait_s=60.0)
    outcomes = asyncio.run(engine.predict_each([PHOTO] * 4, top_k=1))
    assert predictor.num_done == 2
    assert [isinstance(outcome, BusyError) for outcome in outcomes] == [False, False, True, True]

    late = create_engine(predictor, clock=clock, max_batch_s=0.0)
    with pytest.raises(BusyError, match="send the photos again"):
        asyncio.run(late.predict_each([PHOTO], top_k=1))
    assert predictor.num_done == 2
    engine.close()
    late.close()


def test_a_batch_ends_when_the_service_stops():
    predictor = GatedPredictor()
    predictor.gate.set()
    engine = create_engine(predictor)
    engine.close()
    with pytest.raises(BusyError):
        asyncio.run(asyncio.wait_for(engine.predict_each([PHOTO], top_k=1), WAIT_S))


class SickPredictor:
    """A predictor that fails, or never comes back until released."""

    def __init__(self, error=None):
        self.error = error
        self.release = threading.Event()
        self.num_asked = 0

    def predict_image(self, image, *, top_k):
        self.num_asked += 1
        if self.error is not None:
            raise self.error
        self.release.wait(WAIT_S)


@pytest.mark.parametrize("kind", [RuntimeError, ort_errors.Fail, ort_errors.InvalidArgument])
def test_a_model_that_fails_is_not_ready(kind):
    probe = HealthProbe(cast("Any", SickPredictor(kind("graph lost"))))
    with pytest.raises(NotReadyError, match="graph lost"):
        asyncio.run(probe.check())
    probe.close()


def test_a_model_that_hangs_is_not_ready_and_is_asked_once():
    predictor = SickPredictor()
    probe = HealthProbe(cast("Any", predictor), timeout_s=0.05)

    async def scenario():
        return await asyncio.gather(*(probe.check() for _ in range(10)), return_exceptions=True)

    answers = asyncio.run(scenario())
    predictor.release.set()
    probe.close()
    assert all(isinstance(answer, NotReadyError) for answer in answers)
    assert predictor.num_asked == 1
