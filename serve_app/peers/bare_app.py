"""The benchmark's peer: the same predictor behind plain FastAPI, as people usually write it.

No key, no limits, no Ray. Run with
``LEAFRAY_BENCH_ARTIFACT=DIR uvicorn --factory serve_app.peers.bare_app:create_bare_api``.
"""

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

from models.predictor import Prediction, Predictor

ARTIFACT_VARIABLE = "LEAFRAY_BENCH_ARTIFACT"


class BenchmarkSettingError(Exception):
    """The environment does not say what to serve."""


def create_bare_api() -> FastAPI:
    """Build the application around the artifact that the environment names.

    Raises:
        BenchmarkSettingError: the variable is not set.
    """
    artifact = os.environ.get(ARTIFACT_VARIABLE)
    if not artifact:
        raise BenchmarkSettingError(f"Set {ARTIFACT_VARIABLE} to an artifact directory.")
    predictor = Predictor.load(Path(artifact), intra_op_threads=1)
    api = FastAPI()

    @api.get("/healthz")
    async def get_health() -> dict[str, str]:
        return {"status": "ok"}

    @api.post("/v1/predictions")
    async def predict(request: Request) -> dict[str, Any]:
        image_bytes = await request.body()
        return to_bare_answer(await run_in_threadpool(predictor.predict_bytes, image_bytes))

    return api


def to_bare_answer(prediction: Prediction) -> dict[str, Any]:
    """Return what a peer answers: the diagnosis and no more."""
    return {
        "model_version": prediction.model_version,
        "predictions": [
            {"class_name": item.class_name, "probability": item.probability}
            for item in prediction.top
        ],
        "is_known": prediction.is_known,
        "ood_score": prediction.ood_score,
    }
