"""Who answers: wholly one model, the old one until its last request, a candidate for its share."""

import asyncio
import gc
import weakref
from typing import Any, cast

import pytest

from serve_app.errors import NotReadyError
from serve_app.inference.model_slot import Line, ModelSlot
from serve_app.inference.served_model import ServedModel


class GatedEngine:
    """Answers with its name once it may."""

    def __init__(self, name):
        self.name = name
        self.gate = asyncio.Event()
        self.started = asyncio.Event()

    async def predict(self, photos, *, top_k, with_heatmap=False):
        self.started.set()
        await self.gate.wait()
        return self.name


class Model:
    """What a slot needs of a served model."""

    def __init__(self, name):
        self.model_version = name
        self.engine = GatedEngine(name)
        self.num_closed = 0

    def close(self):
        self.num_closed += 1


def create_model(name, *, is_open=True):
    model = Model(name)
    if is_open:
        model.engine.gate.set()
    return cast("ServedModel", model), model


def test_an_empty_slot_says_so():
    slot = ModelSlot()
    assert slot.is_empty
    assert slot.model_version == "none"
    with pytest.raises(NotReadyError):
        asyncio.run(slot.check())


def test_a_request_ends_on_the_model_that_it_began_on_which_is_closed_after_it():
    async def scenario():
        slot = ModelSlot()
        (old, old_model), (new, new_model) = create_model("old", is_open=False), create_model("new")
        slot.set_line(Line(champion=old))
        early = asyncio.create_task(slot.predict([b""], top_k=1))
        await old_model.engine.started.wait()
        slot.set_line(Line(champion=new))
        late = await slot.predict([b""], top_k=1)
        assert old_model.num_closed == 0
        old_model.engine.gate.set()
        answers = await early, late
        assert old_model.num_closed == 1
        slot.close()
        return answers, old_model.num_closed, new_model.num_closed

    assert asyncio.run(scenario()) == (("old", "new"), 1, 1)


def test_an_idle_model_is_closed_at_once_and_one_that_stays_is_not():
    slot = ModelSlot()
    (old, old_model), (new, new_model) = create_model("old"), create_model("new")
    slot.set_line(Line(champion=old, candidate=new, canary_fraction=0.5))
    slot.set_line(Line(champion=new))
    assert (old_model.num_closed, new_model.num_closed) == (1, 0)
    assert slot.model_version == "new"


def test_nothing_keeps_a_replaced_model_in_memory():
    async def scenario():
        slot = ModelSlot()
        old, old_model = create_model("old")
        slot.set_line(Line(champion=old))
        await slot.predict([b""], top_k=1)
        slot.set_line(Line(champion=create_model("new")[0]))
        return slot, weakref.ref(old_model)

    slot, old = asyncio.run(scenario())
    gc.collect()
    assert slot.model_version == "new"
    assert old() is None


def test_a_request_that_fails_frees_its_model():
    async def scenario():
        slot = ModelSlot()
        old, old_model = create_model("old", is_open=False)
        slot.set_line(Line(champion=old))
        task = asyncio.create_task(slot.predict([b""], top_k=1))
        await old_model.engine.started.wait()
        slot.set_line(Line(champion=create_model("new")[0]))
        task.cancel()
        await asyncio.wait([task])
        return old_model.num_closed

    assert asyncio.run(scenario()) == 1


def test_a_candidate_answers_its_share():
    draws = iter([0.0, 0.09, 0.1, 0.99])

    async def scenario():
        slot = ModelSlot(draw=lambda: next(draws))
        champion, candidate = create_model("champion")[0], create_model("candidate")[0]
        slot.set_line(Line(champion=champion, candidate=candidate, canary_fraction=0.1))
        return [cast(Any, await slot.predict([b""], top_k=1)) for _ in range(4)]

    assert asyncio.run(scenario()) == ["candidate", "candidate", "champion", "champion"]
