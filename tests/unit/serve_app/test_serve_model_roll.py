"""Orders to change the model: carried out beside the old one, or refused without harm."""

import asyncio
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from models.artifact import ArtifactError
from serve_app.inference.model_roll import ModelRoller, RollState
from serve_app.inference.model_slot import ModelSlot

WAIT_S = 5.0


class Model:
    """What a roller needs of a served model."""

    def __init__(self, artifact_dir):
        self.artifact_dir = artifact_dir
        self.model_version = artifact_dir.name
        self.predictor = None
        self.is_closed = False

    def close(self):
        self.is_closed = True


class Loader:
    """Loads by name; ``broken`` fails, ``slow`` waits for its gate."""

    def __init__(self):
        self.gate = threading.Event()
        self.loaded = []

    def __call__(self, artifact_dir):
        if artifact_dir.name == "broken":
            raise ArtifactError("a hash is wrong; restore the artifact")
        if artifact_dir.name == "slow":
            assert self.gate.wait(WAIT_S)
        model = Model(artifact_dir)
        self.loaded.append(model)
        return cast("Any", model)


def order(name, order_id=None, **candidate):
    return {
        "order_id": order_id or name,
        "artifact_dir": f"/{name}",
        "candidate": candidate or None,
    }


def run(scenario):
    """Run a scenario on a slot that serves ``first``."""

    async def with_first():
        slot, loader = ModelSlot(), Loader()
        roller = ModelRoller(slot, loader)
        await roller.apply(order("first"))
        return await scenario(roller, slot, loader)

    return asyncio.run(with_first())


def test_the_first_model_is_there_when_apply_returns():
    async def scenario(roller, slot, loader):
        return slot.model_version, roller.report.state, roller.report.order_id

    assert run(scenario) == ("first", RollState.SERVING, "first")


def test_a_first_model_that_cannot_be_loaded_fails_the_start():
    roller = ModelRoller(ModelSlot(), Loader())
    with pytest.raises(ArtifactError):
        asyncio.run(roller.apply(order("broken")))
    with pytest.raises(ValidationError):
        asyncio.run(roller.apply({"artifact_dir": "/first"}))


def test_the_old_model_answers_until_the_new_one_is_loaded():
    async def scenario(roller, slot, loader):
        await roller.apply(order("slow"))
        await asyncio.sleep(0.01)
        during = slot.model_version, roller.report.state
        loader.gate.set()
        await roller.wait()
        return during, (slot.model_version, roller.report.state), loader.loaded[0].is_closed

    during, after, is_closed = run(scenario)
    assert during == ("first", RollState.ROLLING)
    assert after == ("slow", RollState.SERVING)
    assert is_closed


@pytest.mark.parametrize(
    ("user_config", "reason"),
    [
        (order("broken"), "a hash is wrong"),
        ({"order_id": "odd", "artifact": "/second"}, "Extra inputs"),
        (order("second", artifact_dir="/broken"), "a hash is wrong"),
        (order("second", artifact_dir="/third", canary_percent=101), "less than or equal to 100"),
    ],
)
def test_what_fails_is_told_and_leaves_the_old_model(user_config, reason, caplog):
    async def scenario(roller, slot, loader):
        await roller.apply(user_config)
        await roller.wait()
        return slot.model_version, roller.report, [model.is_closed for model in loader.loaded]

    version, report, closed = run(scenario)
    assert version == "first"
    assert report.state is RollState.FAILED
    assert report.order_id == user_config["order_id"]
    assert reason in report.reason
    # What was loaded before the failure is let go again.
    assert closed == [False] + [True] * (len(closed) - 1)
    assert "first goes on answering" in caplog.text


def test_a_later_order_overtakes_one_that_waits():
    async def scenario(roller, slot, loader):
        await roller.apply(order("slow"))
        await asyncio.sleep(0.01)
        await roller.apply(order("second"))
        await roller.apply(order("third"))
        loader.gate.set()
        await roller.wait()
        return slot.model_version, roller.report, [model.model_version for model in loader.loaded]

    version, report, loaded = run(scenario)
    assert (version, report.order_id, report.state) == ("third", "third", RollState.SERVING)
    assert "second" not in loaded


def test_a_candidate_that_is_promoted_is_not_loaded_again():
    async def scenario(roller, slot, loader):
        trial = order("first", "trial", artifact_dir="/second", canary_percent=10)
        await roller.apply(trial)
        await roller.wait()
        line = slot.line
        await roller.apply(order("second"))
        await roller.wait()
        return line, slot.line, [model.artifact_dir for model in loader.loaded]

    trial, after, loaded = run(scenario)
    assert trial.canary_fraction == pytest.approx(0.1)
    assert after.champion is trial.candidate
    assert loaded == [Path("/first"), Path("/second")]
